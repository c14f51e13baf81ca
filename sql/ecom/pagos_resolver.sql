-- Pagos, what became of them: a provider's word, and what it does to the order.
--
-- INICIADO -> CAPTURADO | RECHAZADO | ANULADO. Captured: the units are sold and leave the cart. Not captured: they go
-- back. A capture that finds its order expired takes units again if there are any, and is given back otherwise
-- (POR_REEMBOLSAR -> REEMBOLSADO); one that finds it cancelled is given back. Money wins: a capture is believed even of a
-- payment that was thought refused or given up, and nothing unmakes a capture but a refund.

-- Writing ------------------------------------------------------------------------------------------------------------

-- Notes what a provider calls an intent of ours, while it is not resolved. p_espera: from here on its buyer pays it, for
-- as long as the order waits.
CREATE FUNCTION api.pago_abrir(p_pag_id uuid, p_referencia text DEFAULT NULL, p_espera boolean DEFAULT false)
RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ped_codigo text;
BEGIN
    UPDATE datos.pago AS g
    SET
        pag_referencia = coalesce(g.pag_referencia, p_referencia),
        pag_espera = CASE WHEN p_espera THEN coalesce(g.pag_espera, p.ped_vence) ELSE g.pag_espera END
    FROM datos.pedido AS p
    WHERE g.pag_id = p_pag_id AND g.pag_estado = 'INICIADO' AND p.ped_codigo = g.ped_codigo;
    SELECT g.ped_codigo INTO v_ped_codigo FROM datos.pago AS g WHERE g.pag_id = p_pag_id;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'pago_existe', 'No existe ese pago.');
    END IF;
    RETURN privado.cobro_json(v_ped_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.pago_abrir(uuid, text, boolean) TO puente;

-- Sells the units of an order that was just captured, and takes them out of the cart they came from.
CREATE FUNCTION privado.pedido_pagar(p_pedido datos.pedido) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.cupo_soltar(p_pedido.ped_codigo, true);
    UPDATE datos.pedido SET ped_estado = 'PAGADO', ped_pagado = now() WHERE ped_codigo = p_pedido.ped_codigo;
    DELETE FROM datos.carrito_detalle AS d
    USING datos.pedido_detalle AS l
    WHERE
        d.crr_codigo = p_pedido.crr_codigo AND l.ped_codigo = p_pedido.ped_codigo
        AND d.prd_codigo = l.prd_codigo AND d.pxca_cantidad < l.pxpe_cantidad + 1;
    UPDATE datos.carrito_detalle AS d
    SET pxca_cantidad = d.pxca_cantidad - l.pxpe_cantidad
    FROM datos.pedido_detalle AS l
    WHERE
        d.crr_codigo = p_pedido.crr_codigo AND l.ped_codigo = p_pedido.ped_codigo AND d.prd_codigo = l.prd_codigo;
    UPDATE datos.carrito SET crr_total = NULL, dir_codigo = NULL WHERE crr_codigo = p_pedido.crr_codigo;
END
$$;

-- Whether a captured order can be served: it still waits, or it expired and its units can be had again.
CREATE FUNCTION privado.pedido_recuperar(p_pedido datos.pedido) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_pedido.ped_estado <> 'EXPIRADO' THEN
        RETURN p_pedido.ped_estado = 'PENDIENTE_PAGO';
    END IF;
    PERFORM privado.cupo_reservar(
        p_pedido.ped_codigo, array_agg(r.prd_codigo), array_agg(r.res_cantidad), now() + interval '15 minutes'
    )
    FROM datos.reserva AS r
    WHERE r.ped_codigo = p_pedido.ped_codigo;
    RETURN true;
EXCEPTION
    WHEN SQLSTATE 'NG409' THEN
        RETURN false;
END
$$;

-- Locks an order and the cart it came from: the cart first, as every act on a cart does.
CREATE FUNCTION privado.pedido_bloquear(p_ped_codigo text) RETURNS datos.pedido
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_pedido datos.pedido;
BEGIN
    PERFORM FROM datos.carrito AS c
    WHERE c.crr_codigo = (SELECT p.crr_codigo FROM datos.pedido AS p WHERE p.ped_codigo = p_ped_codigo)
    FOR NO KEY UPDATE;
    SELECT p.* INTO v_pedido FROM datos.pedido AS p WHERE p.ped_codigo = p_ped_codigo FOR UPDATE;
    RETURN v_pedido;
END
$$;

-- Whether a payment may still become what its provider says it is.
CREATE FUNCTION privado.pago_admite(p_pago datos.pago, p_estado text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT p_pago.pag_estado = ANY (CASE p_estado
        WHEN 'CAPTURADO' THEN ARRAY['INICIADO', 'RECHAZADO', 'ANULADO']
        WHEN 'REEMBOLSADO' THEN ARRAY['POR_REEMBOLSAR']
        ELSE ARRAY['INICIADO']
    END)
$$;

-- Makes a payment what its provider says it is, and the order with it. Both are locked, and the payment admits it.
CREATE FUNCTION privado.pago_pasar(
    p_pedido datos.pedido, p_pago datos.pago, p_estado text, p_referencia text, p_marca text, p_ultimos4 text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_estado text := p_estado;
BEGIN
    IF p_estado = 'CAPTURADO' AND privado.pedido_recuperar(p_pedido) THEN
        PERFORM privado.pedido_pagar(p_pedido);
    ELSIF p_estado = 'CAPTURADO' THEN
        v_estado := 'POR_REEMBOLSAR';
    ELSIF p_pedido.ped_estado = 'PENDIENTE_PAGO' THEN
        PERFORM privado.pedido_soltar(
            p_pedido.ped_codigo, CASE p_estado WHEN 'RECHAZADO' THEN 'CANCELADO' ELSE 'EXPIRADO' END
        );
    END IF;
    UPDATE datos.pago
    SET
        pag_estado = v_estado, pag_resuelto = now(), pag_intentos = 0, pag_reintentar = now(),
        pag_referencia = coalesce(pag_referencia, p_referencia),
        pag_marca = coalesce(p_marca, pag_marca), pag_ultimos4 = coalesce(p_ultimos4, pag_ultimos4)
    WHERE pag_id = p_pago.pag_id;
END
$$;

-- Notes what card a payment was made with, if nobody said before: a message may be faster than the answer that says it.
CREATE FUNCTION privado.pago_anotar_tarjeta(p_pag_id uuid, p_marca text, p_ultimos4 text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.pago SET pag_marca = p_marca, pag_ultimos4 = p_ultimos4
    WHERE pag_id = p_pag_id AND pag_marca IS NULL AND p_marca IS NOT NULL
$$;

-- Records what the provider did under an intent (CAPTURADO, RECHAZADO, ANULADO or REEMBOLSADO), once; asked again it
-- answers what it did the first time.
CREATE FUNCTION api.pago_resolver(
    p_pag_id uuid, p_estado text, p_monto numeric DEFAULT NULL, p_referencia text DEFAULT NULL,
    p_marca text DEFAULT NULL, p_ultimos4 text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_pago datos.pago;
    v_pedido datos.pedido;
BEGIN
    v_pedido := privado.pedido_bloquear((SELECT g.ped_codigo FROM datos.pago AS g WHERE g.pag_id = p_pag_id));
    SELECT g.* INTO v_pago FROM datos.pago AS g WHERE g.pag_id = p_pag_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'pago_existe', 'No existe ese pago.');
    ELSIF NOT privado.pago_admite(v_pago, p_estado) THEN
        PERFORM privado.pago_anotar_tarjeta(p_pag_id, p_marca, p_ultimos4);
        RETURN privado.cobro_json(v_pago.ped_codigo);
    ELSIF p_estado = 'CAPTURADO' AND p_monto IS DISTINCT FROM v_pago.pag_monto THEN
        PERFORM privado.rechazar(409, 'pago_monto', 'El monto capturado no es el del pedido.');
    END IF;
    PERFORM privado.pago_pasar(v_pedido, v_pago, p_estado, p_referencia, p_marca, p_ultimos4);
    RETURN privado.cobro_json(v_pago.ped_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.pago_resolver(uuid, text, numeric, text, text, text) TO puente;
