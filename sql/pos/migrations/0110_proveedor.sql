-- Who the company buys from. Optional texts are '' and never NULL; check digits are judged by the write functions,
-- because a table must not depend on code that every deploy reloads.

CREATE SEQUENCE datos.proveedor_numero AS bigint;

CREATE TABLE datos.proveedor (
    prv_codigo       text NOT NULL,
    prv_razonsocial  text NOT NULL,
    prv_ruc          text NOT NULL,
    prv_telefono     text NOT NULL DEFAULT '',
    prv_celular      text NOT NULL DEFAULT '',
    prv_mail         text NOT NULL DEFAULT '',
    prv_direccion    text NOT NULL DEFAULT '',
    ct_codigo        text,
    prv_estado       text NOT NULL DEFAULT 'ACT',
    prv_fecha_alta   timestamptz NOT NULL DEFAULT now(),
    busqueda         text NOT NULL,
    CONSTRAINT proveedor_unico PRIMARY KEY (prv_codigo),
    CONSTRAINT proveedor_ruc_unico UNIQUE (prv_ruc),
    CONSTRAINT proveedor_ruc_forma CHECK (prv_ruc ~ '^[0-9]{13}$'),
    CONSTRAINT proveedor_razonsocial_largo CHECK (length(prv_razonsocial) BETWEEN 3 AND 120),
    CONSTRAINT proveedor_telefono_forma CHECK (prv_telefono ~ '^[0-9]{0,10}$'),
    CONSTRAINT proveedor_celular_forma CHECK (prv_celular ~ '^[0-9]{0,10}$'),
    CONSTRAINT proveedor_mail_forma CHECK (
        prv_mail = '' OR (length(prv_mail) <= 120 AND prv_mail ~ '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:].]+$')
    ),
    CONSTRAINT proveedor_direccion_largo CHECK (length(prv_direccion) <= 255),
    CONSTRAINT proveedor_ciudad_existe FOREIGN KEY (ct_codigo) REFERENCES datos.ciudad,
    CONSTRAINT proveedor_estado_conocido CHECK (prv_estado IN ('ACT', 'INA', 'SUS'))
);
COMMENT ON CONSTRAINT proveedor_unico ON datos.proveedor IS 'Ya existe un proveedor con ese código.';
COMMENT ON CONSTRAINT proveedor_ruc_unico ON datos.proveedor IS 'Ya existe un proveedor con ese RUC.';
COMMENT ON CONSTRAINT proveedor_ruc_forma ON datos.proveedor IS 'El RUC del proveedor tiene 13 dígitos.';
COMMENT ON CONSTRAINT proveedor_razonsocial_largo ON datos.proveedor IS 'La razón social tiene entre 3 y 120 caracteres.';
COMMENT ON CONSTRAINT proveedor_telefono_forma ON datos.proveedor IS 'El teléfono tiene hasta 10 dígitos.';
COMMENT ON CONSTRAINT proveedor_celular_forma ON datos.proveedor IS 'El celular tiene hasta 10 dígitos.';
COMMENT ON CONSTRAINT proveedor_mail_forma ON datos.proveedor IS 'El correo electrónico no es válido.';
COMMENT ON CONSTRAINT proveedor_direccion_largo ON datos.proveedor IS 'La dirección tiene hasta 255 caracteres.';
COMMENT ON CONSTRAINT proveedor_ciudad_existe ON datos.proveedor IS 'La ciudad no existe.';
COMMENT ON CONSTRAINT proveedor_estado_conocido ON datos.proveedor IS 'El estado del proveedor es ACT, SUS o INA.';

-- `busqueda` begins with the name, so ordering by it is ordering by name without case or accents.
CREATE INDEX proveedor_por_nombre ON datos.proveedor (busqueda, prv_codigo);
CREATE INDEX proveedor_busqueda ON datos.proveedor USING gin (busqueda ext.gin_trgm_ops);

ALTER TABLE datos.proveedor ENABLE ROW LEVEL SECURITY;
