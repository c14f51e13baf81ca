-- Caja, what must be true at any time: what a session holds is what its acts posted, a closed one holds nothing and never
-- moves again, funds, differences and debts of people stand in the libro as their documents say, Z numbers have no hole.

-- Sessions -----------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_sesion_caja_igual_libro() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(s.id::text, l.ref)
    FROM datos.sesion_caja AS s
    FULL JOIN (
        SELECT
            c.ref,
            sum(l.monto) FILTER (WHERE a.doc_tipo <> 'SES' OR l.monto > 0) AS hasta_el_cierre,
            sum(l.monto) FILTER (WHERE a.doc_tipo = 'SES' AND l.monto > 0) AS apertura,
            sum(l.monto) AS ahora
        FROM datos.cuenta AS c
        JOIN datos.asiento_linea AS l USING (cta_id)
        JOIN datos.asiento AS a USING (asi_id)
        WHERE c.clase = 'CAJA'
        GROUP BY c.ref
    ) AS l ON l.ref = s.id::text
    WHERE
        s.id IS NULL
        OR coalesce(l.apertura, 0) <> s.monto_inicial
        OR (s.estado = 'CERRADA' AND (coalesce(l.hasta_el_cierre, 0) <> s.monto_esperado OR coalesce(l.ahora, 0) <> 0))
        OR coalesce(l.ahora, 0) < 0
$$;

COMMENT ON FUNCTION privado.doctor_sesion_caja_igual_libro()
IS 'Cada sesión de caja abrió con lo declarado, tiene lo que sus actos movieron, y cerrada no tiene nada.';

CREATE FUNCTION privado.doctor_sesion_caja_cerrada_quieta() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT s.id || ' ' || a.asi_id
    FROM datos.sesion_caja AS s
    JOIN datos.cuenta AS c ON c.clase = 'CAJA' AND c.ref = s.id::text
    CROSS JOIN LATERAL (  -- the close, which posts nothing where nothing was left
        SELECT max(k.asi_id) AS asi_id FROM datos.asiento AS k
        JOIN datos.asiento_linea AS m USING (asi_id)
        WHERE k.doc_tipo = 'SES' AND k.doc_codigo = s.id::text AND m.cta_id = c.cta_id AND m.monto < 0
    ) AS cierre
    JOIN datos.asiento_linea AS l ON l.cta_id = c.cta_id
    JOIN datos.asiento AS a ON a.asi_id = l.asi_id
    WHERE s.estado = 'CERRADA' AND (a.asi_fecha > s.fecha_cierre OR a.asi_id > cierre.asi_id)
$$;

COMMENT ON FUNCTION privado.doctor_sesion_caja_cerrada_quieta()
IS 'Ninguna sesión de caja se mueve después de su cierre.';

CREATE FUNCTION privado.doctor_z_sin_huecos() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(n.eta_codigo, s.eta_codigo) || '-' || coalesce(n.pto_codigo, s.pto_codigo)
    FROM (SELECT eta_codigo, pto_codigo, ultimo FROM datos.numeracion WHERE doc_tipo = 'Z') AS n
    FULL JOIN (
        SELECT eta_codigo, pto_codigo, count(*) AS cuantos, max(z_secuencial) AS mayor
        FROM datos.sesion_caja WHERE estado = 'CERRADA'
        GROUP BY eta_codigo, pto_codigo
    ) AS s ON (s.eta_codigo, s.pto_codigo) = (n.eta_codigo, n.pto_codigo)
    WHERE n.ultimo IS DISTINCT FROM s.cuantos OR n.ultimo IS DISTINCT FROM s.mayor
$$;

COMMENT ON FUNCTION privado.doctor_z_sin_huecos()
IS 'En cada punto de emisión, las sesiones cerradas = número Z mayor = contador.';

CREATE FUNCTION privado.doctor_z_igual_sesion() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(s.id, z.ses_id)::text
    FROM (SELECT * FROM datos.sesion_caja WHERE estado = 'CERRADA') AS s
    FULL JOIN datos.sesion_caja_z AS z ON z.ses_id = s.id
    WHERE s.monto_esperado IS DISTINCT FROM
        s.monto_inicial
        + (z.contenido #>> '{efectivo,entradas}')::numeric
        - (z.contenido #>> '{efectivo,salidas}')::numeric
        OR s.id IS NULL
$$;

COMMENT ON FUNCTION privado.doctor_z_igual_sesion()
IS 'Cada sesión cerrada tiene su reporte Z, que explica el efectivo esperado.';

CREATE FUNCTION privado.aviso_sesion_caja_abandonada() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.id || ' ' || s.usr_id
    FROM datos.sesion_caja AS s
    LEFT JOIN datos.usuario AS u ON u.usr_login = s.usr_id
    WHERE s.estado = 'ABIERTA' AND (u.usr_estado = 'INA' OR s.fecha_apertura < now() - interval '2 days')
$$;

COMMENT ON FUNCTION privado.aviso_sesion_caja_abandonada()
IS 'Hay una sesión abierta hace más de dos días, o de alguien desactivado: la cierra un administrador.';

-- Money beside sessions ----------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_fondo_de_caja() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(c.id::text, f.ref)
    FROM (
        SELECT
            c.id,
            CASE
                WHEN c.estado = 'ACT' AND s.estado = 'CERRADA' THEN s.fondo
                ELSE 0
            END AS fondo
        FROM datos.caja AS c
        LEFT JOIN LATERAL (
            SELECT u.estado, u.fondo FROM datos.sesion_caja AS u WHERE u.caja = c.id ORDER BY u.id DESC LIMIT 1
        ) AS s ON true
    ) AS c
    FULL JOIN (
        SELECT c.ref, sum(l.monto) AS monto
        FROM datos.cuenta AS c JOIN datos.asiento_linea AS l USING (cta_id)
        WHERE c.clase = 'CAJA_FONDO' GROUP BY c.ref
    ) AS f ON f.ref = c.id::text
    WHERE coalesce(c.fondo, 0) <> coalesce(f.monto, 0)
$$;

COMMENT ON FUNCTION privado.doctor_fondo_de_caja()
IS 'En cada caja sin sesión abierta queda el fondo de su último cierre, y en las demás ninguno.';

CREATE FUNCTION privado.doctor_movimiento_en_libro() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(m.id::text, l.doc_codigo)
    FROM datos.caja_movimiento AS m
    FULL JOIN (
        SELECT a.doc_codigo, c.ref, sum(l.monto) AS monto
        FROM datos.asiento AS a
        JOIN datos.asiento_linea AS l USING (asi_id)
        JOIN datos.cuenta AS c USING (cta_id)
        WHERE a.doc_tipo = 'MOV' AND c.clase = 'CAJA'
        GROUP BY a.doc_codigo, c.ref
    ) AS l ON l.doc_codigo = m.id::text AND l.ref = m.ses_id::text
    WHERE l.monto IS DISTINCT FROM CASE m.tipo WHEN 'EGRESO' THEN -m.monto ELSE m.monto END
$$;

COMMENT ON FUNCTION privado.doctor_movimiento_en_libro()
IS 'Cada movimiento de caja está en el libro, en la cuenta de su sesión.';

CREATE FUNCTION privado.doctor_descuadre_igual_libro() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(d.usr_id, l.ref)
    FROM (
        SELECT usr_id, -sum(monto) AS monto FROM datos.descuadre WHERE estado = 'PENDIENTE' GROUP BY usr_id
    ) AS d
    FULL JOIN (
        SELECT c.ref, sum(l.monto) AS monto
        FROM datos.cuenta AS c JOIN datos.asiento_linea AS l USING (cta_id)
        WHERE c.clase = 'DESCUADRE' GROUP BY c.ref
    ) AS l ON l.ref = d.usr_id
    WHERE coalesce(d.monto, 0) <> coalesce(l.monto, 0)
$$;

COMMENT ON FUNCTION privado.doctor_descuadre_igual_libro()
IS 'La cuenta de descuadres de cada cajero es la suma de los que están por resolver.';

CREATE FUNCTION privado.doctor_descuadre_de_arqueo() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(d.id::text, 'sesión ' || s.id)
    FROM datos.descuadre AS d
    FULL JOIN (
        SELECT id, usr_id, 'CIERRE' AS momento, diferencia AS monto FROM datos.sesion_caja
        WHERE cuadre IN ('SOBRANTE', 'FALTANTE')
        UNION ALL
        SELECT id, usr_id, 'APERTURA', monto_inicial - monto_inicial_esperado FROM datos.sesion_caja
        WHERE monto_inicial < monto_inicial_esperado
    ) AS s ON (s.id, s.momento) = (d.ses_id, d.momento)
    WHERE (d.usr_id, d.monto) IS DISTINCT FROM (s.usr_id, s.monto)
$$;

COMMENT ON FUNCTION privado.doctor_descuadre_de_arqueo()
IS 'Cada descuadre es lo que faltó o sobró en un arqueo de su cajero, y ninguno falta.';

CREATE FUNCTION privado.doctor_deuda_personal() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(p.usr_id, l.ref)
    FROM (SELECT usr_id, sum(saldo) AS saldo FROM datos.prestamo GROUP BY usr_id) AS p
    FULL JOIN (
        SELECT c.ref, sum(l.monto) AS monto
        FROM datos.cuenta AS c JOIN datos.asiento_linea AS l USING (cta_id)
        WHERE c.clase = 'DEUDA_PERSONAL' GROUP BY c.ref
    ) AS l ON l.ref = p.usr_id
    WHERE coalesce(p.saldo, 0) <> coalesce(l.monto, 0)
$$;

COMMENT ON FUNCTION privado.doctor_deuda_personal()
IS 'Lo que cada persona debe es la suma de sus préstamos y faltantes por pagar.';

CREATE FUNCTION privado.doctor_faltante_cargado() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(d.id, p.des_id)::text
    FROM (SELECT id, usr_id, -monto AS monto FROM datos.descuadre WHERE estado = 'RESUELTO' AND monto < 0) AS d
    FULL JOIN (SELECT des_id, usr_id, monto FROM datos.prestamo WHERE des_id IS NOT NULL) AS p ON p.des_id = d.id
    WHERE (d.usr_id, d.monto) IS DISTINCT FROM (p.usr_id, p.monto)
$$;

COMMENT ON FUNCTION privado.doctor_faltante_cargado()
IS 'Cada faltante resuelto se le cargó a su cajero, entero y una vez.';
