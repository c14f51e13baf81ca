-- Sesión de caja: a person works one register, from the money they declare at its opening to the money they count at its
-- close. A register has at most one open session and so has a person.
--
-- The cash of a session is an account of the libro, class CAJA with the session as its reference. Every act that moves
-- cash names that account and holds the session (FOR KEY SHARE) until it ends; the close takes the session FOR UPDATE, so
-- it waits for acts in flight and none can begin behind it: a closed session never moves again. What stays in the drawer
-- between two sessions is the account CAJA_FONDO of the register. The close is in sesion_caja_cerrar.sql, what a session
-- did in sesion_caja_reporte.sql.
--
-- Who oversees drawers (adm_ventas, contador, auditor, admin) sees every session, everybody else their own.

-- Steps --------------------------------------------------------------------------------------------------------------

-- Whether the caller oversees drawers. plpgsql, as it is asked under policies: it keeps its plan.
CREATE FUNCTION privado.ve_cajas() RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN
        pg_catalog.pg_has_role(session_user, 'admin', 'MEMBER')
        OR pg_catalog.pg_has_role(session_user, 'adm_ventas', 'MEMBER')
        OR pg_catalog.pg_has_role(session_user, 'contador', 'MEMBER')
        OR pg_catalog.pg_has_role(session_user, 'auditor', 'MEMBER');
END
$$;

GRANT EXECUTE ON FUNCTION privado.ve_cajas() TO personal;

-- The caller's own open session, held until the act ends.
CREATE FUNCTION privado.sesion_caja_exigir() RETURNS datos.sesion_caja
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ses datos.sesion_caja;
BEGIN
    SELECT s.* INTO v_ses FROM datos.sesion_caja AS s
    WHERE s.usr_id = session_user AND s.estado = 'ABIERTA'
    FOR KEY SHARE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(409, 'sin_sesion_caja', 'No tiene una sesión de caja abierta.');
    END IF;
    RETURN v_ses;
END
$$;

-- Holds an open session while cash of it moves; refuses a closed one.
CREATE FUNCTION privado.sesion_caja_sostener(p_ses_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM datos.sesion_caja AS s WHERE s.id = p_ses_id AND s.estado = 'ABIERTA' FOR KEY SHARE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(409, 'sesion_caja_cerrada', 'La sesión de caja ya está cerrada.');
    END IF;
END
$$;

-- What a count adds up to: by denomination ({"20": 3, "0.25": 8}, those of the setting), or as one amount.
CREATE FUNCTION privado.desglose_total(p_desglose jsonb, p_monto numeric) RETURNS numeric
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_total numeric := 0;
    v record;
BEGIN
    IF p_desglose IS NULL OR p_desglose = '{}' THEN
        IF p_monto IS NULL OR NOT (p_monto >= 0 AND p_monto < 'NaN' AND p_monto = round(p_monto, 2)) THEN
            PERFORM privado.rechazar(422, 'arqueo_monto', 'Diga lo contado: un desglose por denominación o un monto.');
        END IF;
        RETURN p_monto;
    ELSIF jsonb_typeof(p_desglose) <> 'object' THEN
        PERFORM privado.rechazar(422, 'arqueo_desglose', 'El desglose dice cuántas piezas hay de cada denominación.');
    END IF;
    FOR v IN
        SELECT d.valor, e.value #>> '{}' AS piezas
        FROM jsonb_each(p_desglose) AS e
        LEFT JOIN unnest(string_to_array(privado.ajuste('denominaciones'), ',')::numeric[]) AS d (valor)
            ON e.key ~ '^[0-9]{1,5}(\.[0-9]{1,2})?$' AND e.key::numeric = d.valor
    LOOP
        IF v.valor IS NULL THEN
            PERFORM privado.rechazar(422, 'denominacion_conocida', 'El desglose nombra una denominación que no se usa.');
        ELSIF v.piezas IS NULL OR v.piezas !~ '^[0-9]{1,6}$' THEN
            PERFORM privado.rechazar(422, 'arqueo_desglose', 'El desglose dice cuántas piezas hay de cada denominación.');
        END IF;
        v_total := v_total + v.valor * v.piezas::int;
    END LOOP;
    IF p_monto <> v_total THEN
        PERFORM privado.rechazar(422, 'arqueo_monto', 'El monto no es la suma del desglose.');
    END IF;
    RETURN v_total;
END
$$;

-- A session as its person sees it. What the drawer should hold is not in it.
CREATE FUNCTION privado.sesion_caja_fila(s datos.sesion_caja) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', s.id,
        'caja', s.caja,
        'punto_emision', s.eta_codigo || '-' || s.pto_codigo,
        'usuario', s.usr_id,
        'estado', s.estado,
        'fecha_apertura', s.fecha_apertura,
        'monto_inicial', s.monto_inicial::text,
        'monto_inicial_esperado', s.monto_inicial_esperado::text,
        'desglose_apertura', s.desglose_apertura,
        'observacion_apertura', s.observacion_apertura,
        'fecha_cierre', s.fecha_cierre,
        'cerrada_por', s.cerrada_por,
        'numero_z', s.eta_codigo || '-' || s.pto_codigo || '-' || lpad(s.z_secuencial::text, 9, '0'),
        'monto_esperado', s.monto_esperado::text,
        'monto_final_declarado', s.monto_final_declarado::text,
        'desglose_cierre', s.desglose_cierre,
        'diferencia', s.diferencia::text,
        'cuadre', s.cuadre,
        'fondo', s.fondo::text,
        'observacion_cierre', s.observacion_cierre
    )
$$;

GRANT EXECUTE ON FUNCTION privado.sesion_caja_fila(datos.sesion_caja) TO personal;

-- Reading ------------------------------------------------------------------------------------------------------------

-- The caller's own open session.
CREATE FUNCTION api.sesion_caja_activa() RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_sesion json := (
        SELECT privado.sesion_caja_fila(s) FROM datos.sesion_caja AS s
        WHERE s.usr_id = session_user AND s.estado = 'ABIERTA'
    );
BEGIN
    IF v_sesion IS NULL THEN
        PERFORM privado.rechazar(404, 'sin_sesion_caja', 'No tiene una sesión de caja abierta.');
    END IF;
    RETURN v_sesion;
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_caja_activa() TO cajero, admin;

-- Sessions, the newest first: of one register, of one person, opened from one local day to another.
CREATE FUNCTION api.sesion_caja_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_caja bigint DEFAULT NULL, p_usuario text DEFAULT NULL,
    p_desde date DEFAULT NULL, p_hasta date DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_zona text := privado.ajuste('zona_horaria');
    v_desde timestamptz := p_desde::timestamp AT TIME ZONE v_zona;
    v_hasta timestamptz := (p_hasta + 1)::timestamp AT TIME ZONE v_zona;
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.sesion_caja_fila(g.s)) INTO v_filas
    FROM (
        SELECT s FROM datos.sesion_caja AS s
        WHERE
            (p_caja IS NULL OR s.caja = p_caja)
            AND (nullif(p_usuario, '') IS NULL OR s.usr_id = p_usuario)
            AND (v_desde IS NULL OR s.fecha_apertura >= v_desde)
            AND (v_hasta IS NULL OR s.fecha_apertura < v_hasta)
        ORDER BY s.fecha_apertura DESC, s.id DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.sesion_caja AS s
        WHERE
            (p_caja IS NULL OR s.caja = p_caja)
            AND (nullif(p_usuario, '') IS NULL OR s.usr_id = p_usuario)
            AND (v_desde IS NULL OR s.fecha_apertura >= v_desde)
            AND (v_hasta IS NULL OR s.fecha_apertura < v_hasta)
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_caja_listar(int, int, bigint, text, date, date)
TO cajero, adm_ventas, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Opens a session of a register of the caller's branches. The declared money is held against the fund the last close
-- left: what is missing is a difference of the register, what is over was brought from the branch's cash.
CREATE FUNCTION api.sesion_caja_abrir(
    p_caja bigint, p_desglose jsonb DEFAULT NULL, p_monto_inicial numeric DEFAULT NULL, p_observacion text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_declarado numeric := privado.desglose_total(p_desglose, p_monto_inicial);
    v_caja datos.caja;
    v_fondo numeric;
    v_ses datos.sesion_caja;
BEGIN
    SELECT c.* INTO v_caja FROM datos.caja AS c WHERE c.id = p_caja FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'caja_existe', 'No existe esa caja.');
    ELSIF v_caja.estado <> 'ACT' THEN
        PERFORM privado.rechazar(409, 'caja_activa', 'La caja está desactivada.');
    END IF;
    v_fondo := privado.saldo_tomar('CAJA_FONDO', p_caja::text);  -- after the close that may be leaving it right now
    INSERT INTO datos.sesion_caja (
        caja, eta_codigo, pto_codigo, monto_inicial, monto_inicial_esperado, desglose_apertura, observacion_apertura
    ) VALUES (
        v_caja.id, v_caja.eta_codigo, v_caja.pto_codigo, v_declarado, v_fondo, nullif(p_desglose, '{}'),
        coalesce(btrim(p_observacion), '')
    ) RETURNING * INTO v_ses;
    PERFORM privado.asentar(
        v_ses.eta_codigo, 'SES', v_ses.id::text, 'Apertura de caja',
        ARRAY['CAJA', 'CAJA_FONDO', 'DESCUADRE', 'CAJA_GENERAL'],
        ARRAY[v_ses.id::text, v_caja.id::text, v_ses.usr_id, v_ses.eta_codigo],
        ARRAY[v_declarado, -v_fondo, greatest(v_fondo - v_declarado, 0), -greatest(v_declarado - v_fondo, 0)]
    );
    PERFORM privado.descuadre_anotar(v_ses, 'APERTURA', least(v_declarado - v_fondo, 0));
    RETURN privado.sesion_caja_fila(v_ses);
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_caja_abrir(bigint, jsonb, numeric, text) TO cajero, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER sesion_caja_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.sesion_caja
FOR EACH ROW EXECUTE FUNCTION privado.auditar('id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.sesion_caja TO cajero, adm_ventas, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.sesion_caja TO pos_api;

CREATE POLICY sesion_caja_propia ON datos.sesion_caja
USING (usr_id = session_user OR (SELECT privado.ve_cajas()));
