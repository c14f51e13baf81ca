-- What recipes consume and orders buy. Like a product it is an item of the kardex, under its own code; its stock lives
-- in existencia. `mp_precio_compra` is the price of the next purchase, not what the stock is worth.
--
-- numeric accepts NaN, which compares greater than every number: hence the `< 'NaN'` in the checks.

CREATE SEQUENCE datos.materia_prima_numero AS bigint;

CREATE TABLE datos.materia_prima (
    mp_codigo         text NOT NULL,
    iva_codigo        text NOT NULL,
    um_compra         text NOT NULL,
    mp_descripcion    text NOT NULL,
    mp_precio_compra  numeric(18,6) NOT NULL DEFAULT 0,
    mp_prioridad      text NOT NULL DEFAULT 'F',
    mp_estado         text NOT NULL DEFAULT 'ACT',
    mp_fecha_alta     timestamptz NOT NULL DEFAULT now(),
    busqueda          text NOT NULL,
    CONSTRAINT materia_prima_unica PRIMARY KEY (mp_codigo),
    CONSTRAINT materia_prima_iva_existe FOREIGN KEY (iva_codigo) REFERENCES datos.iva_clase,
    CONSTRAINT materia_prima_unidad_existe FOREIGN KEY (um_compra) REFERENCES datos.unidad_medida,
    CONSTRAINT materia_prima_descripcion_largo CHECK (length(mp_descripcion) BETWEEN 1 AND 120),
    CONSTRAINT materia_prima_precio_no_negativo CHECK (mp_precio_compra >= 0 AND mp_precio_compra < 'NaN'),
    CONSTRAINT materia_prima_prioridad_conocida CHECK (mp_prioridad IN ('L', 'F')),
    CONSTRAINT materia_prima_estado_conocido CHECK (mp_estado IN ('ACT', 'INA', 'SUS'))
);
COMMENT ON CONSTRAINT materia_prima_unica ON datos.materia_prima IS 'Ya existe una materia prima con ese código.';
COMMENT ON CONSTRAINT materia_prima_iva_existe ON datos.materia_prima IS 'La clase de IVA no existe.';
COMMENT ON CONSTRAINT materia_prima_unidad_existe ON datos.materia_prima IS 'La unidad de medida no existe.';
COMMENT ON CONSTRAINT materia_prima_descripcion_largo ON datos.materia_prima IS 'La descripción de la materia prima tiene entre 1 y 120 caracteres.';
COMMENT ON CONSTRAINT materia_prima_precio_no_negativo ON datos.materia_prima IS 'El precio de compra no puede ser negativo.';
COMMENT ON CONSTRAINT materia_prima_prioridad_conocida ON datos.materia_prima IS 'La prioridad de la materia prima es L o F.';
COMMENT ON CONSTRAINT materia_prima_estado_conocido ON datos.materia_prima IS 'El estado de la materia prima es ACT, SUS o INA.';

-- `busqueda` begins with the description, so ordering by it is ordering by name without case or accents.
CREATE INDEX materia_prima_por_nombre ON datos.materia_prima (busqueda, mp_codigo);
CREATE INDEX materia_prima_busqueda ON datos.materia_prima USING gin (busqueda ext.gin_trgm_ops);

ALTER TABLE datos.materia_prima ENABLE ROW LEVEL SECURITY;
