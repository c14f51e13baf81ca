-- Asiento: what one act wrote in the libro. Read by who keeps the books; written only by documents.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The entries of a document, oldest first: debit positive, credit negative, each entry summing to zero.
CREATE FUNCTION api.asiento_listar(p_doc_tipo text, p_doc_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        json_agg(
            json_build_object(
                'asi_id', a.asi_id,
                'asi_fecha', a.asi_fecha,
                'glosa', a.glosa,
                'usr_id', a.usr_id,
                'lineas', (
                    SELECT json_agg(
                        json_build_object('clase', c.clase, 'ref', c.ref, 'monto', l.monto::text) ORDER BY l.linea
                    )
                    FROM datos.asiento_linea AS l
                    JOIN datos.cuenta AS c USING (cta_id)
                    WHERE l.asi_id = a.asi_id
                )
            )
            ORDER BY a.asi_id
        ),
        '[]'
    )
    FROM datos.asiento AS a
    WHERE a.doc_tipo = p_doc_tipo AND a.doc_codigo = p_doc_codigo
$$;

GRANT EXECUTE ON FUNCTION api.asiento_listar(text, text) TO contador, auditor, admin;
