-- Whose turn it is to be asked about at its provider: what stays unresolved takes turns with the others, ever later.
ALTER TABLE datos.pago
ADD COLUMN pag_intentos int NOT NULL DEFAULT 0,
ADD COLUMN pag_reintentar timestamptz NOT NULL DEFAULT now();

DROP INDEX datos.pago_por_resolver;
CREATE INDEX pago_por_resolver ON datos.pago (pag_reintentar, pag_id)
WHERE pag_estado IN ('INICIADO', 'POR_REEMBOLSAR');
