-- Auditoría, reports: what an auditor looks for first. They read the trail as the auditor does, under its policy; a period
-- is of local days, both included, and the last thirty if none is named.

-- The period asked for.
CREATE FUNCTION privado.auditoria_periodo(p_desde date, p_hasta date, OUT desde date, OUT hasta date)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(p_desde, coalesce(p_hasta, privado.hoy()) - 29), coalesce(p_hasta, privado.hoy())
$$;

GRANT EXECUTE ON FUNCTION privado.auditoria_periodo(date, date) TO auditor;

-- What happened to invoices in a period: who issued, annulled or discarded one, and who changed a price.
CREATE FUNCTION privado.auditoria_facturas(p_desde date, p_hasta date)
RETURNS TABLE (cuando timestamptz, usuario text, codigo text, acto text)
LANGUAGE sql STABLE AS $$
    SELECT t.cuando, t.usuario, t.clave, t.acto
    FROM (
        SELECT
            a.cuando, a.usuario, a.clave,
            CASE
                WHEN a.tabla = 'retorno' THEN
                    CASE WHEN a.operacion = 'INSERT' THEN 'DEVOLUCION' END
                WHEN a.tabla = 'factura_detalle' THEN
                    CASE WHEN a.operacion <> 'DELETE' THEN 'PRECIO' END
                WHEN a.despues ->> 'fac_estado' = 'APR' THEN 'EMISION'
                WHEN a.despues ->> 'fac_estado' = 'ANU' AND a.antes ->> 'fac_estado' = 'APR' THEN 'ANULACION'
                WHEN a.operacion = 'DELETE' OR a.despues ->> 'fac_estado' = 'ANU' THEN 'DESCARTE'
            END AS acto
        FROM datos.auditoria AS a
        WHERE
            a.tabla IN ('factura', 'factura_detalle', 'retorno')
            AND a.cuando >= privado.dia_empieza(p_desde) AND a.cuando < privado.dia_empieza(p_hasta + 1)
    ) AS t
    WHERE t.acto IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION privado.auditoria_facturas(date, date) TO auditor;

-- Who issued an invoice, and when.
CREATE FUNCTION privado.auditoria_emision(p_codigo text, OUT usuario text, OUT cuando timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT a.usuario, a.cuando
    FROM datos.auditoria AS a
    WHERE a.tabla = 'factura' AND a.clave = p_codigo AND a.despues ->> 'fac_estado' = 'APR'
    ORDER BY a.cuando
    LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION privado.auditoria_emision(text) TO auditor;

-- Annulments made while the shop is closed (settings hora_apertura and hora_cierre), newest first.
CREATE FUNCTION api.auditoria_fuera_de_hora(p_desde date DEFAULT NULL, p_hasta date DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'desde', p.desde, 'hasta', p.hasta, 'apertura', h.apertura, 'cierre', h.cierre,
        'data', coalesce((
            SELECT json_agg(json_build_object(
                'cuando', a.cuando, 'hora', to_char(a.cuando AT TIME ZONE h.zona, 'HH24:MI'),
                'fac_codigo', a.codigo, 'fac_numero', f.fac_numero, 'fac_total', f.fac_total::text,
                'motivo', f.fac_motivo_anulacion, 'anulo', a.usuario, 'emitio', e.usuario, 'emitida_en', e.cuando
            ) ORDER BY a.cuando DESC)
            FROM privado.auditoria_facturas(p.desde, p.hasta) AS a
            CROSS JOIN LATERAL (SELECT (a.cuando AT TIME ZONE h.zona)::time AS hora) AS l
            JOIN datos.factura AS f ON f.fac_codigo = a.codigo
            LEFT JOIN LATERAL privado.auditoria_emision(a.codigo) AS e ON true
            WHERE
                a.acto = 'ANULACION'
                AND CASE
                    WHEN h.apertura <= h.cierre THEN l.hora < h.apertura OR l.hora >= h.cierre
                    ELSE l.hora >= h.cierre AND l.hora < h.apertura
                END
        ), '[]')
    )
    FROM privado.auditoria_periodo(p_desde, p_hasta) AS p
    CROSS JOIN (
        SELECT
            coalesce(nullif(privado.ajuste('hora_apertura'), ''), '07:00')::time AS apertura,
            coalesce(nullif(privado.ajuste('hora_cierre'), ''), '22:00')::time AS cierre,
            privado.ajuste('zona_horaria') AS zona
    ) AS h
$$;

GRANT EXECUTE ON FUNCTION api.auditoria_fuera_de_hora(date, date) TO auditor;

-- Each person beside their peers: of what they issued, how much was annulled and by whom, prices changed by hand, goods
-- taken back and drafts thrown away; per hundred invoices issued, and how many times the group's own rate that is.
CREATE FUNCTION api.auditoria_pares(p_rol text DEFAULT NULL, p_desde date DEFAULT NULL, p_hasta date DEFAULT NULL)
RETURNS json
LANGUAGE sql STABLE AS $$
    WITH periodo AS (SELECT * FROM privado.auditoria_periodo(p_desde, p_hasta)),
    actos AS (
        SELECT f.codigo, f.acto, f.usuario FROM periodo AS p CROSS JOIN privado.auditoria_facturas(p.desde, p.hasta) AS f
    ),
    cuentas AS (
        SELECT
            h.usuario,
            count(*) FILTER (WHERE h.acto = 'EMISION') AS emitidas,
            count(*) FILTER (WHERE h.acto = 'ANULADA') AS anuladas,
            count(*) FILTER (WHERE h.acto = 'ANULACION') AS anulo,
            count(*) FILTER (WHERE h.acto = 'PRECIO') AS precios,
            count(*) FILTER (WHERE h.acto = 'DEVOLUCION') AS devoluciones,
            count(*) FILTER (WHERE h.acto = 'DESCARTE') AS descartes
        FROM (
            SELECT acto, usuario FROM actos
            UNION ALL
            SELECT 'ANULADA', e.usuario
            FROM actos AS a CROSS JOIN LATERAL privado.auditoria_emision(a.codigo) AS e
            WHERE a.acto = 'ANULACION'
        ) AS h
        WHERE
            h.usuario <> 'puente' AND (nullif(p_rol, '') IS NULL OR h.usuario = ANY (privado.auditoria_miembros(p_rol)))
        GROUP BY h.usuario
    )
    SELECT json_build_object('desde', p.desde, 'hasta', p.hasta, 'data', coalesce((
        SELECT json_agg(json_build_object(
            'usuario', c.usuario, 'emitidas', c.emitidas, 'anuladas', c.anuladas, 'anulo', c.anulo,
            'precios', c.precios, 'devoluciones', c.devoluciones, 'descartes', c.descartes,
            'razon_anuladas', privado.auditoria_razon(c.anuladas, c.emitidas, g.anuladas, g.emitidas),
            'razon_anulo', privado.auditoria_razon(c.anulo, c.emitidas, g.anulo, g.emitidas),
            'razon_precios', privado.auditoria_razon(c.precios, c.emitidas, g.precios, g.emitidas),
            'razon_devoluciones', privado.auditoria_razon(c.devoluciones, c.emitidas, g.devoluciones, g.emitidas),
            'razon_descartes', privado.auditoria_razon(c.descartes, c.emitidas, g.descartes, g.emitidas)
        ) ORDER BY c.anuladas + c.precios + c.devoluciones + c.descartes DESC, c.usuario)
        FROM cuentas AS c
        CROSS JOIN (
            SELECT
                sum(emitidas) AS emitidas, sum(anuladas) AS anuladas, sum(anulo) AS anulo, sum(precios) AS precios,
                sum(devoluciones) AS devoluciones, sum(descartes) AS descartes
            FROM cuentas
        ) AS g
    ), '[]'))
    FROM periodo AS p
$$;

GRANT EXECUTE ON FUNCTION api.auditoria_pares(text, date, date) TO auditor;

-- How many times the group's rate one's own is; NULL where nobody has any, or one issued nothing to measure it by.
CREATE FUNCTION privado.auditoria_razon(p_suyos bigint, p_base bigint, p_todos numeric, p_base_todos numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
    SELECT round((p_suyos::numeric / nullif(p_base, 0)) / nullif(p_todos / nullif(p_base_todos, 0), 0), 2)
$$;

GRANT EXECUTE ON FUNCTION privado.auditoria_razon(bigint, bigint, numeric, numeric) TO auditor;
