-- The units the POS handed to the shop. They stand in bodega WEB, and only the shop may sell them.

-- `cupo` and `vendido` only grow, except that lowering the cupo takes back what nobody bought or reserved. Narrow and
-- half empty pages: every order of a popular product updates the same row.
CREATE TABLE datos.cupo (
    prd_codigo  text NOT NULL,
    cupo        numeric(14,3) NOT NULL DEFAULT 0,
    vendido     numeric(14,3) NOT NULL DEFAULT 0,
    reservado   numeric(14,3) NOT NULL DEFAULT 0,
    disponible  numeric(14,3) NOT NULL GENERATED ALWAYS AS (cupo - vendido - reservado) STORED,
    CONSTRAINT cupo_unico PRIMARY KEY (prd_codigo),
    CONSTRAINT cupo_producto_existe FOREIGN KEY (prd_codigo) REFERENCES datos.producto,
    CONSTRAINT cupo_no_negativo CHECK (cupo >= 0 AND vendido >= 0 AND reservado >= 0),
    CONSTRAINT disponible_no_negativo CHECK (cupo - vendido - reservado >= 0)
) WITH (fillfactor = 50);
COMMENT ON CONSTRAINT cupo_unico ON datos.cupo IS 'El producto ya tiene un cupo web.';
COMMENT ON CONSTRAINT cupo_producto_existe ON datos.cupo IS 'El producto todavía no está en el catálogo de la tienda.';
COMMENT ON CONSTRAINT cupo_no_negativo ON datos.cupo IS 'El cupo web y lo vendido no pueden ser negativos.';
COMMENT ON CONSTRAINT disponible_no_negativo ON datos.cupo IS 'No hay unidades suficientes disponibles.';

-- One row per movement of the bridge, by its id: sent twice, it counts once and is answered alike.
CREATE TABLE datos.cupo_movimiento (
    mov_id        text NOT NULL,
    prd_codigo    text NOT NULL,
    mov_pedido    numeric(14,3) NOT NULL,
    mov_cantidad  numeric(14,3) NOT NULL,
    mov_fecha     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT cupo_movimiento_unico PRIMARY KEY (mov_id),
    CONSTRAINT cupo_movimiento_cupo_existe FOREIGN KEY (prd_codigo) REFERENCES datos.cupo
);
COMMENT ON CONSTRAINT cupo_movimiento_unico ON datos.cupo_movimiento IS 'Ese movimiento de cupo ya se aplicó.';
COMMENT ON CONSTRAINT cupo_movimiento_cupo_existe ON datos.cupo_movimiento IS 'El producto no tiene cupo web.';
CREATE INDEX cupo_movimiento_por_producto ON datos.cupo_movimiento (prd_codigo);

ALTER TABLE datos.cupo ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.cupo_movimiento ENABLE ROW LEVEL SECURITY;
