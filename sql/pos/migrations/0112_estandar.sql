-- Recipes: what one unit of a product is made of. A line's cost is that of the material while the recipe is a draft,
-- and is written here when it is approved.
--
-- numeric accepts NaN, which compares greater than every number: hence the `< 'NaN'` in the checks.

CREATE SEQUENCE datos.estandar_numero AS bigint;
CREATE SEQUENCE datos.produccion_numero AS bigint;

CREATE TABLE datos.estandar (
    est_cod               text NOT NULL,
    prd_codigo            text NOT NULL,
    est_estado            text NOT NULL DEFAULT 'PEN',
    est_fecha             timestamptz NOT NULL DEFAULT now(),
    est_fecha_aprobacion  timestamptz,
    usr_id                text NOT NULL DEFAULT session_user,
    CONSTRAINT estandar_unico PRIMARY KEY (est_cod),
    CONSTRAINT estandar_producto_existe FOREIGN KEY (prd_codigo) REFERENCES datos.producto,
    CONSTRAINT estandar_estado_conocido CHECK (est_estado IN ('PEN', 'APR', 'ANU')),
    CONSTRAINT estandar_aprobado_con_fecha CHECK (est_estado <> 'APR' OR est_fecha_aprobacion IS NOT NULL)
);
COMMENT ON CONSTRAINT estandar_producto_existe ON datos.estandar IS 'El producto no existe.';
COMMENT ON CONSTRAINT estandar_estado_conocido ON datos.estandar IS 'El estado del estándar es PEN, APR o ANU.';
CREATE INDEX estandar_por_producto ON datos.estandar (prd_codigo, est_cod DESC);

CREATE TABLE datos.estandar_detalle (
    est_cod             text NOT NULL,
    mp_codigo           text NOT NULL,
    mxp_cantidad        numeric(14,3) NOT NULL,
    mpx_costo_unitario  numeric(18,6),
    CONSTRAINT estandar_detalle_unico PRIMARY KEY (est_cod, mp_codigo),
    CONSTRAINT estandar_detalle_estandar_existe FOREIGN KEY (est_cod) REFERENCES datos.estandar ON DELETE CASCADE,
    CONSTRAINT estandar_detalle_material_existe FOREIGN KEY (mp_codigo) REFERENCES datos.materia_prima,
    CONSTRAINT estandar_detalle_cantidad_positiva CHECK (mxp_cantidad > 0 AND mxp_cantidad < 'NaN')
);
COMMENT ON CONSTRAINT estandar_detalle_estandar_existe ON datos.estandar_detalle IS 'El estándar no existe.';
COMMENT ON CONSTRAINT estandar_detalle_material_existe ON datos.estandar_detalle IS 'La materia prima no existe.';
COMMENT ON CONSTRAINT estandar_detalle_cantidad_positiva ON datos.estandar_detalle IS 'La cantidad de cada material debe ser mayor que cero.';
CREATE INDEX estandar_detalle_por_material ON datos.estandar_detalle (mp_codigo);

ALTER TABLE datos.estandar ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.estandar_detalle ENABLE ROW LEVEL SECURITY;

-- Materials are few among the rows of a ledger full of sales: their newest ones must not be looked for among those.
CREATE INDEX kardex_de_materiales ON datos.kardex (krd_codigo) WHERE itm_codigo LIKE 'MP%';
