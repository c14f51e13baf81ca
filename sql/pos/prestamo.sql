-- Préstamo: what a member of staff owes the company. An advance leaves the drawer of who gives it, in their own open
-- session; a shortage that was charged to its cashier (descuadre.sql) is owed alike and leaves no drawer. Paying one puts
-- the money into the drawer of who takes it, and is never more than what is owed. Whoever works at the branch sees them,
-- so that any of its cashiers can take a payment.

-- Reading ------------------------------------------------------------------------------------------------------------

-- An advance as the API shows it.
CREATE FUNCTION privado.prestamo_fila(p datos.prestamo) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', p.id,
        'persona', p.usr_id,
        'establecimiento', p.eta_codigo,
        'origen', CASE WHEN p.des_id IS NULL THEN 'CAJA' ELSE 'DESCUADRE' END,
        'sesion', p.ses_id,
        'descuadre', p.des_id,
        'monto', p.monto::text,
        'saldo', p.saldo::text,
        'motivo', p.motivo,
        'fecha', p.fecha,
        'estado', p.estado,
        'otorgado_por', p.otorgado_por
    )
$$;

GRANT EXECUTE ON FUNCTION privado.prestamo_fila(datos.prestamo) TO personal;

-- The working member of staff that a login, an e-mail or the number of a persona means.
CREATE FUNCTION privado.prestamo_persona(p_persona text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_login text := CASE
        WHEN p_persona ~ '^[0-9]{1,18}$' THEN
            (SELECT u.usr_login FROM datos.usuario AS u WHERE u.per_id = p_persona::bigint)
        ELSE privado.login_de(btrim(p_persona))
    END;
BEGIN
    IF NOT coalesce(cardinality(privado.roles_de(v_login)) > 0 AND v_login <> ALL (privado.grupos()), false) THEN
        PERFORM privado.rechazar(404, 'persona_existe', 'No hay ninguna persona del personal con ese nombre o número.');
    ELSIF EXISTS (SELECT FROM datos.usuario AS u WHERE u.usr_login = v_login AND u.usr_estado <> 'ACT') THEN
        PERFORM privado.rechazar(409, 'persona_activa', 'Esa persona ya no trabaja aquí.');
    END IF;
    RETURN v_login;
END
$$;

-- Advances and charged shortages, the newest first; of one state, of one person.
CREATE FUNCTION api.prestamo_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_estado text DEFAULT NULL, p_persona text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.prestamo_fila(g.p)) INTO v_filas
    FROM (
        SELECT p FROM datos.prestamo AS p
        WHERE
            (nullif(p_estado, '') IS NULL OR p.estado = p_estado)
            AND (nullif(p_persona, '') IS NULL OR p.usr_id = p_persona)
        ORDER BY p.id DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.prestamo AS p
        WHERE
            (nullif(p_estado, '') IS NULL OR p.estado = p_estado)
            AND (nullif(p_persona, '') IS NULL OR p.usr_id = p_persona)
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.prestamo_listar(int, int, text, text) TO cajero, adm_ventas, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Advances money to a member of staff out of the caller's own drawer.
CREATE FUNCTION api.prestamo_crear(p_persona text, p_monto numeric, p_motivo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ses datos.sesion_caja := privado.sesion_caja_exigir();
    v_prestamo datos.prestamo;
BEGIN
    PERFORM privado.monto_exigir(p_monto);
    INSERT INTO datos.prestamo (eta_codigo, usr_id, ses_id, monto, saldo, motivo)
    VALUES (
        v_ses.eta_codigo, privado.prestamo_persona(p_persona), v_ses.id, p_monto, p_monto, btrim(p_motivo)
    )
    RETURNING * INTO v_prestamo;
    PERFORM privado.asentar(
        v_ses.eta_codigo, 'PRE', v_prestamo.id::text, 'Préstamo al personal',
        ARRAY['DEUDA_PERSONAL', 'CAJA'], ARRAY[v_prestamo.usr_id, v_ses.id::text], ARRAY[p_monto, -p_monto]
    );
    RETURN privado.prestamo_fila(v_prestamo);
END
$$;

GRANT EXECUTE ON FUNCTION api.prestamo_crear(text, numeric, text) TO cajero, admin;

-- Takes a payment of what is owed into the caller's own drawer; without an amount, all of it.
CREATE FUNCTION api.prestamo_pagar(p_id bigint, p_monto numeric DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ses datos.sesion_caja;
    v_prestamo datos.prestamo;
    v_monto numeric;
BEGIN
    IF NOT EXISTS (SELECT FROM datos.prestamo AS p WHERE p.id = p_id) THEN
        PERFORM privado.rechazar(404, 'prestamo_existe', 'No existe ese préstamo.');
    END IF;
    v_ses := privado.sesion_caja_exigir();
    SELECT p.* INTO v_prestamo FROM datos.prestamo AS p WHERE p.id = p_id FOR UPDATE;
    IF v_prestamo.estado <> 'PEN' THEN
        PERFORM privado.rechazar(409, 'prestamo_abierto', 'El préstamo ya está pagado.');
    END IF;
    v_monto := coalesce(p_monto, v_prestamo.saldo);
    PERFORM privado.monto_exigir(v_monto);
    IF v_monto > v_prestamo.saldo THEN
        PERFORM privado.rechazar(409, 'pago_dentro_de_la_deuda', 'El pago excede lo que se debe.');
    END IF;
    UPDATE datos.prestamo AS p
    SET saldo = p.saldo - v_monto, estado = CASE WHEN p.saldo = v_monto THEN 'PAG' ELSE 'PEN' END
    WHERE p.id = p_id
    RETURNING p.* INTO v_prestamo;
    PERFORM privado.asentar(
        v_ses.eta_codigo, 'PRE', p_id::text, 'Pago de un préstamo',
        ARRAY['DEUDA_PERSONAL', 'CAJA'], ARRAY[v_prestamo.usr_id, v_ses.id::text], ARRAY[-v_monto, v_monto]
    );
    RETURN privado.prestamo_fila(v_prestamo);
END
$$;

GRANT EXECUTE ON FUNCTION api.prestamo_pagar(bigint, numeric) TO cajero, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER prestamo_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.prestamo
FOR EACH ROW EXECUTE FUNCTION privado.auditar('id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.prestamo TO cajero, adm_ventas, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.prestamo TO pos_api;

CREATE POLICY prestamo_sucursal ON datos.prestamo
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
