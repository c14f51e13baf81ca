-- Kinds of movement of the shop's own, beside those of the system. What a kind does follows from its class, the code of
-- the system whose behaviour it has: those of the system are their own class, one of the shop's is an AJU or a BAJ.

ALTER TABLE datos.transaccion ADD COLUMN trn_clase text;
UPDATE datos.transaccion SET trn_clase = trn_cod;
ALTER TABLE datos.transaccion ALTER COLUMN trn_clase SET NOT NULL;
ALTER TABLE datos.transaccion ADD COLUMN trn_estado text NOT NULL DEFAULT 'ACT';

ALTER TABLE datos.transaccion DROP CONSTRAINT transaccion_codigo_forma;
ALTER TABLE datos.transaccion DROP CONSTRAINT transaccion_sin_salida;
ALTER TABLE datos.transaccion
ADD CONSTRAINT transaccion_codigo_forma CHECK (trn_cod ~ '^[A-Z0-9]{1,3}$'),
ADD CONSTRAINT transaccion_sin_salida CHECK (
    trn_cod NOT LIKE 'S%'
    AND upper(translate(trn_descripcion, 'áàâäãéèêëíìîïÁÀÂÄÃÍÌÎÏ', 'aaaaaeeeeiiiiAAAAAIIII')) NOT LIKE '%SALIDA%'
),
ADD CONSTRAINT transaccion_descripcion_largo CHECK (length(trn_descripcion) BETWEEN 1 AND 60),
ADD CONSTRAINT transaccion_estado_conocido CHECK (trn_estado IN ('ACT', 'INA')),
ADD CONSTRAINT transaccion_clase_existe FOREIGN KEY (trn_clase) REFERENCES datos.transaccion,
ADD CONSTRAINT transaccion_de_su_clase CHECK (
    trn_clase = trn_cod OR (trn_manual AND trn_clase = CASE trn_signo WHEN 1 THEN 'AJU' ELSE 'BAJ' END)
),
ADD CONSTRAINT transaccion_del_sistema CHECK (trn_clase <> trn_cod OR trn_estado = 'ACT');
COMMENT ON CONSTRAINT transaccion_codigo_forma ON datos.transaccion IS 'El código de la transacción son de una a tres letras mayúsculas o dígitos.';
COMMENT ON CONSTRAINT transaccion_sin_salida ON datos.transaccion IS 'Una transacción sin receta no dice SALIDA ni su código empieza con S.';
COMMENT ON CONSTRAINT transaccion_descripcion_largo ON datos.transaccion IS 'La descripción de la transacción tiene entre 1 y 60 caracteres.';
COMMENT ON CONSTRAINT transaccion_estado_conocido ON datos.transaccion IS 'El estado de la transacción es ACT o INA.';
COMMENT ON CONSTRAINT transaccion_clase_existe ON datos.transaccion IS 'La clase de una transacción es una del sistema.';
COMMENT ON CONSTRAINT transaccion_de_su_clase ON datos.transaccion IS 'Una transacción propia es un ajuste o una baja, según su signo.';
COMMENT ON CONSTRAINT transaccion_del_sistema ON datos.transaccion IS 'Las transacciones del sistema no se cambian ni se retiran.';

-- Whether anything was moved under a kind of the shop's own is asked when its sign would change. Nothing else reads
-- this, and a sale pays nothing for it: its codes are not in it.
CREATE INDEX kardex_de_transaccion_propia ON datos.kardex (trn_cod)
WHERE trn_cod NOT IN ('INI', 'COM', 'DVP', 'CON', 'ESI', 'VEN', 'DEV', 'AJU', 'BAJ', 'TRE', 'TRI', 'ANV');
