-- Publicar: the heads of the seals leave this database, for a file outside and for the other database. Rules in sello.sql.
--
-- At least once, in order, and told apart by (table, number, hash): who receives a head twice keeps one. The receiver
-- says what it has last; if this database does not know that seal it is another life of it (a restore), and everything
-- is sent again.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A seal as it is published: the fields of its head in their order, and its hash.
CREATE FUNCTION privado.sello_json(p_sello datos.sello) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'formato', 'daf1', 'lado', p_sello.lado, 'tabla', p_sello.tabla, 'numero', p_sello.numero,
        'clase', p_sello.clase, 'version', p_sello.version, 'epoca', p_sello.epoca, 'sistema', p_sello.sistema,
        'id_desde', p_sello.id_desde, 'xid_desde', p_sello.xid_desde, 'fila_desde', p_sello.fila_desde,
        'xid_hasta', p_sello.xid_hasta, 'fila_hasta', p_sello.fila_hasta, 'id_maximo', p_sello.id_maximo,
        'retira', p_sello.retira, 'filas', p_sello.filas, 'raiz', encode(p_sello.raiz, 'hex'),
        'huella_hojas', encode(sha256(p_sello.hojas), 'hex'), 'anterior', encode(p_sello.anterior, 'hex'),
        'sellado_en', to_char(p_sello.sellado_en AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'sello', encode(p_sello.sello, 'hex')
    )
$$;

GRANT EXECUTE ON FUNCTION privado.sello_json(datos.sello) TO auditor;

-- The heads that follow the last one somebody has, by table: [[tabla, numero, sello], ...]. A table they do not name is
-- sent from its first seal, and so is one whose named seal is not ours.
CREATE FUNCTION privado.sello_siguientes(p_ultimos jsonb, p_limite int) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(privado.sello_json(s.fila) ORDER BY s.tabla, s.numero), '[]')
    FROM (
        SELECT u.tabla, u.numero, u AS fila
        FROM privado.sello_tablas() AS t
        LEFT JOIN jsonb_array_elements(p_ultimos) AS p (ultimo) ON p.ultimo ->> 0 = t.tabla
        LEFT JOIN datos.sello AS e
            ON e.tabla = t.tabla AND e.numero = (p.ultimo ->> 1)::bigint AND encode(e.sello, 'hex') = p.ultimo ->> 2
        JOIN datos.sello AS u ON u.tabla = t.tabla AND u.numero > coalesce(e.numero, 0)
        ORDER BY u.tabla, u.numero
        LIMIT p_limite
    ) AS s
$$;

-- The heads that follow the last one the receiver has of each table.
CREATE FUNCTION api.sello_siguientes(p_ultimos jsonb, p_limite int DEFAULT 1000) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.sello_siguientes(p_ultimos, p_limite)
$$;

GRANT EXECUTE ON FUNCTION api.sello_siguientes(jsonb, int) TO puente;

-- The last head received of each table of the other database.
CREATE FUNCTION privado.sello_recibidos() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_array(u.tabla, u.numero, u.sello)), '[]')
    FROM (
        SELECT DISTINCT ON (a.tabla) a.tabla, a.numero, a.sello
        FROM datos.sello_ajeno AS a
        ORDER BY a.tabla, a.saj_id DESC
    ) AS u
$$;

-- The last head received of each table of the other database.
CREATE FUNCTION api.sello_recibidos() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.sello_recibidos()
$$;

GRANT EXECUTE ON FUNCTION api.sello_recibidos() TO puente;

-- What was received of the other database after a row, in the order in which it came.
CREATE FUNCTION api.sello_ajeno_leer(p_despues bigint, p_limite int DEFAULT 1000) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(json_build_array(s.saj_id, s.cabeza) ORDER BY s.saj_id), '[]')
    FROM (
        SELECT a.saj_id, a.cabeza FROM datos.sello_ajeno AS a
        WHERE a.saj_id > p_despues
        ORDER BY a.saj_id
        LIMIT p_limite
    ) AS s
$$;

GRANT EXECUTE ON FUNCTION api.sello_ajeno_leer(bigint, int) TO auditor;

-- Of published seals [[tabla, numero, sello, epoca, sellado_en], ...]: what is wrong, seen from this database. Where an
-- epoch was opened after that seal and in its place, a restore lost it, or somebody pretends one: said, as `restaurada`,
-- and left to people.
CREATE FUNCTION privado.sello_cotejar(p_sellos jsonb) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(privado.sello_hallazgo(
        p.tabla, p.numero,
        CASE
            WHEN EXISTS (
                SELECT FROM datos.sello AS u
                WHERE
                    u.tabla = p.tabla AND u.clase = 'APERTURA' AND u.epoca > p.epoca
                    AND u.numero <= p.numero AND u.sellado_en > p.sellado_en
            ) THEN 'restaurada'
            WHEN s.sello IS NULL THEN 'sello_falta'
            ELSE 'sello_cambiado'
        END,
        NULL, 'no es el que se publicó'
    ) ORDER BY p.numero), '[]')
    FROM (
        SELECT
            e ->> 0 AS tabla, (e ->> 1)::bigint AS numero, e ->> 2 AS sello, (e ->> 3)::int AS epoca,
            (e ->> 4)::timestamptz AS sellado_en
        FROM jsonb_array_elements(p_sellos) AS e
    ) AS p
    LEFT JOIN datos.sello AS s ON s.tabla = p.tabla AND s.numero = p.numero
    WHERE encode(s.sello, 'hex') IS DISTINCT FROM p.sello
$$;

-- Compares published seals with those here.
CREATE FUNCTION api.sello_cotejar(p_sellos jsonb) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.sello_cotejar(p_sellos)
$$;

GRANT EXECUTE ON FUNCTION api.sello_cotejar(jsonb) TO auditor;

-- A seal with its leaves and the canonical text of every row of its window, to be checked with nothing of ours.
CREATE FUNCTION privado.sello_exportar(p_tabla text, p_numero bigint) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'sello', privado.sello_json(s),
        'hojas', encode(s.hojas, 'hex'),
        'filas', (
            SELECT coalesce(json_agg(l.texto ORDER BY l.orden), '[]')
            FROM privado.sello_leer(
                s.tabla, s.version, s.xid_desde, s.fila_desde, s.xid_hasta, s.fila_hasta, s.id_desde,
                privado.sello_id_hasta(s.tabla, s.epoca)
            ) AS l
            WHERE s.clase = 'VENTANA'
        )
    )
    FROM datos.sello AS s
    WHERE s.tabla = p_tabla AND s.numero = p_numero
$$;

-- A seal with its leaves and the canonical text of every row of its window; null after the last.
CREATE FUNCTION api.sello_exportar(p_tabla text, p_numero bigint) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.sello_exportar(p_tabla, p_numero)
$$;

GRANT EXECUTE ON FUNCTION api.sello_exportar(text, bigint) TO auditor;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Keeps heads that the other database published, and answers how many were new.
CREATE FUNCTION privado.sello_recibir(p_sellos jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_nuevos bigint;
BEGIN
    INSERT INTO datos.sello_ajeno (tabla, numero, sello, cabeza)
    SELECT e ->> 'tabla', (e ->> 'numero')::bigint, e ->> 'sello', e
    FROM jsonb_array_elements(p_sellos) WITH ORDINALITY AS p (e, orden)
    ORDER BY p.orden
    ON CONFLICT ON CONSTRAINT sello_ajeno_una_vez DO NOTHING;
    GET DIAGNOSTICS v_nuevos = ROW_COUNT;
    RETURN v_nuevos;
END
$$;

-- Keeps heads that the other database published.
CREATE FUNCTION api.sello_recibir(p_sellos jsonb) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('nuevos', privado.sello_recibir(p_sellos))
$$;

GRANT EXECUTE ON FUNCTION api.sello_recibir(jsonb) TO puente;
