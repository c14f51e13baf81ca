-- What a provider said and contradicts what we know waits until somebody says what it was; and old messages go.
ALTER TABLE datos.pago_evento
ADD COLUMN evt_resuelto timestamptz,
ADD COLUMN evt_resuelve text,
ADD COLUMN evt_motivo text,
ADD CONSTRAINT pago_evento_resuelto_observado CHECK (evt_resuelto IS NULL OR evt_resultado = 'OBSERVADO'),
ADD CONSTRAINT pago_evento_resuelto_por_alguien CHECK (
    (evt_resuelto IS NULL) = (evt_resuelve IS NULL) AND (evt_resuelto IS NULL) = (evt_motivo IS NULL)
),
ADD CONSTRAINT pago_evento_motivo_corto CHECK (length(evt_motivo) BETWEEN 1 AND 255);
COMMENT ON COLUMN datos.pago_evento.evt_resuelto IS 'Cuándo alguien dijo qué fue';
COMMENT ON CONSTRAINT pago_evento_motivo_corto ON datos.pago_evento IS 'El motivo tiene entre 1 y 255 caracteres.';

CREATE INDEX pago_evento_por_fecha ON datos.pago_evento (evt_recibido DESC, evt_id DESC);
CREATE INDEX pago_evento_por_resultado ON datos.pago_evento (evt_resultado, evt_recibido DESC, evt_id DESC);
CREATE INDEX pago_evento_por_resolver ON datos.pago_evento (evt_recibido DESC, evt_id DESC)
WHERE evt_resultado = 'OBSERVADO' AND evt_resuelto IS NULL;
