-- Descuadre: what a count found over or missing, for ever. It stands on the account DESCUADRE of the cashier until an
-- administrator resolves it, once: RESUELTO makes a shortage the person's debt (prestamo.sql, paid like any advance),
-- JUSTIFICADO the company's loss; a surplus is income either way. Cashiers see their own.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A difference as the API shows it.
CREATE FUNCTION privado.descuadre_fila(d datos.descuadre) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', d.id,
        'sesion', d.ses_id,
        'momento', d.momento,
        'establecimiento', d.eta_codigo,
        'usuario', d.usr_id,
        'monto', d.monto::text,
        'fecha', d.fecha,
        'estado', d.estado,
        'observacion', d.observacion,
        'resuelto_por', d.resuelto_por,
        'fecha_resolucion', d.fecha_resolucion
    )
$$;

GRANT EXECUTE ON FUNCTION privado.descuadre_fila(datos.descuadre) TO personal;

-- Differences, the newest first; of one state, of one person.
CREATE FUNCTION api.descuadre_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_estado text DEFAULT NULL, p_usuario text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.descuadre_fila(g.d)) INTO v_filas
    FROM (
        SELECT d FROM datos.descuadre AS d
        WHERE
            (nullif(p_estado, '') IS NULL OR d.estado = p_estado)
            AND (nullif(p_usuario, '') IS NULL OR d.usr_id = p_usuario)
        ORDER BY d.id DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.descuadre AS d
        WHERE
            (nullif(p_estado, '') IS NULL OR d.estado = p_estado)
            AND (nullif(p_usuario, '') IS NULL OR d.usr_id = p_usuario)
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.descuadre_listar(int, int, text, text) TO cajero, adm_ventas, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Notes what a count found over (positive) or missing; nothing if it agrees.
CREATE FUNCTION privado.descuadre_anotar(p_ses datos.sesion_caja, p_momento text, p_monto numeric) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO datos.descuadre (ses_id, momento, eta_codigo, usr_id, monto)
    SELECT p_ses.id, p_momento, p_ses.eta_codigo, p_ses.usr_id, p_monto WHERE p_monto <> 0
$$;

-- Where a difference goes: the account that takes it.
CREATE FUNCTION privado.descuadre_destino(p_des datos.descuadre, p_estado text, OUT clase text, OUT ref text)
LANGUAGE plpgsql AS $$
BEGIN
    IF p_estado IS NULL OR p_estado NOT IN ('RESUELTO', 'JUSTIFICADO') THEN
        PERFORM privado.rechazar(422, 'descuadre_estado_conocido', 'El descuadre queda RESUELTO o JUSTIFICADO.');
    END IF;
    clase := CASE
        WHEN p_des.monto > 0 THEN 'OTROS_INGRESOS'
        WHEN p_estado = 'RESUELTO' THEN 'DEUDA_PERSONAL'
        ELSE 'FALTANTES'
    END;
    ref := CASE clase WHEN 'DEUDA_PERSONAL' THEN p_des.usr_id ELSE '' END;
END
$$;

-- Resolves a difference, once, and says why.
CREATE FUNCTION api.descuadre_resolver(p_id bigint, p_estado text, p_observacion text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_des datos.descuadre;
    v_destino record;
BEGIN
    SELECT d.* INTO v_des FROM datos.descuadre AS d WHERE d.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'descuadre_existe', 'No existe ese descuadre.');
    ELSIF v_des.estado <> 'PENDIENTE' THEN
        PERFORM privado.rechazar(409, 'descuadre_pendiente', 'El descuadre ya está resuelto.');
    ELSIF coalesce(btrim(p_observacion), '') = '' THEN
        PERFORM privado.rechazar(422, 'descuadre_con_observacion', 'Diga cómo se resolvió el descuadre.');
    END IF;
    v_destino := privado.descuadre_destino(v_des, p_estado);
    PERFORM privado.asentar(
        v_des.eta_codigo, 'DES', p_id::text, initcap(p_estado) || ': descuadre de caja',
        ARRAY['DESCUADRE', v_destino.clase], ARRAY[v_des.usr_id, v_destino.ref], ARRAY[v_des.monto, -v_des.monto]
    );
    IF v_destino.clase = 'DEUDA_PERSONAL' THEN
        INSERT INTO datos.prestamo (eta_codigo, usr_id, des_id, monto, saldo, motivo)
        VALUES (v_des.eta_codigo, v_des.usr_id, p_id, -v_des.monto, -v_des.monto, 'Faltante de caja');
    END IF;
    UPDATE datos.descuadre
    SET estado = p_estado, observacion = btrim(p_observacion), resuelto_por = session_user, fecha_resolucion = now()
    WHERE id = p_id
    RETURNING * INTO v_des;
    RETURN privado.descuadre_fila(v_des);
END
$$;

GRANT EXECUTE ON FUNCTION api.descuadre_resolver(bigint, text, text) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER descuadre_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.descuadre
FOR EACH ROW EXECUTE FUNCTION privado.auditar('id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.descuadre TO cajero, adm_ventas, contador, auditor, admin;
GRANT SELECT, UPDATE ON datos.descuadre TO pos_api;

CREATE POLICY descuadre_propio ON datos.descuadre
USING (usr_id = session_user OR (SELECT privado.ve_cajas()));
