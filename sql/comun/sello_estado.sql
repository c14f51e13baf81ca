-- Estado: how far each table is sealed, and what its seals as a whole say. Rules in sello.sql.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The first row that is not sealed of an open epoch, or the first of a transaction that has not begun: none can exist.
CREATE FUNCTION privado.sello_primera(
    p_tabla text, p_desde xid8, p_hasta xid8, p_fila bigint, p_id_desde bigint, OUT id bigint, OUT momento timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format(
        $q$
        SELECT t.%1$I, %2$s FROM datos.%3$I AS t
        WHERE
            (t.xid, t.%1$I) >= ($1, $2) AND t.xid < $3 AND t.%1$I >= $4
        ORDER BY t.xid, t.%1$I
        LIMIT 1
        $q$,
        privado.sello_id(p_tabla), coalesce('t.' || quote_ident(privado.sello_momento(p_tabla)), 'NULL::timestamptz'), p_tabla
    )
    INTO id, momento
    USING p_desde, p_fila, p_hasta, p_id_desde;
END
$$;

-- What the seals of a table say as a whole: `ultimo` number and when, `pendiente` the moment of the oldest row without a
-- seal, `retiradas` up to which window, `desde` the number that p_desde (a number or a moment) means, what is wrong: no seals, a life of the cluster that came back, a row or a
-- window of the future.
CREATE FUNCTION privado.sello_estado(p_tabla text, p_desde text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_xmax xid8 := greatest(  -- our own transaction exists, whatever the snapshot says
        pg_snapshot_xmax(pg_current_snapshot()), ((pg_current_xact_id_if_assigned()::text::numeric + 1)::text)::xid8
    );
    v_hallazgos jsonb := '[]';
    v_ultimo datos.sello;
    v_epoca record;
    v_id bigint;
    v_momento timestamptz;
    v_vuelve int;
BEGIN
    SELECT s.* INTO v_ultimo FROM datos.sello AS s WHERE s.tabla = p_tabla ORDER BY s.numero DESC LIMIT 1;
    SELECT e.* INTO v_epoca FROM privado.sello_epocas(p_tabla) AS e WHERE e.abierta;
    IF v_epoca.epoca IS NULL THEN
        v_hallazgos := v_hallazgos || privado.sello_hallazgo(p_tabla, 1, 'sin_sellos', NULL, 'la tabla no tiene sellos');
    ELSE
        SELECT p.momento INTO v_momento
        FROM privado.sello_primera(p_tabla, v_epoca.xid_hasta, v_xmax, v_epoca.fila_hasta, v_epoca.id_desde) AS p;
        IF v_epoca.sistema = privado.sello_sistema() THEN
            SELECT p.id INTO v_id
            FROM privado.sello_primera(
                p_tabla, v_xmax, '18446744073709551615', -9223372036854775808, v_epoca.id_desde
            ) AS p;
            IF v_id IS NOT NULL OR v_epoca.xid_hasta > v_xmax THEN
                v_hallazgos := v_hallazgos || privado.sello_hallazgo(
                    p_tabla, v_ultimo.numero, 'del_futuro', v_id, 'de una transacción que todavía no existe'
                );
            END IF;
        END IF;
        SELECT min(r.epoca) INTO v_vuelve FROM (
            SELECT e.epoca, e.sistema, lag(e.sistema) OVER (ORDER BY e.epoca) AS previo,
                min(e.epoca) OVER (PARTITION BY e.sistema) AS primera
            FROM privado.sello_epocas(p_tabla) AS e
        ) AS r
        WHERE r.sistema <> r.previo AND r.primera < r.epoca;
        IF v_vuelve IS NOT NULL THEN
            v_hallazgos := v_hallazgos || privado.sello_hallazgo(
                p_tabla, v_ultimo.numero, 'epoca_repetida', NULL, format('la época %s vuelve a una base anterior', v_vuelve)
            );
        END IF;
    END IF;
    RETURN json_build_object(
        'tabla', p_tabla, 'lado', privado.sello_lado(), 'ultimo', coalesce(v_ultimo.numero, 0),
        'sellado_en', v_ultimo.sellado_en, 'epoca', v_epoca.epoca,
        'desde', CASE
            WHEN p_desde IS NULL THEN 1
            WHEN p_desde ~ '^[0-9]{1,15}$' THEN p_desde::bigint
            ELSE coalesce(
                (SELECT min(s.numero) FROM datos.sello AS s WHERE s.tabla = p_tabla AND s.sellado_en >= p_desde::timestamptz),
                v_ultimo.numero
            )
        END,
        'aqui', v_epoca.sistema = privado.sello_sistema(), 'pendiente', v_momento,
        'con_texto', EXISTS (SELECT FROM privado.sello_tablas() AS t WHERE t.tabla = p_tabla),
        'retiradas', (SELECT coalesce(max(s.retira), 0) FROM datos.sello AS s WHERE s.tabla = p_tabla AND s.clase <> 'VENTANA'),
        'hallazgos', v_hallazgos
    );
END
$$;

-- The same of every table that is sealed or has seals: one that has lost its text function is not forgotten.
CREATE FUNCTION privado.sello_estados(p_desde text) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_agg(privado.sello_estado(t.tabla, p_desde) ORDER BY t.tabla)
    FROM (
        SELECT n.tabla FROM privado.sello_tablas() AS n
        UNION
        SELECT s.tabla FROM datos.sello AS s WHERE s.clase = 'APERTURA'
    ) AS t
$$;

-- How far every table of this side is sealed, and what its seals as a whole say.
CREATE FUNCTION api.sello_estado(p_desde text DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.sello_estados(p_desde)
$$;

GRANT EXECUTE ON FUNCTION api.sello_estado(text) TO auditor;

-- The seals, newest first, of one table or all: what they cover and their hashes.
CREATE FUNCTION api.sello_listar(p_page int DEFAULT 1, p_limit int DEFAULT NULL, p_tabla text DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.sobre(
        (
            SELECT json_agg(privado.sello_json(s) ORDER BY s.sellado_en DESC, s.tabla, s.numero DESC)
            FROM (
                SELECT u.* FROM datos.sello AS u
                WHERE p_tabla IS NULL OR u.tabla = p_tabla
                ORDER BY u.sellado_en DESC, u.tabla, u.numero DESC
                LIMIT privado.limite(p_page, p_limit)
                OFFSET privado.salto(p_page, p_limit)
            ) AS s
        ),
        p_page, p_limit,
        (
            SELECT count(*) FROM (
                SELECT FROM datos.sello AS u WHERE p_tabla IS NULL OR u.tabla = p_tabla LIMIT 10001
            ) AS c
        )
    )
$$;

GRANT EXECUTE ON FUNCTION api.sello_listar(int, int, text) TO auditor;

-- Doctor -------------------------------------------------------------------------------------------------------------

-- Tables with a row that waits for its seal for too long.
CREATE FUNCTION privado.aviso_sello_atrasado() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.tabla
    FROM privado.sello_tablas() AS t
    WHERE (privado.sello_estado(t.tabla) ->> 'pendiente')::timestamptz < now() - interval '10 minutes'
$$;

COMMENT ON FUNCTION privado.aviso_sello_atrasado() IS 'Lo escrito se sella antes de diez minutos.';

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER sello_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.sello
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

CREATE TRIGGER sello_ajeno_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.sello_ajeno
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

-- Grants and policies --------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.sello, datos.sello_ajeno TO auditor;

CREATE POLICY sello_lectura ON datos.sello FOR SELECT USING (privado.es('auditor'));
CREATE POLICY sello_ajeno_lectura ON datos.sello_ajeno FOR SELECT USING (privado.es('auditor'));
