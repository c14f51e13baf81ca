-- Reembolso web, settled at the counter: what the payment provider refused to give back.
--
-- Only once nothing can come from the provider any more may the money come from elsewhere. The shop knows: there somebody
-- desists from the refund, the provider is asked what it did and told that nothing is to follow, and only then the bridge
-- lets the refund go here. From there on it is the counter's, once: what was posted against the provider's account moves
-- to the account that pays, EFECTIVO from the caller's own open session, TRANSFERENCIA or SALDO, in an entry of the same
-- document; and the shop is told how it ended.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A row as the counter reads it.
CREATE FUNCTION privado.reembolso_web_fila(p_rwe datos.reembolso_web) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'reembolso', p_rwe.rwe_id,
        'ped_codigo', p_rwe.ped_codigo,
        'fac_codigo', f.fac_codigo,
        'fac_numero', f.fac_numero,
        'cli_codigo', f.cli_codigo,
        'cli_nombre', f.cli_nombre,
        'documento', p_rwe.doc_codigo,
        'medio', p_rwe.rwe_medio,
        'monto', p_rwe.rwe_monto::text,
        'fecha', p_rwe.rwe_fecha,
        'por_saldar', p_rwe.rwe_soltado IS NOT NULL AND p_rwe.rwe_saldado IS NULL,
        'saldado', p_rwe.rwe_saldado,
        'usr_id', coalesce(p_rwe.rwe_salda, p_rwe.rwe_solicita, p_rwe.usr_id)
    )
    FROM datos.venta_web AS v
    JOIN datos.factura AS f USING (fac_codigo)
    WHERE v.ped_codigo = p_rwe.ped_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.reembolso_web_fila(datos.reembolso_web)
TO adm_ventas, adm_fact, contador, auditor, admin;

-- What came back of orders of the shop, newest first; or only what waits to be settled here.
CREATE FUNCTION api.reembolso_web_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_por_saldar boolean DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.reembolso_web_fila(g.r)) INTO v_filas
    FROM (
        SELECT r FROM datos.reembolso_web AS r
        WHERE p_por_saldar IS NOT TRUE OR (r.rwe_soltado IS NOT NULL AND r.rwe_saldado IS NULL)
        ORDER BY r.rwe_fecha DESC, r.rwe_id DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.reembolso_web AS r
        WHERE p_por_saldar IS NOT TRUE OR (r.rwe_soltado IS NOT NULL AND r.rwe_saldado IS NULL)
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_web_listar(int, int, boolean) TO adm_ventas, adm_fact, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Leaves a refund to the counter: nothing can come from its provider any more. Told again, nothing changes.
CREATE FUNCTION api.reembolso_web_soltar(p_reembolso uuid) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_rwe datos.reembolso_web;
BEGIN
    UPDATE datos.reembolso_web AS r SET rwe_soltado = coalesce(r.rwe_soltado, now())
    WHERE r.rwe_id = p_reembolso AND (r.rwe_medio = 'PASARELA' OR r.rwe_soltado IS NOT NULL)
    RETURNING r.* INTO v_rwe;
    IF v_rwe.rwe_id IS NULL THEN
        PERFORM privado.rechazar(409, 'reembolso_web_por_saldar', 'Ese reembolso no lo debe el proveedor de pagos.');
    END IF;
    RETURN json_build_object('reembolso', v_rwe.rwe_id, 'soltado', v_rwe.rwe_soltado);
END
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_web_soltar(uuid) TO puente;

-- Moves what the provider did not pay to the account that does, in an entry of the same document.
CREATE FUNCTION privado.reembolso_web_asentar(p_rwe datos.reembolso_web, p_reembolso text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_venta datos.venta_web;
    v_fac datos.factura;
    v_cuenta record;
BEGIN
    SELECT v.* INTO STRICT v_venta FROM datos.venta_web AS v WHERE v.ped_codigo = p_rwe.ped_codigo;
    SELECT f.* INTO STRICT v_fac FROM datos.factura AS f WHERE f.fac_codigo = v_venta.fac_codigo;
    v_cuenta := privado.reembolso_cuenta(v_fac, p_reembolso);
    PERFORM privado.asentar(
        v_fac.eta_codigo, p_rwe.doc_tipo, p_rwe.doc_codigo, 'Reembolso que el proveedor de pagos no hizo',
        ARRAY['PASARELA', v_cuenta.clase], ARRAY[v_venta.vwe_proveedor, v_cuenta.ref],
        ARRAY[p_rwe.rwe_monto, -p_rwe.rwe_monto]
    );
END
$$;

-- Gives back, once and another way, what the provider refused to.
CREATE FUNCTION api.reembolso_web_saldar(p_rwe_id uuid, p_reembolso text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_rwe datos.reembolso_web;
BEGIN
    SELECT r.* INTO v_rwe FROM datos.reembolso_web AS r WHERE r.rwe_id = p_rwe_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'reembolso_web_existe', 'No existe ese reembolso.');
    ELSIF v_rwe.rwe_saldado IS NOT NULL OR v_rwe.rwe_soltado IS NULL THEN
        PERFORM privado.rechazar(
            409, 'reembolso_web_por_saldar',
            'Se salda, una vez, lo que el proveedor de pagos no devolvió y de lo que se desistió en la tienda.'
        );
    ELSIF coalesce(p_reembolso, '') NOT IN ('EFECTIVO', 'TRANSFERENCIA', 'SALDO') THEN
        PERFORM privado.rechazar(422, 'reembolso_conocido', 'El reembolso es EFECTIVO, TRANSFERENCIA o SALDO.');
    END IF;
    PERFORM privado.reembolso_web_asentar(v_rwe, p_reembolso);
    UPDATE datos.reembolso_web AS r
    SET
        rwe_medio = p_reembolso, rwe_saldado = now(), rwe_salda = session_user,
        rwe_entregado = NULL, rwe_intentos = 0, rwe_reintentar = now(), rwe_error = NULL
    WHERE r.rwe_id = p_rwe_id
    RETURNING r.* INTO v_rwe;
    PERFORM pg_notify('daf_puente', 'reembolso');
    RETURN privado.reembolso_web_fila(v_rwe);
END
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_web_saldar(uuid, text) TO adm_ventas, admin;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.aviso_reembolso_web_por_saldar() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.ped_codigo || ' ' || w.doc_codigo || ': ' || w.rwe_monto
    FROM datos.reembolso_web AS w
    WHERE w.rwe_soltado IS NOT NULL AND w.rwe_saldado IS NULL
$$;

COMMENT ON FUNCTION privado.aviso_reembolso_web_por_saldar()
IS 'Hay reembolsos que el proveedor de pagos no devolvió y esperan que el mostrador los salde.';
