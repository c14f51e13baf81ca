-- Who buys. Optional texts are '' and never NULL; check digits are judged by the write functions,
-- because a table must not depend on code that every deploy reloads.

CREATE SEQUENCE datos.cliente_numero AS bigint START WITH 2;

CREATE TABLE datos.cliente (
    cli_codigo          text NOT NULL,
    cli_tipo_id         text NOT NULL,
    cli_ruc_ced         text NOT NULL,
    cli_nombre          text NOT NULL,
    cli_telefono        text NOT NULL DEFAULT '',
    cli_celular         text NOT NULL DEFAULT '',
    cli_mail            text NOT NULL DEFAULT '',
    cli_direccion       text NOT NULL DEFAULT '',
    ct_codigo           text,
    cli_limite_credito  numeric(12,2) NOT NULL DEFAULT 0,
    cli_estado          text NOT NULL DEFAULT 'ACT',
    cli_fecha_alta      timestamptz NOT NULL DEFAULT now(),
    version             bigint NOT NULL DEFAULT 1,
    busqueda            text NOT NULL,
    CONSTRAINT cliente_unico PRIMARY KEY (cli_codigo),
    CONSTRAINT cliente_identificacion_unica UNIQUE (cli_ruc_ced),
    CONSTRAINT cliente_tipo_id_conocido CHECK (cli_tipo_id IN ('CEDULA', 'RUC', 'PASAPORTE', 'EXTERIOR', 'FINAL')),
    CONSTRAINT cliente_identificacion_forma CHECK (
        CASE cli_tipo_id
            WHEN 'CEDULA' THEN cli_ruc_ced ~ '^[0-9]{10}$'
            WHEN 'RUC' THEN cli_ruc_ced ~ '^[0-9]{13}$'
            WHEN 'FINAL' THEN cli_ruc_ced = '9999999999999'
            ELSE cli_ruc_ced ~ '^[A-Za-z0-9-]{1,20}$'
        END
    ),
    CONSTRAINT cliente_nombre_largo CHECK (length(cli_nombre) BETWEEN 1 AND 120),
    CONSTRAINT cliente_telefono_forma CHECK (cli_telefono ~ '^[0-9]{0,10}$'),
    CONSTRAINT cliente_celular_forma CHECK (cli_celular ~ '^[0-9]{0,10}$'),
    CONSTRAINT cliente_mail_forma CHECK (
        cli_mail = '' OR (length(cli_mail) <= 120 AND cli_mail ~ '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:].]+$')
    ),
    CONSTRAINT cliente_direccion_largo CHECK (length(cli_direccion) <= 255),
    CONSTRAINT cliente_ciudad_existe FOREIGN KEY (ct_codigo) REFERENCES datos.ciudad,
    CONSTRAINT cliente_limite_no_negativo CHECK (cli_limite_credito >= 0 AND cli_limite_credito < 'NaN'),
    CONSTRAINT cliente_estado_conocido CHECK (cli_estado IN ('ACT', 'INA', 'SUS'))
);
COMMENT ON CONSTRAINT cliente_unico ON datos.cliente IS 'Ya existe un cliente con ese código.';
COMMENT ON CONSTRAINT cliente_identificacion_unica ON datos.cliente IS 'Ya existe un cliente con esa identificación.';
COMMENT ON CONSTRAINT cliente_tipo_id_conocido ON datos.cliente IS 'El tipo de identificación es CEDULA, RUC, PASAPORTE, EXTERIOR o FINAL.';
COMMENT ON CONSTRAINT cliente_identificacion_forma ON datos.cliente IS 'La identificación no corresponde a su tipo: la cédula tiene 10 dígitos, el RUC 13, las demás hasta 20 letras o dígitos.';
COMMENT ON CONSTRAINT cliente_nombre_largo ON datos.cliente IS 'El nombre del cliente tiene entre 1 y 120 caracteres.';
COMMENT ON CONSTRAINT cliente_telefono_forma ON datos.cliente IS 'El teléfono tiene hasta 10 dígitos.';
COMMENT ON CONSTRAINT cliente_celular_forma ON datos.cliente IS 'El celular tiene hasta 10 dígitos.';
COMMENT ON CONSTRAINT cliente_mail_forma ON datos.cliente IS 'El correo electrónico no es válido.';
COMMENT ON CONSTRAINT cliente_direccion_largo ON datos.cliente IS 'La dirección tiene hasta 255 caracteres.';
COMMENT ON CONSTRAINT cliente_ciudad_existe ON datos.cliente IS 'La ciudad no existe.';
COMMENT ON CONSTRAINT cliente_limite_no_negativo ON datos.cliente IS 'El límite de crédito no puede ser negativo.';
COMMENT ON CONSTRAINT cliente_estado_conocido ON datos.cliente IS 'El estado del cliente es ACT, SUS o INA.';

-- `busqueda` begins with the name, so ordering by it is ordering by name without case or accents.
CREATE INDEX cliente_por_nombre ON datos.cliente (busqueda, cli_codigo);
CREATE INDEX cliente_busqueda ON datos.cliente USING gin (busqueda ext.gin_trgm_ops);

INSERT INTO datos.cliente (cli_codigo, cli_tipo_id, cli_ruc_ced, cli_nombre, busqueda) VALUES
    ('CLI0000001', 'FINAL', '9999999999999', 'CONSUMIDOR FINAL', 'consumidor final cli0000001 9999999999999');

ALTER TABLE datos.cliente ENABLE ROW LEVEL SECURITY;
