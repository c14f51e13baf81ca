-- Sellar: closing windows, and beginning epochs. Rules in sello.sql; who may look is in sello_verificar.sql.
--
-- Done every minute by the bridge's worker, or by hand (`daf audit sellar`). Two at once: the second goes home. Nothing
-- here waits for anybody but the opening of an epoch, which a deploy has already done.

-- Writing ------------------------------------------------------------------------------------------------------------

-- Adds a seal to its table's chain: number, side, time and hash are given here; what is not said is as in the last one.
CREATE FUNCTION privado.sello_poner(p_sello datos.sello) RETURNS datos.sello
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ultimo datos.sello;
BEGIN
    SELECT s.* INTO v_ultimo FROM datos.sello AS s WHERE s.tabla = p_sello.tabla ORDER BY s.numero DESC LIMIT 1;
    p_sello.lado := privado.sello_lado();
    p_sello.numero := coalesce(v_ultimo.numero, 0) + 1;
    p_sello.retira := coalesce(p_sello.retira, 0);
    p_sello.filas := coalesce(p_sello.filas, 0);
    p_sello.hojas := coalesce(p_sello.hojas, '');
    p_sello.raiz := coalesce(p_sello.raiz, sha256(''));
    p_sello.anterior := coalesce(v_ultimo.sello, sha256(''));
    p_sello.sellado_en := clock_timestamp();
    p_sello.sello := sha256(convert_to(privado.sello_cabeza(p_sello), 'UTF8'));
    INSERT INTO datos.sello VALUES (p_sello.*);
    RETURN p_sello;
END
$$;

-- Begins the epochs of a table in this database if it has none here. Which ids are written here and which came before
-- is only certain while nobody writes: a deploy has the table to itself, everybody else waits for a moment without.
CREATE FUNCTION privado.sello_abrir(p_tabla text, p_version int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ultima record;
    v_sello datos.sello;
    v_corte bigint;
    v_resto bigint;
BEGIN
    SELECT e.* INTO v_ultima FROM privado.sello_epocas(p_tabla) AS e WHERE e.abierta;
    IF v_ultima.sistema = privado.sello_sistema() THEN
        RETURN;
    END IF;
    EXECUTE format('LOCK TABLE datos.%I IN SHARE MODE', p_tabla);
    EXECUTE format('SELECT coalesce(max(%I), 0) + 1 FROM datos.%I', privado.sello_id(p_tabla), p_tabla) INTO v_corte;
    v_resto := coalesce(v_ultima.id_maximo + 1, -9223372036854775808);
    v_sello.tabla := p_tabla;
    v_sello.clase := 'APERTURA';
    v_sello.version := p_version;
    v_sello.sistema := privado.sello_sistema();
    v_sello.xid_desde := '0';
    v_sello.xid_hasta := '0';
    v_sello.fila_desde := -9223372036854775808;
    v_sello.fila_hasta := -9223372036854775808;
    FOR i IN 1 .. 2 LOOP
        v_sello.epoca := coalesce(v_ultima.epoca, 0) + i;
        v_sello.id_desde := CASE i WHEN 1 THEN v_resto ELSE greatest(v_corte, v_resto) END;
        v_sello.id_maximo := greatest(v_sello.id_desde, -9223372036854775807) - 1;
        PERFORM privado.sello_poner(v_sello);
    END LOOP;
END
$$;

-- Where a window that begins at (p_xid, p_fila) ends: before the row that would be one too many, else at the end given.
CREATE FUNCTION privado.sello_corte(
    p_tabla text, p_xid xid8, p_fila bigint, p_xid_fin xid8, p_id_desde bigint, p_id_hasta bigint, p_maximo int,
    OUT xid_hasta xid8, OUT fila_hasta bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format(
        $q$
        SELECT t.xid, t.%1$I FROM datos.%2$I AS t
        WHERE (t.xid, t.%1$I) >= ($1, $2) AND t.xid < $3 AND t.%1$I >= $4 AND t.%1$I < $5
        ORDER BY t.xid, t.%1$I
        OFFSET $6 LIMIT 1
        $q$,
        privado.sello_id(p_tabla), p_tabla
    )
    INTO xid_hasta, fila_hasta
    USING p_xid, p_fila, p_xid_fin, p_id_desde, p_id_hasta, p_maximo;
    IF xid_hasta IS NULL THEN
        xid_hasta := p_xid_fin;
        fila_hasta := -9223372036854775808;
    ELSIF (xid_hasta, fila_hasta) = (p_xid, p_fila) THEN  -- more lines under one id than a window holds
        fila_hasta := fila_hasta + 1;
    END IF;
END
$$;

-- Seals the next window of a table, of at most so many rows, and answers how many; NULL if there is none to seal. An
-- open epoch is sealed up to the oldest transaction still running, a closed one to the end.
CREATE FUNCTION privado.sello_sellar(p_tabla text, p_version int, p_maximo int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fin CONSTANT xid8 := '18446744073709551615';
    v_xmin CONSTANT xid8 := pg_snapshot_xmin(pg_current_snapshot());
    v_epoca record;
    v_sello datos.sello;
BEGIN
    FOR v_epoca IN
        SELECT e.* FROM privado.sello_epocas(p_tabla) AS e
        WHERE e.xid_hasta < CASE WHEN e.abierta THEN v_xmin ELSE v_fin END
        ORDER BY e.epoca
    LOOP
        SELECT c.xid_hasta, c.fila_hasta INTO v_sello.xid_hasta, v_sello.fila_hasta
        FROM privado.sello_corte(
            p_tabla, v_epoca.xid_hasta, v_epoca.fila_hasta, CASE WHEN v_epoca.abierta THEN v_xmin ELSE v_fin END,
            v_epoca.id_desde, v_epoca.id_hasta, p_maximo
        ) AS c;
        SELECT
            count(*),
            sha256(string_agg(l.hoja, '' ORDER BY l.orden)),
            string_agg(substr(l.hoja, 1, 8), '' ORDER BY l.orden),
            greatest(max(l.id), v_epoca.id_maximo)
        INTO v_sello.filas, v_sello.raiz, v_sello.hojas, v_sello.id_maximo
        FROM privado.sello_leer(
            p_tabla, p_version, v_epoca.xid_hasta, v_epoca.fila_hasta, v_sello.xid_hasta, v_sello.fila_hasta,
            v_epoca.id_desde, v_epoca.id_hasta
        ) AS l;
        IF v_sello.filas > 0 OR NOT v_epoca.abierta THEN
            v_sello.tabla := p_tabla;
            v_sello.clase := 'VENTANA';
            v_sello.version := p_version;
            v_sello.epoca := v_epoca.epoca;
            v_sello.sistema := v_epoca.sistema;
            v_sello.id_desde := v_epoca.id_desde;
            v_sello.xid_desde := v_epoca.xid_hasta;
            v_sello.fila_desde := v_epoca.fila_hasta;
            PERFORM privado.sello_poner(v_sello);
            RETURN v_sello.filas;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- Begins epochs where this database has none, for every sealed table; false if somebody is sealing just now.
CREATE FUNCTION privado.sello_preparar() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('daf sello')) THEN
        RETURN false;
    END IF;
    PERFORM privado.sello_abrir(t.tabla, t.version) FROM privado.sello_tablas() AS t;
    RETURN true;
END
$$;

-- Seals what can be sealed, in at most so many windows; `quedan` says that there may be more.
CREATE FUNCTION api.sello_sellar(p_maximo int DEFAULT 5000, p_ventanas int DEFAULT 8) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tabla record;
    v_filas int;
    v_ventanas int := 0;
    v_total bigint := 0;
BEGIN
    IF NOT privado.sello_preparar() THEN
        RETURN json_build_object('ventanas', 0, 'filas', 0, 'quedan', false);
    END IF;
    FOR v_tabla IN SELECT t.tabla, t.version FROM privado.sello_tablas() AS t ORDER BY t.tabla LOOP
        WHILE v_ventanas < p_ventanas LOOP
            v_filas := privado.sello_sellar(v_tabla.tabla, v_tabla.version, p_maximo);
            EXIT WHEN v_filas IS NULL;
            v_ventanas := v_ventanas + 1;
            v_total := v_total + v_filas;
        END LOOP;
    END LOOP;
    RETURN json_build_object('ventanas', v_ventanas, 'filas', v_total, 'quedan', v_ventanas = p_ventanas);
END
$$;

GRANT EXECUTE ON FUNCTION api.sello_sellar(int, int) TO puente;

-- Declares that rows of a table older than a moment are exported and about to be dropped: from then on the windows up
-- to the last one that holds such a row may lack rows, and may not hold others. Sealed and published like everything
-- else, and shown by every verification, so nobody retires rows in silence. For the superuser alone.
CREATE FUNCTION privado.sello_retirar(p_tabla text, p_antes timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sello datos.sello;
    v_retira bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('daf sello'));
    EXECUTE format(
        $q$
        SELECT max(s.numero)
        FROM privado.sello_epocas($1) AS e
        CROSS JOIN LATERAL (
            SELECT max(t.xid) AS xid FROM datos.%1$I AS t
            WHERE t.%2$I < $2 AND t.%3$I >= e.id_desde AND t.%3$I < e.id_hasta
        ) AS r
        JOIN datos.sello AS s
            ON s.tabla = $1 AND s.epoca = e.epoca AND s.clase = 'VENTANA' AND s.xid_desde <= r.xid
        $q$,
        p_tabla, privado.sello_momento(p_tabla), privado.sello_id(p_tabla)
    )
    INTO v_retira USING p_tabla, p_antes;
    SELECT s.* INTO STRICT v_sello FROM datos.sello AS s
    WHERE s.tabla = p_tabla AND s.epoca = (SELECT max(u.epoca) FROM datos.sello AS u WHERE u.tabla = p_tabla)
    ORDER BY s.numero DESC LIMIT 1;
    v_sello.retira := v_retira;
    v_sello.clase := 'RETIRO';
    v_sello.xid_desde := v_sello.xid_hasta;
    v_sello.fila_desde := v_sello.fila_hasta;
    v_sello.filas := 0;
    v_sello.hojas := '';
    v_sello.raiz := NULL;
    PERFORM privado.sello_poner(v_sello);
    RETURN v_retira;
END
$$;
