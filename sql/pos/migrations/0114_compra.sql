-- The quick purchase of a small shop, in one act; and what is owed to suppliers, one row per document that left a debt.
--
-- numeric accepts NaN, which compares greater than every number: hence the `< 'NaN'` in the checks.

CREATE SEQUENCE datos.compra_numero AS bigint;

CREATE TABLE datos.compra (
    cmp_codigo      text NOT NULL,
    prv_codigo      text,
    eta_codigo      text NOT NULL,
    bod_codigo      text NOT NULL,
    nro_documento   text NOT NULL DEFAULT '',
    cmp_fecha       timestamptz NOT NULL DEFAULT now(),
    cmp_pago        text NOT NULL,
    cmp_subtotal    numeric(12,2) NOT NULL,
    cmp_iva         numeric(12,2) NOT NULL,
    cmp_total       numeric(12,2) NOT NULL GENERATED ALWAYS AS (cmp_subtotal + cmp_iva) STORED,
    cmp_estado      text NOT NULL DEFAULT 'APR',
    cmp_motivo      text,
    cmp_fecha_anulacion timestamptz,
    usr_id          text NOT NULL DEFAULT session_user,
    CONSTRAINT compra_unica PRIMARY KEY (cmp_codigo),
    CONSTRAINT compra_proveedor_existe FOREIGN KEY (prv_codigo) REFERENCES datos.proveedor,
    CONSTRAINT compra_establecimiento_existe FOREIGN KEY (eta_codigo) REFERENCES datos.establecimiento,
    CONSTRAINT compra_bodega_existe FOREIGN KEY (bod_codigo) REFERENCES datos.bodega,
    CONSTRAINT compra_documento_largo CHECK (length(nro_documento) <= 40),
    CONSTRAINT compra_pago_conocido CHECK (cmp_pago IN ('CAJA', 'BANCO', 'CREDITO')),
    CONSTRAINT compra_credito_con_proveedor CHECK (cmp_pago <> 'CREDITO' OR prv_codigo IS NOT NULL),
    CONSTRAINT compra_estado_conocido CHECK (cmp_estado IN ('APR', 'ANU')),
    CONSTRAINT compra_motivo_corto CHECK (length(cmp_motivo) <= 255)
);
COMMENT ON CONSTRAINT compra_proveedor_existe ON datos.compra IS 'El proveedor no existe.';
COMMENT ON CONSTRAINT compra_establecimiento_existe ON datos.compra IS 'El establecimiento no existe.';
COMMENT ON CONSTRAINT compra_bodega_existe ON datos.compra IS 'La bodega no existe.';
COMMENT ON CONSTRAINT compra_documento_largo ON datos.compra IS 'El número de documento admite hasta 40 caracteres.';
COMMENT ON CONSTRAINT compra_pago_conocido ON datos.compra IS 'El pago es CAJA, BANCO o CREDITO.';
COMMENT ON CONSTRAINT compra_credito_con_proveedor ON datos.compra IS 'Una compra a crédito nombra a su proveedor.';
COMMENT ON CONSTRAINT compra_estado_conocido ON datos.compra IS 'El estado de la compra es APR o ANU.';
COMMENT ON CONSTRAINT compra_motivo_corto ON datos.compra IS 'El motivo admite hasta 255 caracteres.';
CREATE INDEX compra_recientes ON datos.compra (cmp_codigo DESC);
CREATE INDEX compra_por_proveedor ON datos.compra (prv_codigo, cmp_codigo DESC);

CREATE TABLE datos.compra_detalle (
    cmp_codigo      text NOT NULL,
    linea           int NOT NULL,
    itm_codigo      text NOT NULL,
    cantidad        numeric(14,3) NOT NULL,
    costo_unitario  numeric(18,6) NOT NULL,
    iva_codigo      text NOT NULL,
    CONSTRAINT compra_detalle_unico PRIMARY KEY (cmp_codigo, linea),
    CONSTRAINT compra_detalle_compra_existe FOREIGN KEY (cmp_codigo) REFERENCES datos.compra,
    CONSTRAINT compra_cantidad_positiva CHECK (cantidad > 0 AND cantidad < 'NaN'),
    CONSTRAINT compra_costo_no_negativo CHECK (costo_unitario >= 0 AND costo_unitario < 'NaN')
);
COMMENT ON CONSTRAINT compra_detalle_compra_existe ON datos.compra_detalle IS 'La compra no existe.';
COMMENT ON CONSTRAINT compra_cantidad_positiva ON datos.compra_detalle IS 'La cantidad debe ser mayor que cero.';
COMMENT ON CONSTRAINT compra_costo_no_negativo ON datos.compra_detalle IS 'El costo no puede ser negativo.';

CREATE TABLE datos.cuenta_por_pagar (
    cxp_id         bigint GENERATED ALWAYS AS IDENTITY,
    eta_codigo     text NOT NULL,
    prv_codigo     text NOT NULL,
    doc_tipo       text NOT NULL,
    doc_codigo     text NOT NULL,
    nro_documento  text NOT NULL DEFAULT '',
    cxp_fecha      timestamptz NOT NULL DEFAULT now(),
    cxp_monto      numeric(12,2) NOT NULL,
    cxp_saldo      numeric(12,2) NOT NULL,
    cxp_estado     text NOT NULL DEFAULT 'PEN',
    CONSTRAINT cuenta_por_pagar_unica PRIMARY KEY (cxp_id),
    CONSTRAINT cuenta_por_pagar_una_por_documento UNIQUE (doc_tipo, doc_codigo),
    CONSTRAINT cuenta_por_pagar_proveedor_existe FOREIGN KEY (prv_codigo) REFERENCES datos.proveedor,
    CONSTRAINT pago_dentro_de_la_deuda CHECK (cxp_monto > 0 AND cxp_saldo BETWEEN 0 AND cxp_monto),
    CONSTRAINT cuenta_por_pagar_estado_conocido CHECK (cxp_estado IN ('PEN', 'PAG', 'ANU')),
    CONSTRAINT cuenta_por_pagar_cerrada_sin_saldo CHECK (cxp_estado = 'PEN' OR cxp_saldo = 0)
);
COMMENT ON CONSTRAINT cuenta_por_pagar_proveedor_existe ON datos.cuenta_por_pagar IS 'El proveedor no existe.';
COMMENT ON CONSTRAINT pago_dentro_de_la_deuda ON datos.cuenta_por_pagar IS 'El pago excede lo que se debe.';
COMMENT ON CONSTRAINT cuenta_por_pagar_estado_conocido ON datos.cuenta_por_pagar IS 'El estado de la cuenta es PEN, PAG o ANU.';
CREATE INDEX cuenta_por_pagar_por_estado ON datos.cuenta_por_pagar (cxp_estado, cxp_id DESC);
CREATE INDEX cuenta_por_pagar_por_proveedor ON datos.cuenta_por_pagar (prv_codigo, cxp_id DESC);

ALTER TABLE datos.compra ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.compra_detalle ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.cuenta_por_pagar ENABLE ROW LEVEL SECURITY;
