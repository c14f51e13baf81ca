-- What came back of an order of the shop: one row per return, or per annulment, of the invoice of an order. It says how
-- the money goes back, and is what the bridge carries to the shop; what the shop itself asked for has the shop's key.
--   PASARELA  the payment provider refunds it, asked by the shop under the row's key
--   MANUAL    credited to the provider's account before there were keys: it was refunded by hand
--   others    the counter gave it back, or owes it
CREATE TABLE datos.reembolso_web (
    rwe_id          uuid NOT NULL DEFAULT gen_random_uuid(),
    ped_codigo      text NOT NULL,
    doc_tipo        text NOT NULL,
    doc_codigo      text NOT NULL,
    rwe_medio       text NOT NULL,
    rwe_monto       numeric(12,2) NOT NULL,
    rwe_solicita    text,
    rwe_fecha       timestamptz NOT NULL DEFAULT now(),
    rwe_entregado   timestamptz,
    rwe_intentos    int NOT NULL DEFAULT 0,
    rwe_reintentar  timestamptz NOT NULL DEFAULT now(),
    rwe_error       text,
    usr_id          text NOT NULL DEFAULT session_user,
    CONSTRAINT reembolso_web_unico PRIMARY KEY (rwe_id),
    CONSTRAINT reembolso_web_pedido_existe FOREIGN KEY (ped_codigo) REFERENCES datos.venta_web,
    CONSTRAINT reembolso_web_uno_por_documento UNIQUE (doc_tipo, doc_codigo),
    CONSTRAINT reembolso_web_documento_conocido CHECK (doc_tipo IN ('NCR', 'DEV', 'FAC')),
    CONSTRAINT reembolso_web_medio_conocido CHECK (
        rwe_medio IN ('PASARELA', 'MANUAL', 'EFECTIVO', 'TRANSFERENCIA', 'TARJETA', 'SALDO')
    ),
    CONSTRAINT reembolso_web_monto_no_negativo CHECK (rwe_monto >= 0 AND rwe_monto < 'NaN')
);
COMMENT ON TABLE datos.reembolso_web IS 'Lo que volvió de cada pedido de la tienda, y cómo se devuelve su dinero';
COMMENT ON COLUMN datos.reembolso_web.doc_tipo IS 'NCR o DEV: el retorno; FAC: la factura, anulada';
COMMENT ON COLUMN datos.reembolso_web.rwe_solicita IS 'Quién lo pidió en la tienda; nulo: se hizo en el mostrador';
COMMENT ON COLUMN datos.reembolso_web.rwe_entregado IS 'Desde cuándo lo sabe la tienda';
COMMENT ON CONSTRAINT reembolso_web_unico ON datos.reembolso_web IS 'Ese reembolso ya se hizo.';
COMMENT ON CONSTRAINT reembolso_web_uno_por_documento ON datos.reembolso_web IS 'Cada documento devuelve su dinero una vez.';

CREATE INDEX reembolso_web_por_entregar ON datos.reembolso_web (rwe_reintentar, rwe_id) WHERE rwe_entregado IS NULL;
CREATE INDEX reembolso_web_por_pedido ON datos.reembolso_web (ped_codigo);

INSERT INTO datos.reembolso_web (ped_codigo, doc_tipo, doc_codigo, rwe_medio, rwe_monto, rwe_fecha, usr_id)
SELECT
    v.ped_codigo, r.ret_tipo, r.ret_codigo, coalesce(r.ret_reembolso, 'MANUAL'), r.ret_total, r.ret_fecha, r.usr_id
FROM datos.retorno AS r
JOIN datos.venta_web AS v USING (fac_codigo);

INSERT INTO datos.reembolso_web (ped_codigo, doc_tipo, doc_codigo, rwe_medio, rwe_monto, rwe_fecha, usr_id)
SELECT
    v.ped_codigo, 'FAC', f.fac_codigo,
    coalesce((
        SELECT CASE c.clase WHEN 'PASARELA' THEN 'MANUAL' WHEN 'BANCO' THEN 'TRANSFERENCIA' ELSE 'SALDO' END
        FROM datos.asiento AS a
        JOIN datos.asiento_linea AS l USING (asi_id)
        JOIN datos.cuenta AS c USING (cta_id)
        WHERE
            a.doc_tipo = 'FAC' AND a.doc_codigo = f.fac_codigo AND l.monto < 0
            AND c.clase IN ('PASARELA', 'BANCO', 'SALDO_CLIENTE')
        LIMIT 1
    ), 'SALDO'),
    f.fac_total, f.fac_fecha_anulacion, f.usr_id
FROM datos.factura AS f
JOIN datos.venta_web AS v USING (fac_codigo)
WHERE f.fac_estado = 'ANU';

ALTER TABLE datos.reembolso_web ENABLE ROW LEVEL SECURITY;
