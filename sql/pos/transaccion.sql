-- Transacción: the kinds of kardex movement. The sign is part of the kind; only those marked manual are entered by
-- people, the others are written by documents. Any staff reads them.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Every kind, those a person may enter first, as a bare array for selects.
CREATE FUNCTION api.transaccion_listar() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        json_agg(
            json_build_object(
                'trn_cod', t.trn_cod,
                'trn_tipo', t.trn_tipo,
                'trn_descripcion', t.trn_descripcion,
                'trn_manual', t.trn_manual
            )
            ORDER BY t.trn_manual DESC, t.trn_cod
        ),
        '[]'
    )
    FROM datos.transaccion AS t
$$;

GRANT EXECUTE ON FUNCTION api.transaccion_listar() TO personal;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER transaccion_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.transaccion
FOR EACH ROW EXECUTE FUNCTION privado.auditar('trn_cod');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.transaccion TO personal, pos_api;

CREATE POLICY transaccion_todas ON datos.transaccion USING (true);
