-- A second payment provider, payments that wait for their buyer, and what providers tell by themselves.

ALTER TABLE datos.pago DROP CONSTRAINT pago_proveedor_conocido;
ALTER TABLE datos.pago ADD CONSTRAINT pago_proveedor_conocido CHECK (pag_proveedor IN ('simulada', 'stripe'));
COMMENT ON CONSTRAINT pago_proveedor_conocido ON datos.pago IS 'No existe ese proveedor de pagos.';

-- Until when the buyer may pay by themselves; null while our own request charges and will tell.
ALTER TABLE datos.pago ADD COLUMN pag_espera timestamptz;

-- Whoever calls it so at its provider.
CREATE UNIQUE INDEX pago_por_referencia ON datos.pago (pag_proveedor, pag_referencia);

-- Each message of a provider, once. No card and nothing of a person: what it was about and what became of it.
--   APLICADO    it holds: done now, or known already
--   POR_RELEER  the provider has to be asked what holds; the sweep does
--   OBSERVADO   it contradicts what we know; nothing was done, and somebody has to look
--   IGNORADO    of no concern to any payment of ours
CREATE TABLE datos.pago_evento (
    evt_proveedor   text NOT NULL,
    evt_id          text NOT NULL,
    evt_tipo        text NOT NULL,
    evt_recibido    timestamptz NOT NULL DEFAULT now(),
    evt_estado      text,
    evt_monto       numeric(12,2),
    evt_referencia  text,
    pag_id          uuid,
    evt_resultado   text NOT NULL,
    evt_regla       text,
    CONSTRAINT pago_evento_unico PRIMARY KEY (evt_proveedor, evt_id),
    CONSTRAINT pago_evento_pago_existe FOREIGN KEY (pag_id) REFERENCES datos.pago,
    CONSTRAINT pago_evento_proveedor_conocido CHECK (evt_proveedor IN ('simulada', 'stripe')),
    CONSTRAINT pago_evento_id_forma CHECK (evt_id ~ '^[A-Za-z0-9_.:-]{1,100}$'),
    CONSTRAINT pago_evento_resultado_conocido CHECK (
        evt_resultado IN ('APLICADO', 'POR_RELEER', 'OBSERVADO', 'IGNORADO')
    ),
    CONSTRAINT pago_evento_observado_con_regla CHECK ((evt_resultado = 'OBSERVADO') = (evt_regla IS NOT NULL))
);
COMMENT ON CONSTRAINT pago_evento_proveedor_conocido ON datos.pago_evento IS 'No existe ese proveedor de pagos.';
COMMENT ON CONSTRAINT pago_evento_id_forma ON datos.pago_evento IS 'El evento no tiene un identificador válido.';

CREATE INDEX pago_evento_por_pago ON datos.pago_evento (pag_id);
CREATE INDEX pago_evento_por_mirar ON datos.pago_evento (evt_recibido)
WHERE evt_resultado IN ('POR_RELEER', 'OBSERVADO');

ALTER TABLE datos.pago_evento ENABLE ROW LEVEL SECURITY;
