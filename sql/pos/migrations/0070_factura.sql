-- The sales document: a draft (PEN) is editable; issued (APR) it is numbered, frozen and posted to both
-- ledgers; annulled (ANU) it keeps its number. The legal number is three columns and one counter row per
-- series; the printed form is derived from them.

CREATE SEQUENCE datos.factura_codigo;

CREATE TABLE datos.numeracion (
    eta_codigo text NOT NULL,
    pto_codigo text NOT NULL,
    doc_tipo   text NOT NULL,
    ultimo     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (eta_codigo, pto_codigo, doc_tipo),
    FOREIGN KEY (eta_codigo, pto_codigo) REFERENCES datos.punto_emision,
    CONSTRAINT numeracion_nueve_digitos CHECK (ultimo BETWEEN 0 AND 999999999)
) WITH (fillfactor = 10);

COMMENT ON TABLE datos.numeracion IS 'Último número legal de cada serie: sin huecos, tomado al final del acto';
COMMENT ON CONSTRAINT numeracion_nueve_digitos ON datos.numeracion IS 'La serie del punto de emisión se agotó.';

CREATE TABLE datos.factura (
    fac_codigo           text PRIMARY KEY,
    eta_codigo           text NOT NULL,
    pto_codigo           text NOT NULL,
    bod_codigo           text NOT NULL REFERENCES datos.bodega,
    cli_codigo           text NOT NULL REFERENCES datos.cliente,
    fac_estado           text NOT NULL DEFAULT 'PEN',
    fac_descripcion      text NOT NULL DEFAULT '',
    fac_fecha            timestamptz NOT NULL DEFAULT now(),
    fac_fecha_aprobacion timestamptz,
    fac_fecha_anulacion  timestamptz,
    fac_motivo_anulacion text,
    fac_secuencial       bigint,
    fac_numero           text GENERATED ALWAYS AS
        (eta_codigo || '-' || pto_codigo || '-' || lpad(fac_secuencial::text, 9, '0')) STORED,
    fac_subtotal         numeric(12,2) NOT NULL DEFAULT 0,
    fac_iva              numeric(12,2) NOT NULL DEFAULT 0,
    fac_total            numeric(12,2) NOT NULL DEFAULT 0,
    cli_ruc_ced          text,
    cli_nombre           text,
    cli_direccion        text,
    cli_mail             text,
    usr_id               text NOT NULL DEFAULT session_user,
    FOREIGN KEY (eta_codigo, pto_codigo) REFERENCES datos.punto_emision,
    CONSTRAINT factura_estado_valido CHECK (fac_estado IN ('PEN', 'APR', 'ANU')),
    CONSTRAINT factura_total_cuadra CHECK (fac_total = fac_subtotal + fac_iva AND fac_total >= 0 AND fac_total < 'NaN'),
    CONSTRAINT factura_emitida_completa CHECK (
        fac_estado <> 'APR'
        OR (fac_secuencial IS NOT NULL AND fac_fecha_aprobacion IS NOT NULL AND cli_ruc_ced IS NOT NULL AND cli_nombre IS NOT NULL)
    ),
    CONSTRAINT factura_borrador_sin_numero CHECK (fac_estado <> 'PEN' OR fac_secuencial IS NULL),
    CONSTRAINT factura_descripcion_corta CHECK (length(fac_descripcion) <= 255),
    CONSTRAINT factura_motivo_corto CHECK (length(fac_motivo_anulacion) <= 255)
) WITH (fillfactor = 80);

COMMENT ON COLUMN datos.factura.cli_nombre IS 'Los cuatro datos del cliente quedan congelados al emitir; en borrador son nulos';
COMMENT ON CONSTRAINT factura_total_cuadra ON datos.factura IS 'El total debe ser el subtotal más el IVA.';
COMMENT ON CONSTRAINT factura_emitida_completa ON datos.factura IS 'A la factura emitida le falta número, fecha o cliente.';
COMMENT ON CONSTRAINT factura_descripcion_corta ON datos.factura IS 'La descripción admite hasta 255 caracteres.';
COMMENT ON CONSTRAINT factura_motivo_corto ON datos.factura IS 'El motivo admite hasta 255 caracteres.';

CREATE UNIQUE INDEX factura_numero_unico ON datos.factura (eta_codigo, pto_codigo, fac_secuencial) WHERE fac_secuencial IS NOT NULL;
CREATE INDEX factura_recientes ON datos.factura (fac_fecha DESC, fac_codigo DESC);
CREATE INDEX factura_cliente ON datos.factura (cli_codigo, fac_fecha DESC);

CREATE TABLE datos.factura_detalle (
    pxfa_codigo        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fac_codigo         text NOT NULL REFERENCES datos.factura,
    prd_codigo         text NOT NULL REFERENCES datos.producto,
    prd_nombre         text NOT NULL,
    pxfa_cantidad      numeric(14,3) NOT NULL,
    prd_precio_venta   numeric(12,2) NOT NULL,
    prd_promocion      numeric(7,4) NOT NULL DEFAULT 0,
    pxfa_motivo_precio text,
    pxfa_descuento     numeric(12,2) NOT NULL DEFAULT 0,
    pxfa_subtotal      numeric(12,2) NOT NULL DEFAULT 0,
    pxfa_iva           numeric(12,2) NOT NULL DEFAULT 0,
    iva_codigo         text NOT NULL,
    sri_codigo         text NOT NULL,
    iva_porcentaje     numeric(6,4) NOT NULL,
    pxfa_costo         numeric(18,6),
    CONSTRAINT producto_una_vez UNIQUE (fac_codigo, prd_codigo),
    CONSTRAINT cantidad_positiva CHECK (pxfa_cantidad > 0 AND pxfa_cantidad < 'NaN'),
    CONSTRAINT precio_no_negativo CHECK (prd_precio_venta >= 0 AND prd_precio_venta < 'NaN'),
    CONSTRAINT promocion_porcentaje CHECK (prd_promocion BETWEEN 0 AND 100),
    CONSTRAINT motivo_precio_corto CHECK (length(pxfa_motivo_precio) <= 255)
) WITH (fillfactor = 80);

COMMENT ON COLUMN datos.factura_detalle.pxfa_motivo_precio IS 'Con motivo: precio especial, sin promoción';
COMMENT ON COLUMN datos.factura_detalle.pxfa_costo IS 'Valor que la línea tomó de la existencia; nulo hasta emitir';
COMMENT ON CONSTRAINT producto_una_vez ON datos.factura_detalle IS 'El producto ya está en la factura.';
COMMENT ON CONSTRAINT cantidad_positiva ON datos.factura_detalle IS 'La cantidad debe ser mayor que cero.';
COMMENT ON CONSTRAINT precio_no_negativo ON datos.factura_detalle IS 'El precio no puede ser negativo.';
COMMENT ON CONSTRAINT motivo_precio_corto ON datos.factura_detalle IS 'El motivo admite hasta 255 caracteres.';

CREATE TABLE datos.cuenta_por_cobrar (
    cxc_codigo bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    eta_codigo text NOT NULL,
    cli_codigo text NOT NULL REFERENCES datos.cliente,
    doc_tipo   text NOT NULL,
    doc_codigo text NOT NULL,
    cxc_fecha  timestamptz NOT NULL DEFAULT now(),
    cxc_monto  numeric(12,2) NOT NULL,
    cxc_saldo  numeric(12,2) NOT NULL,
    cxc_estado text NOT NULL DEFAULT 'PEN',
    CONSTRAINT cobro_unico_por_documento UNIQUE (doc_tipo, doc_codigo),
    CONSTRAINT cobro_dentro_del_monto CHECK (cxc_monto > 0 AND cxc_saldo BETWEEN 0 AND cxc_monto),
    CONSTRAINT cobro_estado_valido CHECK (cxc_estado IN ('PEN', 'PAG', 'ANU')),
    CONSTRAINT cobro_cerrado_sin_saldo CHECK (cxc_estado = 'PEN' OR cxc_saldo = 0)
);

COMMENT ON CONSTRAINT cobro_dentro_del_monto ON datos.cuenta_por_cobrar IS 'El cobro excede lo que se debe.';

CREATE INDEX cuenta_por_cobrar_cliente ON datos.cuenta_por_cobrar (cli_codigo, cxc_codigo) WHERE cxc_saldo > 0;

ALTER TABLE datos.numeracion ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.factura ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.factura_detalle ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.cuenta_por_cobrar ENABLE ROW LEVEL SECURITY;
