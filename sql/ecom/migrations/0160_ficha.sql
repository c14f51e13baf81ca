-- An account whose owner proved that a client's record of the POS is theirs: since when what the record says is to be
-- brought. Those of before have no name yet; nobody else may register without one.
ALTER TABLE datos.usuario_app ADD COLUMN usr_ficha_pedida timestamptz;
COMMENT ON COLUMN datos.usuario_app.usr_ficha_pedida IS 'Desde cuándo se espera lo que el punto de venta sabe de su cliente';
UPDATE datos.usuario_app SET usr_ficha_pedida = now() WHERE usr_estado = 'ACT' AND cli_nombre = '';
CREATE INDEX usuario_por_ficha ON datos.usuario_app (usr_ficha_pedida, usr_id) WHERE usr_ficha_pedida IS NOT NULL;
