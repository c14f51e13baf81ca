-- Buying. An order names what is wanted and at what price; receptions say what came; what came is owed. Lines keep the
-- price of the moment they were written, because the material's own price goes on changing.
--
-- numeric accepts NaN, which compares greater than every number: hence the `< 'NaN'` in the checks.

INSERT INTO datos.cuenta_clase (clase, tipo, por, guardada, piso, descripcion) VALUES
    ('BANCO',       'ACTIVO', '',          false, NULL, 'Dinero en cuentas bancarias'),
    ('IVA_COMPRAS', 'ACTIVO', 'sri',       false, NULL, 'IVA pagado, crédito tributario, por código de tarifa del SRI'),
    ('PROVEEDOR',   'PASIVO', 'proveedor', true,  NULL, 'Lo que se debe al proveedor');

CREATE SEQUENCE datos.orden_compra_numero AS bigint;
CREATE SEQUENCE datos.recepcion_numero AS bigint;

CREATE TABLE datos.orden_compra (
    oc_codigo            text NOT NULL,
    prv_codigo           text NOT NULL,
    eta_codigo           text NOT NULL,
    bod_codigo           text NOT NULL,
    oc_fecha             timestamptz NOT NULL DEFAULT now(),
    oc_fecha_aprobacion  timestamptz,
    oc_subtotal          numeric(12,2) NOT NULL DEFAULT 0,
    oc_iva               numeric(12,2) NOT NULL DEFAULT 0,
    oc_total             numeric(12,2) NOT NULL GENERATED ALWAYS AS (oc_subtotal + oc_iva) STORED,
    oc_estado            text NOT NULL DEFAULT 'PEN',
    oc_recepcion         text NOT NULL DEFAULT 'PENDIENTE',
    oc_motivo            text,
    usr_id               text NOT NULL DEFAULT session_user,
    CONSTRAINT orden_compra_unica PRIMARY KEY (oc_codigo),
    CONSTRAINT orden_compra_proveedor_existe FOREIGN KEY (prv_codigo) REFERENCES datos.proveedor,
    CONSTRAINT orden_compra_establecimiento_existe FOREIGN KEY (eta_codigo) REFERENCES datos.establecimiento,
    CONSTRAINT orden_compra_bodega_existe FOREIGN KEY (bod_codigo) REFERENCES datos.bodega,
    CONSTRAINT orden_compra_estado_conocido CHECK (oc_estado IN ('PEN', 'APR', 'ANU')),
    CONSTRAINT orden_compra_recepcion_conocida CHECK (oc_recepcion IN ('PENDIENTE', 'PARCIAL', 'COMPLETA', 'CERRADA')),
    CONSTRAINT orden_compra_recibe_aprobada CHECK (oc_recepcion = 'PENDIENTE' OR oc_estado = 'APR'),
    CONSTRAINT orden_compra_motivo_corto CHECK (length(oc_motivo) <= 255)
);
COMMENT ON CONSTRAINT orden_compra_proveedor_existe ON datos.orden_compra IS 'El proveedor no existe.';
COMMENT ON CONSTRAINT orden_compra_establecimiento_existe ON datos.orden_compra IS 'El establecimiento no existe.';
COMMENT ON CONSTRAINT orden_compra_bodega_existe ON datos.orden_compra IS 'La bodega no existe.';
COMMENT ON CONSTRAINT orden_compra_estado_conocido ON datos.orden_compra IS 'El estado de la orden es PEN, APR o ANU.';
COMMENT ON CONSTRAINT orden_compra_recepcion_conocida ON datos.orden_compra IS 'La recepción es PENDIENTE, PARCIAL, COMPLETA o CERRADA.';
COMMENT ON CONSTRAINT orden_compra_recibe_aprobada ON datos.orden_compra IS 'Solo una orden aprobada recibe.';
COMMENT ON CONSTRAINT orden_compra_motivo_corto ON datos.orden_compra IS 'El motivo admite hasta 255 caracteres.';
CREATE INDEX orden_compra_recientes ON datos.orden_compra (oc_codigo DESC);
CREATE INDEX orden_compra_por_estado ON datos.orden_compra (oc_estado, oc_codigo DESC);
CREATE INDEX orden_compra_por_proveedor ON datos.orden_compra (prv_codigo, oc_codigo DESC);
CREATE INDEX orden_compra_por_recibir ON datos.orden_compra (eta_codigo, oc_codigo)
    WHERE oc_estado = 'APR' AND oc_recepcion IN ('PENDIENTE', 'PARCIAL');

CREATE TABLE datos.orden_compra_detalle (
    oc_codigo       text NOT NULL,
    mp_codigo       text NOT NULL,
    pxoc_cantidad   numeric(14,3) NOT NULL,
    pxoc_precio     numeric(18,6) NOT NULL,
    pxoc_recibido   numeric(14,3) NOT NULL DEFAULT 0,
    pxoc_subtotal   numeric(12,2) NOT NULL DEFAULT 0,
    CONSTRAINT orden_compra_detalle_unico PRIMARY KEY (oc_codigo, mp_codigo),
    CONSTRAINT orden_compra_detalle_orden_existe FOREIGN KEY (oc_codigo) REFERENCES datos.orden_compra,
    CONSTRAINT orden_compra_detalle_material_existe FOREIGN KEY (mp_codigo) REFERENCES datos.materia_prima,
    CONSTRAINT orden_compra_cantidad_positiva CHECK (pxoc_cantidad > 0 AND pxoc_cantidad < 'NaN'),
    CONSTRAINT orden_compra_precio_no_negativo CHECK (pxoc_precio >= 0 AND pxoc_precio < 'NaN'),
    CONSTRAINT recepcion_dentro_de_lo_pedido CHECK (pxoc_recibido BETWEEN 0 AND pxoc_cantidad)
);
COMMENT ON CONSTRAINT orden_compra_detalle_orden_existe ON datos.orden_compra_detalle IS 'La orden no existe.';
COMMENT ON CONSTRAINT orden_compra_detalle_material_existe ON datos.orden_compra_detalle IS 'La materia prima no existe.';
COMMENT ON CONSTRAINT orden_compra_cantidad_positiva ON datos.orden_compra_detalle IS 'La cantidad debe ser mayor que cero.';
COMMENT ON CONSTRAINT orden_compra_precio_no_negativo ON datos.orden_compra_detalle IS 'El precio no puede ser negativo.';
COMMENT ON CONSTRAINT recepcion_dentro_de_lo_pedido ON datos.orden_compra_detalle IS 'No se recibe más de lo pedido.';

CREATE TABLE datos.recepcion (
    rec_codigo     text NOT NULL,
    oc_codigo      text NOT NULL,
    bod_codigo     text NOT NULL,
    nro_documento  text NOT NULL DEFAULT '',
    rec_fecha      timestamptz NOT NULL DEFAULT now(),
    rec_subtotal   numeric(12,2) NOT NULL,
    rec_iva        numeric(12,2) NOT NULL,
    usr_id         text NOT NULL DEFAULT session_user,
    CONSTRAINT recepcion_unica PRIMARY KEY (rec_codigo),
    CONSTRAINT recepcion_orden_existe FOREIGN KEY (oc_codigo) REFERENCES datos.orden_compra,
    CONSTRAINT recepcion_documento_largo CHECK (length(nro_documento) <= 40)
);
COMMENT ON CONSTRAINT recepcion_orden_existe ON datos.recepcion IS 'La orden no existe.';
COMMENT ON CONSTRAINT recepcion_documento_largo ON datos.recepcion IS 'El número de documento admite hasta 40 caracteres.';
CREATE INDEX recepcion_por_orden ON datos.recepcion (oc_codigo, rec_codigo);

CREATE TABLE datos.recepcion_detalle (
    rec_codigo      text NOT NULL,
    mp_codigo       text NOT NULL,
    cantidad        numeric(14,3) NOT NULL,
    costo_unitario  numeric(18,6) NOT NULL,
    CONSTRAINT recepcion_detalle_unico PRIMARY KEY (rec_codigo, mp_codigo),
    CONSTRAINT recepcion_detalle_recepcion_existe FOREIGN KEY (rec_codigo) REFERENCES datos.recepcion,
    CONSTRAINT recepcion_cantidad_positiva CHECK (cantidad > 0 AND cantidad < 'NaN'),
    CONSTRAINT recepcion_costo_no_negativo CHECK (costo_unitario >= 0 AND costo_unitario < 'NaN')
);
COMMENT ON CONSTRAINT recepcion_detalle_unico ON datos.recepcion_detalle IS 'Cada material se recibe una vez por recepción.';
COMMENT ON CONSTRAINT recepcion_detalle_recepcion_existe ON datos.recepcion_detalle IS 'La recepción no existe.';
COMMENT ON CONSTRAINT recepcion_cantidad_positiva ON datos.recepcion_detalle IS 'La cantidad debe ser mayor que cero.';
COMMENT ON CONSTRAINT recepcion_costo_no_negativo ON datos.recepcion_detalle IS 'El costo no puede ser negativo.';

ALTER TABLE datos.orden_compra ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.orden_compra_detalle ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.recepcion ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.recepcion_detalle ENABLE ROW LEVEL SECURITY;
