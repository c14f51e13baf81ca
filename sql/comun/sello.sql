-- Sello: what was written in the audit trail and the ledgers, hashed, chained and kept outside, so that a change made
-- afterwards is found and named even if a superuser made it.
--
-- A row is sealed once no transaction that could still add one before it is running: xid below
-- pg_snapshot_xmin(pg_current_snapshot()). Sealing an id range instead raises false alarms, because an older id may
-- commit later. Windows follow each other without a gap, in order (xid, id); a window without rows writes nothing.
--
-- What is hashed is `privado.sello_<table>_v<n>(row)`, the canonical text of a row: a JSON array of its columns in the
-- order the function names them, in UTC, with numbers as stored. The functions are found by their names, so sealing
-- another append-only table whose first column is its id takes an index (xid, id) and one function. A migration that
-- adds a column adds v<n+1>; v<n> stays for the windows sealed with it. (Changing the scale of a sealed numeric would
-- change the text of old rows: do not.)
--
--   leaf = sha256(text)     root = sha256(leaves one after another)     seal = sha256(head), see sello_cabeza
--
-- A logical restore puts the rows into a cluster that counts its transactions from the start. Each life of a database
-- is an epoch, told by system identifier, timeline and database oid, and epochs part by id. `sello_abrir` finishes
-- the last epoch and opens two: one for what came without a seal, closed at birth, and one for what is written here.
--
-- What seals cannot do: a superuser still owns the minute that is not sealed yet, and whatever was not yet published
-- (sello_publicar.sql). With nothing outside the cluster, a superuser could also write the whole chain again. And these
-- very functions are the superuser's to replace: who doubts them deploys first (which loads them from the files), or
-- lets somebody else hash an export.

-- What a row says ----------------------------------------------------------------------------------------------------

-- The canonical text of an audit row.
CREATE FUNCTION privado.sello_auditoria_v1(p_fila datos.auditoria) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT json_build_array(
        p_fila.aud_id, p_fila.cuando, p_fila.xid, p_fila.usuario, p_fila.sujeto, p_fila.sid, p_fila.request_id,
        p_fila.tabla, p_fila.clave, p_fila.operacion, p_fila.antes, p_fila.despues
    )::text
$$;

-- The sealed tables of this database, with the version in which they are sealed now.
CREATE FUNCTION privado.sello_tablas() RETURNS TABLE (tabla text, version int)
LANGUAGE sql STABLE AS $$
    SELECT m.partes[1], max(m.partes[2]::int)
    FROM pg_catalog.pg_proc AS p
    CROSS JOIN LATERAL regexp_match(p.proname, '^sello_([a-z_]+)_v([0-9]+)$') AS m (partes)
    WHERE p.pronamespace = 'privado'::regnamespace AND m.partes IS NOT NULL
    GROUP BY m.partes[1]
$$;

-- The column that numbers a sealed table: its first.
CREATE FUNCTION privado.sello_id(p_tabla text) RETURNS name
LANGUAGE sql STABLE AS $$
    SELECT a.attname FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = format('datos.%I', p_tabla)::regclass AND a.attnum = 1
$$;

-- The column that tells when a row was written: its first moment; NULL if it has none of its own.
CREATE FUNCTION privado.sello_momento(p_tabla text) RETURNS name
LANGUAGE sql STABLE AS $$
    SELECT a.attname FROM pg_catalog.pg_attribute AS a
    WHERE
        a.attrelid = format('datos.%I', p_tabla)::regclass AND a.attnum > 0 AND NOT a.attisdropped
        AND a.atttypid = 'timestamptz'::regtype
    ORDER BY a.attnum
    LIMIT 1
$$;

-- The rows of a window in their order: id, canonical text, leaf. The settings that a text depends on are pinned here.
CREATE FUNCTION privado.sello_leer(
    p_tabla text, p_version int, p_xid_desde xid8, p_fila_desde bigint, p_xid_hasta xid8, p_fila_hasta bigint,
    p_id_desde bigint, p_id_hasta bigint
)
RETURNS TABLE (orden bigint, id bigint, texto text, hoja bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET intervalstyle = 'iso_8601'
SET extra_float_digits = 1 SET bytea_output = 'hex' AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        $q$
        SELECT row_number() OVER (ORDER BY f.xid, f.id, f.texto COLLATE "C"), f.id, f.texto,
            sha256(convert_to(f.texto, 'UTF8'))
        FROM (
            SELECT t.xid, t.%1$I AS id, privado.%2$I(t) AS texto
            FROM datos.%3$I AS t
            WHERE (t.xid, t.%1$I) >= ($1, $2) AND (t.xid, t.%1$I) < ($3, $4)
                AND t.%1$I >= $5 AND t.%1$I < $6
            OFFSET 0
        ) AS f
        ORDER BY 1
        $q$,
        privado.sello_id(p_tabla), format('sello_%s_v%s', p_tabla, p_version), p_tabla
    )
    USING p_xid_desde, p_fila_desde, p_xid_hasta, p_fila_hasta, p_id_desde, p_id_hasta;
END
$$;

-- Epochs ---------------------------------------------------------------------------------------------------------------

-- Which life of which database this is. A restore, a failover and a return in time are each another one.
CREATE FUNCTION privado.sello_sistema() RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('%s.%s.%s', c.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid)
    FROM pg_control_system() AS c
    CROSS JOIN pg_catalog.pg_database AS d
    WHERE d.datname = current_database()
$$;

-- The epochs of a table: their ids [id_desde, id_hasta), and how far each is sealed. All but the last are closed, so
-- they are sealed to the end of all transactions.
CREATE FUNCTION privado.sello_epocas(p_tabla text)
RETURNS TABLE (
    epoca int, sistema text, id_desde bigint, id_hasta bigint, xid_hasta xid8, fila_hasta bigint, id_maximo bigint,
    abierta boolean
)
LANGUAGE sql STABLE AS $$
    SELECT
        a.epoca, a.sistema, a.id_desde,
        coalesce(lead(a.id_desde) OVER w, 9223372036854775807),
        u.xid_hasta, u.fila_hasta, u.id_maximo,
        lead(a.epoca) OVER w IS NULL
    FROM datos.sello AS a
    CROSS JOIN LATERAL (
        SELECT s.xid_hasta, s.fila_hasta, s.id_maximo
        FROM datos.sello AS s
        WHERE s.tabla = a.tabla AND s.epoca = a.epoca
        ORDER BY s.numero DESC
        LIMIT 1
    ) AS u
    WHERE a.tabla = p_tabla AND a.clase = 'APERTURA'
    WINDOW w AS (ORDER BY a.epoca)
$$;

-- The text a seal is the hash of: everything it says, joined by bars.
CREATE FUNCTION privado.sello_cabeza(p_sello datos.sello) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT concat_ws(
        '|', 'daf1', p_sello.lado, p_sello.tabla, p_sello.numero, p_sello.clase, p_sello.version, p_sello.epoca,
        p_sello.sistema, p_sello.id_desde, p_sello.xid_desde, p_sello.fila_desde, p_sello.xid_hasta,
        p_sello.fila_hasta, p_sello.id_maximo, p_sello.retira, p_sello.filas, encode(p_sello.raiz, 'hex'),
        encode(sha256(p_sello.hojas), 'hex'), encode(p_sello.anterior, 'hex'),
        to_char(p_sello.sellado_en AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    )
$$;
