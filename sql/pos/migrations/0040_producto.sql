-- What is sold: the catalogue only. Stock lives in existencia, beside the kardex: a text search index
-- next to a counter that every sale updates makes sales several times slower.
--
-- numeric accepts NaN, which compares greater than every number: hence the `< 'NaN'` in the checks.

CREATE SEQUENCE datos.producto_numero AS bigint;

CREATE TABLE datos.producto (
    prd_codigo         text NOT NULL,
    um_venta           text NOT NULL,
    cat_codigo         text,
    prd_nombre         text NOT NULL,
    prd_desc_corta     text NOT NULL DEFAULT '',
    prd_desc_larga     text NOT NULL DEFAULT '',
    prd_precio_venta   numeric(12,2) NOT NULL,
    prd_tipo           text NOT NULL DEFAULT 'BIEN',
    prd_prioridad      text NOT NULL DEFAULT 'F',
    prd_promocion      numeric(7,4) NOT NULL DEFAULT 0,
    prd_estado         text NOT NULL DEFAULT 'ACT',
    iva_codigo         text NOT NULL,
    prd_codigo_barras  text,
    prd_stock_minimo   numeric(14,3) NOT NULL DEFAULT 0,
    prd_img            text,
    prd_fecha_alta     timestamptz NOT NULL DEFAULT now(),
    prd_version        bigint NOT NULL DEFAULT 1,
    busqueda           text NOT NULL,
    CONSTRAINT producto_unico PRIMARY KEY (prd_codigo),
    CONSTRAINT producto_unidad_existe FOREIGN KEY (um_venta) REFERENCES datos.unidad_medida,
    CONSTRAINT producto_categoria_existe FOREIGN KEY (cat_codigo) REFERENCES datos.categoria,
    CONSTRAINT producto_iva_existe FOREIGN KEY (iva_codigo) REFERENCES datos.iva_clase,
    CONSTRAINT producto_barras_unico UNIQUE (prd_codigo_barras),
    CONSTRAINT producto_barras_forma CHECK (prd_codigo_barras ~ '^[A-Za-z0-9._-]{1,48}$'),
    CONSTRAINT producto_nombre_largo CHECK (length(prd_nombre) BETWEEN 1 AND 60),
    CONSTRAINT producto_desc_corta_largo CHECK (length(prd_desc_corta) <= 60),
    CONSTRAINT producto_desc_larga_largo CHECK (length(prd_desc_larga) <= 255),
    CONSTRAINT producto_precio_no_negativo CHECK (prd_precio_venta >= 0 AND prd_precio_venta < 'NaN'),
    CONSTRAINT producto_tipo_conocido CHECK (prd_tipo IN ('BIEN', 'SERVICIO')),
    CONSTRAINT producto_prioridad_conocida CHECK (prd_prioridad IN ('L', 'F')),
    CONSTRAINT producto_promocion_porcentaje CHECK (prd_promocion BETWEEN 0 AND 100),
    CONSTRAINT producto_estado_conocido CHECK (prd_estado IN ('ACT', 'INA', 'SUS')),
    CONSTRAINT producto_stock_minimo_no_negativo CHECK (prd_stock_minimo >= 0 AND prd_stock_minimo < 'NaN'),
    CONSTRAINT producto_img_forma CHECK (prd_img ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$')
);
COMMENT ON CONSTRAINT producto_unico ON datos.producto IS 'Ya existe un producto con ese código.';
COMMENT ON CONSTRAINT producto_unidad_existe ON datos.producto IS 'La unidad de medida no existe.';
COMMENT ON CONSTRAINT producto_categoria_existe ON datos.producto IS 'La categoría no existe.';
COMMENT ON CONSTRAINT producto_iva_existe ON datos.producto IS 'La clase de IVA no existe.';
COMMENT ON CONSTRAINT producto_barras_unico ON datos.producto IS 'Ya existe un producto con ese código de barras.';
COMMENT ON CONSTRAINT producto_barras_forma ON datos.producto IS 'El código de barras son hasta 48 letras, dígitos, puntos o guiones.';
COMMENT ON CONSTRAINT producto_nombre_largo ON datos.producto IS 'El nombre del producto tiene entre 1 y 60 caracteres.';
COMMENT ON CONSTRAINT producto_desc_corta_largo ON datos.producto IS 'La descripción corta tiene hasta 60 caracteres.';
COMMENT ON CONSTRAINT producto_desc_larga_largo ON datos.producto IS 'La descripción larga tiene hasta 255 caracteres.';
COMMENT ON CONSTRAINT producto_precio_no_negativo ON datos.producto IS 'El precio de venta no puede ser negativo.';
COMMENT ON CONSTRAINT producto_tipo_conocido ON datos.producto IS 'El tipo de producto es BIEN o SERVICIO.';
COMMENT ON CONSTRAINT producto_prioridad_conocida ON datos.producto IS 'La prioridad del producto es L o F.';
COMMENT ON CONSTRAINT producto_promocion_porcentaje ON datos.producto IS 'La promoción es un porcentaje entre 0 y 100.';
COMMENT ON CONSTRAINT producto_estado_conocido ON datos.producto IS 'El estado del producto es ACT, SUS o INA.';
COMMENT ON CONSTRAINT producto_stock_minimo_no_negativo ON datos.producto IS 'El stock mínimo no puede ser negativo.';
COMMENT ON CONSTRAINT producto_img_forma ON datos.producto IS 'El nombre de la imagen no es válido.';

-- `busqueda` begins with the name, so ordering by it is ordering by name without case or accents.
CREATE INDEX producto_por_nombre ON datos.producto (busqueda, prd_codigo);
CREATE INDEX producto_por_categoria ON datos.producto (cat_codigo, busqueda, prd_codigo);
CREATE INDEX producto_busqueda ON datos.producto USING gin (busqueda ext.gin_trgm_ops);

-- Every price and promotion a product ever had: a late offline sale is priced as of its own moment.
CREATE TABLE datos.producto_precio (
    prp_id            bigint GENERATED ALWAYS AS IDENTITY,
    prd_codigo        text NOT NULL,
    prd_precio_venta  numeric(12,2) NOT NULL,
    prd_promocion     numeric(7,4) NOT NULL,
    prp_desde         timestamptz NOT NULL DEFAULT now(),
    usr_id            text NOT NULL DEFAULT session_user,
    CONSTRAINT producto_precio_pk PRIMARY KEY (prp_id),
    CONSTRAINT producto_precio_producto_existe FOREIGN KEY (prd_codigo) REFERENCES datos.producto
);
COMMENT ON CONSTRAINT producto_precio_producto_existe ON datos.producto_precio IS 'El producto no existe.';
CREATE INDEX producto_precio_por_fecha ON datos.producto_precio (prd_codigo, prp_desde DESC, prp_id DESC);

-- The line a web order uses for its shipping: listed, never sold at the counter.
INSERT INTO datos.producto (prd_codigo, um_venta, prd_nombre, prd_precio_venta, prd_tipo, prd_estado, iva_codigo, busqueda) VALUES
    ('ENVIO', 'SRV', 'Envío a domicilio', 0, 'SERVICIO', 'SUS', 'GEN', 'envio a domicilio envio');

ALTER TABLE datos.producto ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.producto_precio ENABLE ROW LEVEL SECURITY;
