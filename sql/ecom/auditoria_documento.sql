-- Auditoría, one order: everything that happened to it, to its payments and to its refunds, in the order it happened.
-- What the POS did with it is there, under the invoice's code.

-- Everything about one order, oldest first.
CREATE FUNCTION api.auditoria_documento(p_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('codigo', p_codigo, 'data', coalesce(
        json_agg(json_build_object(
            'cuando', a.cuando, 'usuario', a.usuario, 'origen', 'AUDITORIA',
            'hecho', a.operacion || ' ' || a.tabla,
            'detalle', json_build_object(
                'clave', a.clave, 'sujeto', a.sujeto, 'antes', a.antes, 'despues', a.despues
            )
        ) ORDER BY a.cuando, a.aud_id),
        '[]'
    ))
    FROM (
        SELECT 'pedido', p_codigo
        UNION ALL
        SELECT 'pago', g.pag_id::text FROM datos.pago AS g WHERE g.ped_codigo = p_codigo
        UNION ALL
        SELECT 'reembolso', r.ree_id::text FROM datos.reembolso AS r WHERE r.ped_codigo = p_codigo
    ) AS v (tabla, clave)
    JOIN datos.auditoria AS a ON a.tabla = v.tabla AND a.clave = v.clave
$$;

GRANT EXECUTE ON FUNCTION api.auditoria_documento(text) TO auditor;
