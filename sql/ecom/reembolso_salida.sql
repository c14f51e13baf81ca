-- Reembolso, the ways out of one that is credited and whose provider refuses to give the money back (the card was closed,
-- the charge is too old).
--
-- Meanwhile the sweep goes on asking. Somebody who sells for everybody may have it asked anew, under another key, because
-- a provider repeats what it answered to a key; or desist. Desisting is for good: from then on nobody asks the provider,
-- it is told that nothing is to follow under the key, and what it says then decides. If the money went back after all,
-- that is the end of it (HECHO). If not, the POS is told (`ree_soltado`) and the counter settles it there, once
-- (reembolso_web_saldar); how, comes back over the bridge.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Refunds, newest first, all or those of a state; with why they wait.
CREATE FUNCTION api.reembolso_listar(p_page int DEFAULT 1, p_limit int DEFAULT NULL, p_estado text DEFAULT NULL)
RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.sobre(
        (
            SELECT json_agg(api.reembolso_obtener(g.ree_id) ORDER BY g.ree_fecha DESC, g.ree_id DESC)
            FROM (
                SELECT r.ree_id, r.ree_fecha
                FROM datos.reembolso AS r
                WHERE nullif(p_estado, '') IS NULL OR r.ree_estado = p_estado
                ORDER BY r.ree_fecha DESC, r.ree_id DESC
                LIMIT privado.limite(coalesce(p_page, 1), p_limit) OFFSET privado.salto(coalesce(p_page, 1), p_limit)
            ) AS g
        ),
        coalesce(p_page, 1), p_limit,
        (
            SELECT count(*) FROM (
                SELECT FROM datos.reembolso AS r
                WHERE nullif(p_estado, '') IS NULL OR r.ree_estado = p_estado
                LIMIT 10001
            ) AS t
        )
    )
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_listar(int, int, text) TO admin, adm_ventas, ventas, contador, auditor;

-- Refunds somebody desisted from, of which the POS is still to be told, and whose turn it is; or the one named.
CREATE FUNCTION api.reembolso_por_soltar(p_limite int DEFAULT 20, p_reembolso uuid DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.reembolso_en_proveedor(true, p_limite, p_reembolso)
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_por_soltar(int, uuid) TO puente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Locks a refund that its provider owes; refuses any other.
CREATE FUNCTION privado.reembolso_exigir_debido(p_reembolso uuid) RETURNS datos.reembolso
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ree datos.reembolso;
BEGIN
    SELECT r.* INTO v_ree FROM datos.reembolso AS r WHERE r.ree_id = p_reembolso FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'reembolso_existe', 'No existe ese reembolso.');
    ELSIF v_ree.ree_estado <> 'ACREDITADO' OR v_ree.ree_desistido IS NOT NULL THEN
        PERFORM privado.rechazar(
            409, 'reembolso_por_devolver', 'Ese reembolso no espera al proveedor de pagos.'
        );
    END IF;
    RETURN v_ree;
END
$$;

-- Has the provider asked at once; under another key if it refused the one of before.
CREATE FUNCTION api.reembolso_reintentar(p_reembolso uuid) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ree datos.reembolso := privado.reembolso_exigir_debido(p_reembolso);
BEGIN
    UPDATE datos.reembolso AS r
    SET
        ree_vuelta = r.ree_vuelta + CASE WHEN r.ree_negado IS NULL THEN 0 ELSE 1 END,
        ree_negado = NULL,
        ree_reintentar = now()
    WHERE r.ree_id = p_reembolso
    RETURNING r.* INTO v_ree;
    PERFORM privado.evento('REEMBOLSO_REINTENTO', p_reembolso::text, jsonb_build_object('vuelta', v_ree.ree_vuelta));
    PERFORM pg_notify('daf_puente', 'reembolso');
    RETURN json_build_object('reembolso', p_reembolso, 'vuelta', v_ree.ree_vuelta);
END
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_reintentar(uuid) TO admin, adm_ventas;

-- Gives up having a refund from its provider, which failed to make it: the counter is to settle it.
CREATE FUNCTION api.reembolso_desistir(p_reembolso uuid, p_motivo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ree datos.reembolso := privado.reembolso_exigir_debido(p_reembolso);
BEGIN
    IF v_ree.ree_intentos = 0 THEN
        PERFORM privado.rechazar(
            409, 'reembolso_por_intentar', 'Al proveedor de pagos todavía no se le pidió; espere un momento.'
        );
    ELSIF coalesce(btrim(p_motivo), '') = '' THEN
        PERFORM privado.rechazar(422, 'motivo_requerido', 'Desistir de un reembolso necesita un motivo.');
    END IF;
    UPDATE datos.reembolso
    SET
        ree_desistido = now(), ree_desiste = session_user, ree_desiste_motivo = btrim(p_motivo),
        ree_reintentar = now()
    WHERE ree_id = p_reembolso;
    PERFORM pg_notify('daf_puente', 'reembolso');
    RETURN json_build_object('reembolso', p_reembolso);
END
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_desistir(uuid, text) TO admin, adm_ventas;

-- Notes that the POS may settle a refund: its provider did not make it and never will. Told again, nothing changes.
CREATE FUNCTION api.reembolso_soltado(p_reembolso uuid) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.reembolso SET ree_soltado = coalesce(ree_soltado, now())
    WHERE ree_id = p_reembolso AND ree_estado = 'ACREDITADO' AND ree_desistido IS NOT NULL
    RETURNING json_build_object('reembolso', ree_id, 'soltado', ree_soltado)
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_soltado(uuid) TO puente;

-- Takes how the counter settled a refund that its provider did not make.
CREATE FUNCTION privado.reembolso_saldar(p_reembolso uuid, p_medio text) RETURNS datos.reembolso
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.reembolso
    SET
        ree_estado = 'HECHO', ree_medio = p_medio, ree_resuelto = now(), ree_soltado = coalesce(ree_soltado, now()),
        ree_error = NULL
    WHERE ree_id = p_reembolso
    RETURNING *
$$;
