-- The audit trail, month by month.
--
-- A month is a partition (`auditoria_2026_11`, bounds at midnight UTC), made while it is still ahead, so that an old one
-- can be exported and dropped whole. What no month was made for lands in `auditoria_resto`, and moves to its month as
-- soon as somebody looks: the deploy at its end and the worker every day. A row keeps everything it says when it
-- moves, xid and aud_id included: seals cover them.
--
-- An old month leaves in three steps, by the superuser; no function here drops anything, and the seals stay:
--
--     daf audit export                                          the rows and their seals, for who keeps them
--     SELECT privado.sello_retirar('auditoria', '2024-02-01');  says so in the chain: older rows may be missing
--     DROP TABLE datos.auditoria_2024_01;

-- Makes a partition as closed as its parent: nobody empties it, whatever they were granted, and nobody was granted
-- anything. Row triggers and indexes come from the parent by themselves.
CREATE FUNCTION privado.auditoria_cerrar(p_parte regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_parte);
    EXECUTE format(
        'CREATE TRIGGER auditoria_sin_vaciar BEFORE TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar()', p_parte
    );
END
$$;

-- Moves what waits in the default partition for a month into the table that will be that month; how many rows. It is
-- the one place where the append-only rule of the default partition is off, and nobody sees it off: the caller
-- holds that partition alone.
CREATE FUNCTION privado.auditoria_mover(p_tabla text, p_desde timestamptz, p_hasta timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_columnas text := (
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_attribute AS a
        WHERE a.attrelid = 'datos.auditoria'::regclass AND a.attnum > 0 AND NOT a.attisdropped
    );
    v_movidas bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM datos.auditoria_resto WHERE cuando >= p_desde AND cuando < p_hasta) THEN
        RETURN 0;
    END IF;
    ALTER TABLE datos.auditoria_resto DISABLE TRIGGER auditoria_solo_agregar;
    EXECUTE format(
        'WITH movidas AS ('
        '    DELETE FROM datos.auditoria_resto WHERE cuando >= $1 AND cuando < $2 RETURNING %1$s'
        ') INSERT INTO datos.%2$I (%1$s) SELECT %1$s FROM movidas', v_columnas, p_tabla
    ) USING p_desde, p_hasta;
    GET DIAGNOSTICS v_movidas = ROW_COUNT;
    ALTER TABLE datos.auditoria_resto ENABLE TRIGGER auditoria_solo_agregar;
    RETURN v_movidas;
END
$$;

-- Makes one month, with what the default partition holds of it; NULL if somebody just did. Locks are taken from the
-- parent down, as a deploy does. Sales go on meanwhile unless they write into the default partition themselves.
CREATE FUNCTION privado.auditoria_mes(p_mes date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tabla text := 'auditoria_' || to_char(p_mes, 'YYYY_MM');
    v_desde timestamptz := p_mes::timestamp AT TIME ZONE 'UTC';
    v_hasta timestamptz := (p_mes + interval '1 month') AT TIME ZONE 'UTC';
    v_movidas bigint;
BEGIN
    LOCK TABLE ONLY datos.auditoria IN SHARE UPDATE EXCLUSIVE MODE;
    LOCK TABLE datos.auditoria_resto IN ACCESS EXCLUSIVE MODE;
    IF to_regclass('datos.' || v_tabla) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('CREATE TABLE datos.%I (LIKE datos.auditoria INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_tabla);
    v_movidas := privado.auditoria_mover(v_tabla, v_desde, v_hasta);
    EXECUTE format(
        'ALTER TABLE datos.auditoria ATTACH PARTITION datos.%I FOR VALUES FROM (%L) TO (%L)', v_tabla, v_desde, v_hasta
    );
    PERFORM privado.auditoria_cerrar(format('datos.%I', v_tabla)::regclass);
    RETURN v_movidas;
END
$$;

-- The months there should be by now: this one, the next two, and those of rows that found none.
CREATE FUNCTION privado.auditoria_meses() RETURNS SETOF date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month')::date
    FROM generate_series(0, 2) AS n
    UNION
    SELECT date_trunc('month', r.cuando AT TIME ZONE 'UTC')::date FROM datos.auditoria_resto AS r
$$;

-- Makes the months that are missing; which, and how many rows moved into them. Waits a second at most for its locks:
-- who writes must not queue up behind it, and it is asked again soon.
CREATE FUNCTION privado.auditoria_preparar() RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_mes date;
    v_hechos text[] := '{}';
    v_movidas bigint := 0;
BEGIN
    PERFORM set_config('lock_timeout', '1s', true);
    FOR v_mes IN
        SELECT m.mes
        FROM privado.auditoria_meses() AS m (mes)
        WHERE to_regclass('datos.auditoria_' || to_char(m.mes, 'YYYY_MM')) IS NULL
        ORDER BY m.mes
    LOOP
        v_movidas := v_movidas + coalesce(privado.auditoria_mes(v_mes), 0);
        v_hechos := v_hechos || to_char(v_mes, 'YYYY-MM');
    END LOOP;
    RETURN json_build_object('meses', v_hechos, 'movidas', v_movidas);
END
$$;

-- What the worker does every day and the deploy at its end.
CREATE FUNCTION api.auditoria_preparar() RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN privado.auditoria_preparar();
END
$$;

GRANT EXECUTE ON FUNCTION api.auditoria_preparar() TO puente;

-- What must be true --------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.aviso_auditoria_sin_mes() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_char(date_trunc('month', cuando AT TIME ZONE 'UTC'), 'YYYY-MM') || ': ' || count(*)
    FROM datos.auditoria_resto
    GROUP BY date_trunc('month', cuando AT TIME ZONE 'UTC')
$$;

COMMENT ON FUNCTION privado.aviso_auditoria_sin_mes()
IS 'Hay auditoría en la partición por defecto: nadie hizo a tiempo la de su mes.';

CREATE FUNCTION privado.aviso_auditoria_mes_siguiente() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_char(m.mes, 'YYYY-MM')
    FROM privado.auditoria_meses() AS m (mes)
    WHERE
        m.mes <= (now() AT TIME ZONE 'UTC' + interval '1 month')::date
        AND to_regclass('datos.auditoria_' || to_char(m.mes, 'YYYY_MM')) IS NULL
$$;

COMMENT ON FUNCTION privado.aviso_auditoria_mes_siguiente()
IS 'Falta la partición de auditoría de este mes o del siguiente: el trabajador no la está haciendo.';

CREATE FUNCTION privado.doctor_auditoria_encendida() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.relname || ' ' || t.tgname
    FROM pg_trigger AS t
    JOIN pg_class AS c ON t.tgrelid = c.oid
    WHERE c.relnamespace = 'datos'::regnamespace AND NOT t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')
    UNION ALL
    SELECT c.relname || ' TRUNCATE'
    FROM pg_inherits AS i
    JOIN pg_class AS c ON i.inhrelid = c.oid
    WHERE
        i.inhparent = 'datos.auditoria'::regclass
        AND NOT EXISTS (
            SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname = 'auditoria_sin_vaciar'
        )
$$;

COMMENT ON FUNCTION privado.doctor_auditoria_encendida()
IS 'Los disparadores que auditan e impiden reescribir están todos, y encendidos.';

-- Triggers -----------------------------------------------------------------------------------------------------------

DO $partes$
BEGIN
    PERFORM privado.auditoria_cerrar(i.inhrelid::regclass)
    FROM pg_inherits AS i
    WHERE i.inhparent = 'datos.auditoria'::regclass;
END
$partes$;
