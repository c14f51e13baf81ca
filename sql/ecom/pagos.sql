-- Pagos: from a cart to a paid order.
--
-- Checkout has two transactions with the provider's call between them, so no lock is held while the world is asked:
--   1. checkout_reservar, as the shopper: locks the cart, prices it, stops at a total other than the one last answered,
--      reserves the units for fifteen minutes, and writes the order and an intent to charge it.
--   2. pago_resolver, as the bridge and never as a shopper: what the provider did under the intent's id. Captured: the
--      units are sold and leave the cart. Not captured: they go back.
-- Whatever dies between the two leaves an INICIADO intent, which a sweeper resolves by asking the provider for the same
-- id. A capture that finds its order expired takes units again if there are any, and is given back otherwise; one that
-- finds it cancelled is given back.

-- Reading ------------------------------------------------------------------------------------------------------------

-- What the API needs to charge an order and to answer for it.
CREATE FUNCTION privado.cobro_json(p_ped_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'ped_codigo', p.ped_codigo,
        'ped_estado', p.ped_estado,
        'total', p.ped_total::text,
        'fac_codigo', p.fac_codigo,
        'fac_numero', p.fac_numero,
        'pag_id', g.pag_id,
        'pag_estado', g.pag_estado,
        'proveedor', g.pag_proveedor
    )
    FROM datos.pedido AS p
    JOIN LATERAL (
        SELECT i.pag_id, i.pag_estado, i.pag_proveedor
        FROM datos.pago AS i
        WHERE i.ped_codigo = p.ped_codigo
        ORDER BY i.pag_creado DESC
        LIMIT 1
    ) AS g ON true
    WHERE p.ped_codigo = p_ped_codigo
$$;

-- Intents nobody answered for within p_segundos, and captures to give back: for the sweeper.
CREATE FUNCTION api.pago_pendientes(p_segundos int DEFAULT 60, p_limite int DEFAULT 50) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'pag_id', g.pag_id, 'ped_codigo', g.ped_codigo, 'proveedor', g.pag_proveedor,
        'pag_estado', g.pag_estado, 'monto', g.pag_monto::text
    )), '[]')
    FROM (
        SELECT i.pag_id, i.ped_codigo, i.pag_proveedor, i.pag_estado, i.pag_monto
        FROM datos.pago AS i
        WHERE
            i.pag_estado IN ('INICIADO', 'POR_REEMBOLSAR')
            AND i.pag_creado < now() - make_interval(secs => p_segundos)
        ORDER BY i.pag_creado
        LIMIT p_limite
    ) AS g
$$;

GRANT EXECUTE ON FUNCTION api.pago_pendientes(int, int) TO puente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Refuses a cart with a line that cannot be sold now.
CREATE FUNCTION privado.checkout_exigir(p_crr_codigo bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_linea record;
BEGIN
    FOR v_linea IN
        SELECT l.prd_nombre, l.sri_codigo, l.cantidad > l.disponible AS falta
        FROM privado.carrito_lineas(p_crr_codigo) AS l
        ORDER BY l.prd_codigo
    LOOP
        IF v_linea.sri_codigo IS NULL THEN
            PERFORM privado.rechazar(422, 'iva_vigente', format('%s no tiene tarifa de IVA hoy.', v_linea.prd_nombre));
        ELSIF v_linea.falta THEN
            PERFORM privado.rechazar(
                409, 'disponible_no_negativo', format('No hay unidades suficientes de %s.', v_linea.prd_nombre)
            );
        END IF;
    END LOOP;
END
$$;

-- Writes the order of a cart: a snapshot of its lines, of the buyer and of where it goes. Header and lines are priced by
-- two statements: if a price changed in between, the order is not written and whoever asked may ask again.
CREATE FUNCTION privado.pedido_crear(p_carrito datos.carrito, p_clave text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_ped_codigo text := privado.codigo('PED', 7, nextval('datos.pedido_numero'));
BEGIN
    INSERT INTO datos.pedido (
        ped_codigo, usr_id, crr_codigo, ped_clave, ped_vence, ped_descuento, ped_envio, ped_subtotal, ped_iva, ped_total,
        cli_tipo_id, cli_ruc_ced, cli_nombre, cli_telefono, cli_celular, cli_mail, cli_direccion, ct_codigo,
        dir_calle, dir_referencia, dir_telefono, dir_ct_codigo
    )
    SELECT
        v_ped_codigo, u.usr_id, p_carrito.crr_codigo, p_clave, now() + interval '15 minutes',
        t.descuento, t.envio, t.subtotal, t.iva, t.total,
        u.cli_tipo_id, u.cli_ruc_ced, u.cli_nombre, u.cli_telefono, u.cli_celular, u.usr_email, u.cli_direccion,
        u.ct_codigo, coalesce(d.dir_calle, ''), coalesce(d.dir_referencia, ''), coalesce(d.dir_telefono, ''), d.ct_codigo
    FROM datos.usuario_app AS u
    CROSS JOIN LATERAL privado.carrito_totales(p_carrito.crr_codigo) AS t
    LEFT JOIN datos.direccion AS d ON d.dir_codigo = p_carrito.dir_codigo AND d.dir_estado = 'ACT'
    WHERE u.usr_id = p_carrito.usr_id;
    INSERT INTO datos.pedido_detalle (
        ped_codigo, pxpe_linea, prd_codigo, prd_nombre, prd_img, pxpe_cantidad, pxpe_precio, pxpe_promocion,
        pxpe_descuento, pxpe_subtotal, pxpe_iva, iva_codigo, sri_codigo, iva_porcentaje
    )
    SELECT
        v_ped_codigo, l.linea, l.prd_codigo, l.prd_nombre, l.prd_img, l.cantidad, l.precio, l.promocion,
        l.descuento, l.subtotal, l.iva, l.iva_codigo, l.sri_codigo, l.porcentaje
    FROM privado.carrito_lineas(p_carrito.crr_codigo) AS l;
    IF NOT EXISTS (
        SELECT FROM datos.pedido AS p
        JOIN datos.pedido_detalle AS d USING (ped_codigo)
        WHERE p.ped_codigo = v_ped_codigo AND p.ped_total = p_carrito.crr_total
        GROUP BY p.ped_codigo
        HAVING (p.ped_subtotal, p.ped_iva, p.ped_descuento) = (sum(d.pxpe_subtotal), sum(d.pxpe_iva), sum(d.pxpe_descuento))
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'a price changed under a checkout';
    END IF;
    INSERT INTO datos.pago (ped_codigo, pag_proveedor, pag_monto)
    SELECT p.ped_codigo, 'simulada', p.ped_total FROM datos.pedido AS p WHERE p.ped_codigo = v_ped_codigo;
    RETURN v_ped_codigo;
END
$$;

-- The order this checkout already made: the one of its key, or the one its cart is waiting to have paid. A cart that was
-- changed since is another purchase, and has to wait for the first.
CREATE FUNCTION privado.pedido_en_curso(p_carrito datos.carrito, p_clave text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_pedido record;
BEGIN
    SELECT p.ped_codigo, p.ped_total, p.ped_clave = p_clave AS es_clave INTO v_pedido
    FROM datos.pedido AS p
    WHERE
        (p.usr_id = p_carrito.usr_id AND p.ped_clave = p_clave)
        OR (p.crr_codigo = p_carrito.crr_codigo AND p.ped_estado = 'PENDIENTE_PAGO')
    ORDER BY p.ped_clave = p_clave DESC NULLS LAST
    LIMIT 1;
    IF FOUND AND v_pedido.es_clave IS NOT TRUE AND v_pedido.ped_total IS DISTINCT FROM p_carrito.crr_total THEN
        PERFORM privado.rechazar(409, 'pedido_en_curso', 'Hay un pago en curso de este carrito; espere un momento.');
    END IF;
    RETURN v_pedido.ped_codigo;
END
$$;

-- Turns the shopper's cart into an order that waits for its payment. The same key, or the same cart before its order is
-- resolved, is answered with the same order. An empty cart, or one whose total is not the one last answered, is answered
-- with null and nothing is remembered under an idempotency key: the API shows the cart again and the shopper decides.
CREATE FUNCTION api.checkout_reservar(p_direccion bigint DEFAULT NULL, p_clave text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_usr_id bigint := privado.comprador_exigir();
    v_carrito datos.carrito;
    v_ped_codigo text;
    v_codigos text[];
    v_cantidades numeric[];
BEGIN
    SELECT c.* INTO v_carrito FROM datos.carrito AS c WHERE c.usr_id = v_usr_id FOR NO KEY UPDATE;
    v_ped_codigo := privado.pedido_en_curso(v_carrito, nullif(p_clave, ''));
    IF v_ped_codigo IS NOT NULL THEN
        RETURN privado.cobro_json(v_ped_codigo);
    END IF;
    PERFORM privado.direccion_exigir(p_direccion);
    v_carrito.dir_codigo := coalesce(p_direccion, v_carrito.dir_codigo);
    UPDATE datos.carrito SET dir_codigo = v_carrito.dir_codigo WHERE crr_codigo = v_carrito.crr_codigo;
    PERFORM privado.checkout_exigir(v_carrito.crr_codigo);
    SELECT array_agg(d.prd_codigo), array_agg(d.pxca_cantidad) INTO v_codigos, v_cantidades
    FROM datos.carrito_detalle AS d
    WHERE d.crr_codigo = v_carrito.crr_codigo;
    IF v_codigos IS NULL
        OR v_carrito.crr_total IS DISTINCT FROM (privado.carrito_totales(v_carrito.crr_codigo)).total
    THEN
        RETURN NULL;
    END IF;
    v_ped_codigo := privado.pedido_crear(v_carrito, nullif(p_clave, ''));
    PERFORM privado.cupo_reservar(v_ped_codigo, v_codigos, v_cantidades, now() + interval '15 minutes');
    RETURN privado.cobro_json(v_ped_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.checkout_reservar(bigint, text) TO ecom_cliente;

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
    v_estado text := p_estado;
BEGIN
    v_pedido := privado.pedido_bloquear((SELECT g.ped_codigo FROM datos.pago AS g WHERE g.pag_id = p_pag_id));
    SELECT g.* INTO v_pago FROM datos.pago AS g WHERE g.pag_id = p_pag_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'pago_existe', 'No existe ese pago.');
    ELSIF v_pago.pag_estado <> (CASE p_estado WHEN 'REEMBOLSADO' THEN 'POR_REEMBOLSAR' ELSE 'INICIADO' END) THEN
        RETURN privado.cobro_json(v_pago.ped_codigo);
    ELSIF p_estado = 'CAPTURADO' AND p_monto IS DISTINCT FROM v_pago.pag_monto THEN
        PERFORM privado.rechazar(409, 'pago_monto', 'El monto capturado no es el del pedido.');
    ELSIF p_estado = 'CAPTURADO' AND privado.pedido_recuperar(v_pedido) THEN
        PERFORM privado.pedido_pagar(v_pedido);
    ELSIF p_estado = 'CAPTURADO' THEN
        v_estado := 'POR_REEMBOLSAR';
    ELSIF v_pedido.ped_estado = 'PENDIENTE_PAGO' THEN
        PERFORM privado.pedido_soltar(v_pedido.ped_codigo, CASE p_estado WHEN 'RECHAZADO' THEN 'CANCELADO' ELSE 'EXPIRADO' END);
    END IF;
    UPDATE datos.pago
    SET
        pag_estado = v_estado, pag_resuelto = now(), pag_referencia = coalesce(p_referencia, pag_referencia),
        pag_marca = coalesce(p_marca, pag_marca), pag_ultimos4 = coalesce(p_ultimos4, pag_ultimos4)
    WHERE pag_id = p_pag_id;
    RETURN privado.cobro_json(v_pago.ped_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.pago_resolver(uuid, text, numeric, text, text, text) TO puente;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER pago_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.pago
FOR EACH ROW EXECUTE FUNCTION privado.auditar('pag_id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.pago TO ecom_cliente, admin, adm_ventas, ventas, contador, auditor;
GRANT SELECT, INSERT, UPDATE ON datos.pago TO ecom_api;

CREATE POLICY pago_propio ON datos.pago USING (
    (SELECT privado.ve_pedidos())
    OR ped_codigo IN (SELECT p.ped_codigo FROM datos.pedido AS p WHERE p.usr_id = (SELECT privado.comprador()))
);
CREATE POLICY reserva_ninguna ON datos.reserva USING (false);
