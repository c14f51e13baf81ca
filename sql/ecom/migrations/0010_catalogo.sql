-- What the shop shows: a copy of the POS catalogue, kept by the bridge. The POS is the authority; each row carries the
-- version it was copied at, and an older one never overwrites a newer.

CREATE TABLE datos.categoria (
    cat_codigo       text NOT NULL,
    cat_nombre       text NOT NULL,
    cat_descripcion  text NOT NULL DEFAULT '',
    cat_padre        text,
    CONSTRAINT categoria_unica PRIMARY KEY (cat_codigo)
);
COMMENT ON CONSTRAINT categoria_unica ON datos.categoria IS 'Ya existe una categoría con ese código.';

-- The shipping price is the shop's own; a city without one costs the setting envio_defecto.
CREATE TABLE datos.ciudad (
    ct_codigo       text NOT NULL,
    ct_descripcion  text NOT NULL,
    ct_envio        numeric(12,2),
    CONSTRAINT ciudad_unica PRIMARY KEY (ct_codigo),
    CONSTRAINT ciudad_envio_no_negativo CHECK (ct_envio >= 0)
);
COMMENT ON CONSTRAINT ciudad_unica ON datos.ciudad IS 'Ya existe una ciudad con ese código.';
COMMENT ON CONSTRAINT ciudad_envio_no_negativo ON datos.ciudad IS 'El precio del envío no puede ser negativo.';

INSERT INTO datos.ajuste (aju_clave, aju_valor, aju_descripcion) VALUES
    ('envio_defecto', '5.00', 'Precio del envío a una ciudad que no tiene el suyo.');

-- `desde` and `hasta` are both inside the interval; no `hasta` means until further notice.
CREATE TABLE datos.tarifa_iva (
    iva_codigo  text NOT NULL,
    sri_codigo  text NOT NULL,
    porcentaje  numeric(6,4) NOT NULL,
    desde       date NOT NULL,
    hasta       date,
    CONSTRAINT tarifa_iva_unica PRIMARY KEY (iva_codigo, desde),
    CONSTRAINT tarifa_iva_porcentaje_no_negativo CHECK (porcentaje >= 0)
);
COMMENT ON CONSTRAINT tarifa_iva_unica ON datos.tarifa_iva IS 'La clase ya tiene una tarifa desde esa fecha.';
COMMENT ON CONSTRAINT tarifa_iva_porcentaje_no_negativo ON datos.tarifa_iva IS 'El porcentaje de IVA no puede ser negativo.';

-- `prd_precio_final` (after promotion, IVA included) is kept so that the shop can order and filter by the price a
-- shopper reads; it is computed again when the price, the promotion or the rate of the day changes.
CREATE TABLE datos.producto (
    prd_codigo        text NOT NULL,
    prd_nombre        text NOT NULL,
    prd_desc_corta    text NOT NULL DEFAULT '',
    prd_desc_larga    text NOT NULL DEFAULT '',
    prd_precio_venta  numeric(12,2) NOT NULL,
    prd_promocion     numeric(7,4) NOT NULL DEFAULT 0,
    prd_precio_final  numeric(12,2) NOT NULL,
    prd_tipo          text NOT NULL,
    prd_estado        text NOT NULL,
    prd_img           text,
    um_descripcion    text NOT NULL DEFAULT '',
    cat_codigo        text,
    iva_codigo        text NOT NULL,
    prd_version       bigint NOT NULL,
    busqueda          text NOT NULL,
    CONSTRAINT producto_unico PRIMARY KEY (prd_codigo),
    CONSTRAINT producto_precio_no_negativo CHECK (prd_precio_venta >= 0),
    CONSTRAINT producto_promocion_porcentaje CHECK (prd_promocion BETWEEN 0 AND 100),
    CONSTRAINT producto_tipo_conocido CHECK (prd_tipo IN ('BIEN', 'SERVICIO')),
    CONSTRAINT producto_estado_conocido CHECK (prd_estado IN ('ACT', 'INA', 'SUS'))
);
COMMENT ON CONSTRAINT producto_unico ON datos.producto IS 'Ya existe un producto con ese código.';
COMMENT ON CONSTRAINT producto_precio_no_negativo ON datos.producto IS 'El precio de venta no puede ser negativo.';
COMMENT ON CONSTRAINT producto_promocion_porcentaje ON datos.producto IS 'La promoción es un porcentaje entre 0 y 100.';
COMMENT ON CONSTRAINT producto_tipo_conocido ON datos.producto IS 'El tipo de producto es BIEN o SERVICIO.';
COMMENT ON CONSTRAINT producto_estado_conocido ON datos.producto IS 'El estado del producto es ACT, SUS o INA.';

-- The shop window, in each order it is listed in. `busqueda` begins with the name.
CREATE INDEX producto_por_nombre ON datos.producto (busqueda, prd_codigo)
WHERE prd_estado <> 'INA' AND prd_tipo = 'BIEN';
CREATE INDEX producto_por_precio ON datos.producto (prd_precio_final, prd_codigo) INCLUDE (cat_codigo)
WHERE prd_estado <> 'INA' AND prd_tipo = 'BIEN';
CREATE INDEX producto_por_categoria ON datos.producto (cat_codigo, prd_precio_final, prd_codigo)
WHERE prd_estado <> 'INA' AND prd_tipo = 'BIEN';
CREATE INDEX producto_busqueda ON datos.producto USING gin (busqueda ext.gin_trgm_ops);

ALTER TABLE datos.categoria ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.ciudad ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.tarifa_iva ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.producto ENABLE ROW LEVEL SECURITY;
