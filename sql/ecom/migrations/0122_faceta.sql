-- What the shop shows, counted by category: facets and totals of a window that nobody narrowed, without reading all of it.

CREATE TABLE datos.faceta (
    cat_codigo  text NOT NULL,
    cantidad    bigint NOT NULL,
    precio_min  numeric(12,2) NOT NULL,
    precio_max  numeric(12,2) NOT NULL,
    CONSTRAINT faceta_unica PRIMARY KEY (cat_codigo)
);
COMMENT ON COLUMN datos.faceta.cat_codigo IS 'Vacío: los productos sin categoría';

ALTER TABLE datos.faceta ENABLE ROW LEVEL SECURITY;

INSERT INTO datos.faceta (cat_codigo, cantidad, precio_min, precio_max)
SELECT coalesce(cat_codigo, ''), count(*), min(prd_precio_final), max(prd_precio_final)
FROM datos.producto
WHERE prd_estado <> 'INA' AND prd_tipo = 'BIEN'
GROUP BY 1;
