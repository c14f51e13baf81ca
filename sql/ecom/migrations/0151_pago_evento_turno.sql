-- Whose turn it is to be asked about, of the messages that left a doubt: as of payments (0150).
ALTER TABLE datos.pago_evento
ADD COLUMN evt_intentos int NOT NULL DEFAULT 0,
ADD COLUMN evt_reintentar timestamptz NOT NULL DEFAULT now();

CREATE INDEX pago_evento_por_releer ON datos.pago_evento (evt_reintentar, evt_id) WHERE evt_resultado = 'POR_RELEER';
