-- Totals of product lists are counted in an index alone: in any category and in one.

CREATE INDEX producto_por_estado ON datos.producto (prd_estado, cat_codigo);
