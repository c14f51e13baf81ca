-- Auditoría, one document: everything that happened to it, in the order it happened, from the trail and from both ledgers.

-- The kinds of document that posted something, found by jumping from one to the next in the index.
CREATE FUNCTION privado.documento_tipos() RETURNS text[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE libro AS (
        SELECT min(a.doc_tipo) AS tipo FROM datos.asiento AS a
        UNION ALL
        SELECT (SELECT min(a.doc_tipo) FROM datos.asiento AS a WHERE a.doc_tipo > l.tipo)
        FROM libro AS l
        WHERE l.tipo IS NOT NULL
    ),
    bienes AS (
        SELECT (SELECT min(k.doc_tipo) FROM datos.kardex AS k WHERE k.doc_codigo IS NOT NULL) AS tipo
        UNION ALL
        SELECT (SELECT min(k.doc_tipo) FROM datos.kardex AS k WHERE k.doc_codigo IS NOT NULL AND k.doc_tipo > b.tipo)
        FROM bienes AS b
        WHERE b.tipo IS NOT NULL
    )
    SELECT array_agg(t.tipo) FROM (SELECT tipo FROM libro UNION SELECT tipo FROM bienes) AS t
$$;

GRANT EXECUTE ON FUNCTION privado.documento_tipos() TO auditor;

-- What the trail says of a document, its special prices and what it left to be collected or paid.
CREATE FUNCTION privado.documento_auditoria(p_codigo text)
RETURNS TABLE (cuando timestamptz, xid xid8, numero bigint, usuario text, hecho text, detalle jsonb)
LANGUAGE sql STABLE AS $$
    SELECT
        a.cuando, a.xid, a.aud_id, a.usuario, a.operacion || ' ' || a.tabla,
        jsonb_build_object('clave', a.clave, 'antes', a.antes, 'despues', a.despues)
    FROM (
        SELECT DISTINCT c.relname::text, p_codigo
        FROM pg_catalog.pg_trigger AS t
        JOIN pg_catalog.pg_proc AS f ON t.tgfoid = f.oid
        JOIN pg_catalog.pg_class AS c ON t.tgrelid = c.oid
        WHERE f.pronamespace = 'privado'::regnamespace AND f.proname = 'auditar'
        UNION
        SELECT 'factura_detalle', d.pxfa_codigo::text FROM datos.factura_detalle AS d WHERE d.fac_codigo = p_codigo
        UNION
        SELECT 'cuenta_por_cobrar', x.cxc_codigo::text FROM datos.cuenta_por_cobrar AS x WHERE x.doc_codigo = p_codigo
    ) AS v (tabla, clave)
    JOIN datos.auditoria AS a ON a.tabla = v.tabla AND a.clave = v.clave
$$;

GRANT EXECUTE ON FUNCTION privado.documento_auditoria(text) TO auditor;

-- What both ledgers say of a document. They note when the act began, and the trail when each row was written.
CREATE FUNCTION privado.documento_libros(p_codigo text)
RETURNS TABLE (
    cuando timestamptz, xid xid8, orden int, numero bigint, usuario text, origen text, hecho text, detalle jsonb
)
LANGUAGE sql STABLE AS $$
    SELECT
        k.krd_fechahora, k.xid, 2, k.krd_codigo, k.usr_id, 'KARDEX', k.trn_cod,
        jsonb_build_object(
            'krd_codigo', k.krd_codigo, 'item', k.itm_codigo, 'bodega', k.bod_codigo,
            'cantidad', trim_scale(k.krd_signo * k.krd_cantidad), 'valor', (k.krd_signo * k.krd_valor)::text,
            'saldo', trim_scale(k.krd_saldo), 'razon', k.krd_razon
        )
    FROM datos.kardex AS k
    WHERE k.doc_tipo = ANY ((SELECT privado.documento_tipos())::text[]) AND k.doc_codigo = p_codigo
    UNION ALL
    SELECT
        a.asi_fecha, a.xid, 3, a.asi_id, a.usr_id, 'LIBRO', a.glosa,
        (
            SELECT jsonb_build_object('asi_id', a.asi_id, 'lineas', jsonb_agg(
                jsonb_build_object('clase', c.clase, 'ref', c.ref, 'monto', l.monto::text) ORDER BY l.linea
            ))
            FROM datos.asiento_linea AS l
            JOIN datos.cuenta AS c USING (cta_id)
            WHERE l.asi_id = a.asi_id
        )
    FROM datos.asiento AS a
    WHERE a.doc_tipo = ANY ((SELECT privado.documento_tipos())::text[]) AND a.doc_codigo = p_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.documento_libros(text) TO auditor;

-- Everything about one document, act by act, oldest first: what changed, the goods it moved, the money.
CREATE FUNCTION api.auditoria_documento(p_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('codigo', p_codigo, 'data', coalesce(
        json_agg(json_build_object(
            'cuando', h.cuando, 'usuario', h.usuario, 'origen', h.origen, 'hecho', h.hecho, 'detalle', h.detalle
        ) ORDER BY h.acto, h.xid, h.orden, h.numero),
        '[]'
    ))
    FROM (
        SELECT t.*, min(t.cuando) OVER (PARTITION BY t.xid) AS acto
        FROM (
            SELECT d.cuando, d.xid, 1 AS orden, d.numero, d.usuario, 'AUDITORIA' AS origen, d.hecho, d.detalle
            FROM privado.documento_auditoria(p_codigo) AS d
            UNION ALL
            SELECT l.* FROM privado.documento_libros(p_codigo) AS l
        ) AS t
    ) AS h
$$;

GRANT EXECUTE ON FUNCTION api.auditoria_documento(text) TO auditor;
