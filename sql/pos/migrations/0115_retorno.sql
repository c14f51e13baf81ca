-- What comes back of a sale: notas de crédito, numbered in the legal series of their point, and the internal
-- devoluciones of sales to CONSUMIDOR FINAL, which the law does not let be credited. And what sellers earn.

INSERT INTO datos.cuenta_clase (clase, tipo, por, guardada, piso, descripcion) VALUES
    ('SALDO_CLIENTE', 'PASIVO', 'cliente', true, NULL, 'Saldo a favor del cliente');

CREATE SEQUENCE datos.retorno_numero AS bigint;

CREATE TABLE datos.retorno (
    ret_codigo      text NOT NULL,
    ret_tipo        text NOT NULL,
    fac_codigo      text NOT NULL,
    eta_codigo      text NOT NULL,
    pto_codigo      text NOT NULL,
    bod_codigo      text NOT NULL,
    cli_codigo      text NOT NULL,
    ret_fecha       timestamptz NOT NULL DEFAULT now(),
    ret_motivo      text NOT NULL,
    ret_reembolso   text,
    ret_subtotal    numeric(12,2) NOT NULL,
    ret_iva         numeric(12,2) NOT NULL,
    ret_total       numeric(12,2) NOT NULL GENERATED ALWAYS AS (ret_subtotal + ret_iva) STORED,
    ret_secuencial  bigint,
    ret_numero      text GENERATED ALWAYS AS
        (eta_codigo || '-' || pto_codigo || '-' || lpad(ret_secuencial::text, 9, '0')) STORED,
    usr_id          text NOT NULL DEFAULT session_user,
    CONSTRAINT retorno_unico PRIMARY KEY (ret_codigo),
    CONSTRAINT retorno_factura_existe FOREIGN KEY (fac_codigo) REFERENCES datos.factura,
    CONSTRAINT retorno_tipo_conocido CHECK (ret_tipo IN ('NCR', 'DEV')),
    CONSTRAINT retorno_motivo_corto CHECK (length(ret_motivo) BETWEEN 1 AND 255),
    CONSTRAINT retorno_numero_unico UNIQUE (ret_tipo, eta_codigo, pto_codigo, ret_secuencial)
);
COMMENT ON CONSTRAINT retorno_factura_existe ON datos.retorno IS 'La factura no existe.';
COMMENT ON CONSTRAINT retorno_tipo_conocido ON datos.retorno IS 'Un retorno es una nota de crédito o una devolución.';
COMMENT ON CONSTRAINT retorno_motivo_corto ON datos.retorno IS 'El motivo tiene entre 1 y 255 caracteres.';
CREATE INDEX retorno_recientes ON datos.retorno (ret_tipo, ret_codigo DESC);
CREATE INDEX retorno_por_factura ON datos.retorno (fac_codigo, ret_codigo);

CREATE TABLE datos.retorno_detalle (
    ret_codigo   text NOT NULL,
    pxfa_codigo  bigint NOT NULL,
    cantidad     numeric(14,3) NOT NULL,
    a_stock      boolean NOT NULL,
    subtotal     numeric(12,2) NOT NULL,
    iva          numeric(12,2) NOT NULL,
    costo        numeric(18,6) NOT NULL,
    CONSTRAINT retorno_detalle_unico PRIMARY KEY (ret_codigo, pxfa_codigo),
    CONSTRAINT retorno_detalle_retorno_existe FOREIGN KEY (ret_codigo) REFERENCES datos.retorno,
    CONSTRAINT retorno_detalle_linea_existe FOREIGN KEY (pxfa_codigo) REFERENCES datos.factura_detalle,
    CONSTRAINT retorno_cantidad_positiva CHECK (cantidad > 0 AND cantidad < 'NaN'),
    CONSTRAINT retorno_monto_no_negativo CHECK (subtotal >= 0 AND iva >= 0 AND costo >= 0)
);
COMMENT ON CONSTRAINT retorno_detalle_unico ON datos.retorno_detalle IS 'Cada línea va una vez por retorno.';
COMMENT ON CONSTRAINT retorno_detalle_retorno_existe ON datos.retorno_detalle IS 'El retorno no existe.';
COMMENT ON CONSTRAINT retorno_detalle_linea_existe ON datos.retorno_detalle IS 'La línea no existe.';
COMMENT ON CONSTRAINT retorno_cantidad_positiva ON datos.retorno_detalle IS 'La cantidad debe ser mayor que cero.';
COMMENT ON CONSTRAINT retorno_monto_no_negativo ON datos.retorno_detalle IS 'Un retorno no devuelve montos negativos.';
CREATE INDEX retorno_detalle_por_linea ON datos.retorno_detalle (pxfa_codigo);

-- What a sale earned its seller, and what a return or an annulment took back: never rewritten.
CREATE TABLE datos.comision (
    com_id       bigint GENERATED ALWAYS AS IDENTITY,
    eta_codigo   text NOT NULL,
    usr_login    text NOT NULL,
    fac_codigo   text NOT NULL,
    doc_tipo     text NOT NULL,
    doc_codigo   text NOT NULL,
    com_fecha    timestamptz NOT NULL DEFAULT now(),
    com_base     numeric(12,2) NOT NULL,
    com_porcentaje numeric(7,4) NOT NULL,
    com_monto    numeric(12,2) NOT NULL,
    CONSTRAINT comision_unica PRIMARY KEY (com_id),
    CONSTRAINT comision_una_por_documento UNIQUE (doc_tipo, doc_codigo, fac_codigo),
    CONSTRAINT comision_documento_conocido CHECK (doc_tipo IN ('FAC', 'NCR', 'DEV', 'ANU'))
);
CREATE INDEX comision_por_persona ON datos.comision (usr_login, com_id DESC);
CREATE INDEX comision_por_factura ON datos.comision (fac_codigo);

ALTER TABLE datos.retorno ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.retorno_detalle ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.comision ENABLE ROW LEVEL SECURITY;
