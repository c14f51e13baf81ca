-- A refund that its provider refuses: it is asked again under another key, or it is given up and settled at the counter.
ALTER TABLE datos.reembolso
ADD COLUMN ree_vuelta int NOT NULL DEFAULT 0,
ADD COLUMN ree_negado timestamptz,
ADD COLUMN ree_desistido timestamptz,
ADD COLUMN ree_desiste text,
ADD COLUMN ree_desiste_motivo text,
ADD COLUMN ree_soltado timestamptz,
ADD CONSTRAINT reembolso_vuelta_no_negativa CHECK (ree_vuelta >= 0),
ADD CONSTRAINT reembolso_desistido_acreditado CHECK (ree_desistido IS NULL OR ree_documento IS NOT NULL),
ADD CONSTRAINT reembolso_desistido_por_alguien CHECK (
    (ree_desistido IS NULL) = (ree_desiste IS NULL) AND (ree_desistido IS NULL) = (ree_desiste_motivo IS NULL)
),
ADD CONSTRAINT reembolso_desiste_motivo_corto CHECK (length(ree_desiste_motivo) BETWEEN 1 AND 255),
ADD CONSTRAINT reembolso_soltado_si_desistido CHECK (ree_soltado IS NULL OR ree_desistido IS NOT NULL);
COMMENT ON COLUMN datos.reembolso.ree_vuelta IS 'Cuántas veces se le volvió a pedir al proveedor después de que lo negara';
COMMENT ON COLUMN datos.reembolso.ree_negado IS 'Desde cuándo el proveedor lo niega, en esta vuelta';
COMMENT ON COLUMN datos.reembolso.ree_desistido IS 'Desde cuándo no se le pide más al proveedor';
COMMENT ON COLUMN datos.reembolso.ree_soltado IS 'Desde cuándo lo salda el punto de venta: del proveedor ya no puede venir';
COMMENT ON CONSTRAINT reembolso_desiste_motivo_corto ON datos.reembolso IS 'El motivo tiene entre 1 y 255 caracteres.';

CREATE INDEX reembolso_por_fecha ON datos.reembolso (ree_fecha DESC, ree_id DESC);
CREATE INDEX reembolso_por_estado ON datos.reembolso (ree_estado, ree_fecha DESC, ree_id DESC);

-- Of nothing: the key was given up, and nothing will be given back under it.
ALTER TABLE datos.simulada_reembolso DROP CONSTRAINT simulada_reembolso_positivo;
ALTER TABLE datos.simulada_reembolso ADD CONSTRAINT simulada_reembolso_no_negativo CHECK (rem_monto >= 0);
COMMENT ON CONSTRAINT simulada_reembolso_no_negativo ON datos.simulada_reembolso IS 'El reembolso no puede ser negativo.';
