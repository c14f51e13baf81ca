-- What the payment provider will not give back of an order is settled at the counter.
ALTER TABLE datos.reembolso_web
ADD COLUMN rwe_soltado timestamptz,
ADD COLUMN rwe_saldado timestamptz,
ADD COLUMN rwe_salda text,
ADD CONSTRAINT reembolso_web_saldado_si_soltado CHECK (rwe_saldado IS NULL OR rwe_soltado IS NOT NULL),
ADD CONSTRAINT reembolso_web_saldado_por_alguien CHECK ((rwe_saldado IS NULL) = (rwe_salda IS NULL)),
ADD CONSTRAINT reembolso_web_saldado_en_mostrador CHECK (
    rwe_saldado IS NULL OR rwe_medio IN ('EFECTIVO', 'TRANSFERENCIA', 'SALDO')
);
COMMENT ON COLUMN datos.reembolso_web.rwe_soltado
IS 'Desde cuándo el proveedor de pagos ya no lo devolverá, y lo salda el mostrador';
COMMENT ON COLUMN datos.reembolso_web.rwe_saldado IS 'Cuándo lo saldó el mostrador, del modo que dice rwe_medio';
COMMENT ON COLUMN datos.reembolso_web.rwe_salda IS 'Quién lo saldó';

CREATE INDEX reembolso_web_por_fecha ON datos.reembolso_web (rwe_fecha DESC, rwe_id DESC);
CREATE INDEX reembolso_web_por_saldar ON datos.reembolso_web (rwe_fecha DESC, rwe_id DESC)
WHERE rwe_soltado IS NOT NULL AND rwe_saldado IS NULL;
