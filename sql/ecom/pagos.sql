-- Pagos: from a cart to a paid order.
--
-- Checkout has two transactions with the provider's call between them, so no lock is held while the world is asked:
--   1. checkout_reservar, as the shopper: locks the cart, prices it, stops at a total other than the one last answered,
--      reserves the units for fifteen minutes, and writes the order and an intent to charge it.
--   2. pago_resolver, as the bridge and never as a shopper: what the provider did (pagos_resolver.sql).
-- Whatever dies between the two leaves an INICIADO intent, which a sweeper resolves by asking its provider. An intent that
-- waits for its buyer (`pag_espera`) is left alone until then; the provider tells (pagos_evento.sql).

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
        'proveedor', g.pag_proveedor,
        'referencia', g.pag_referencia
    )
    FROM datos.pedido AS p
    JOIN LATERAL (
        SELECT i.pag_id, i.pag_estado, i.pag_proveedor, i.pag_referencia
        FROM datos.pago AS i
        WHERE i.ped_codigo = p.ped_codigo
        ORDER BY i.pag_creado DESC
        LIMIT 1
    ) AS g ON true
    WHERE p.ped_codigo = p_ped_codigo
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- What the sweeper asks a provider: intents nobody answered for within p_segundos or whose buyer did not pay in time,
-- captures to give back, and what a message left in doubt (then `evento` is its id). Whoever asks takes their turn: what
-- stays as it is comes again later, behind the others.
CREATE FUNCTION api.pago_pendientes(p_segundos int DEFAULT 60, p_limite int DEFAULT 50) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH turno AS (
        SELECT i.pag_id
        FROM datos.pago AS i
        JOIN datos.pedido AS p USING (ped_codigo)
        WHERE
            i.pag_estado IN ('INICIADO', 'POR_REEMBOLSAR')
            AND i.pag_reintentar <= now()
            AND i.pag_creado < now() - make_interval(secs => p_segundos)
            AND (
                i.pag_estado = 'POR_REEMBOLSAR' OR p.ped_estado <> 'PENDIENTE_PAGO'
                OR i.pag_espera IS NULL OR i.pag_espera < now()
            )
        ORDER BY i.pag_reintentar, i.pag_id
        LIMIT p_limite
        FOR UPDATE OF i SKIP LOCKED
    ),
    tomado AS (
        UPDATE datos.pago AS i
        SET
            pag_intentos = i.pag_intentos + 1,
            pag_reintentar = now() + interval '1 second' * least(
                power(2, least(i.pag_intentos, 10)), CASE i.pag_estado WHEN 'INICIADO' THEN 30 ELSE 600 END
            )
        FROM turno AS t
        WHERE i.pag_id = t.pag_id
        RETURNING i.pag_id
    ),
    duda AS (
        SELECT e.evt_proveedor, e.evt_id
        FROM datos.pago_evento AS e
        WHERE e.evt_resultado = 'POR_RELEER' AND e.evt_reintentar <= now()
        ORDER BY e.evt_reintentar, e.evt_id
        LIMIT p_limite
        FOR UPDATE SKIP LOCKED
    ),
    dudoso AS (
        UPDATE datos.pago_evento AS e
        SET
            evt_intentos = e.evt_intentos + 1,
            evt_reintentar = now() + interval '1 second' * least(power(2, least(e.evt_intentos, 10)), 600)
        FROM duda AS d
        WHERE e.evt_proveedor = d.evt_proveedor AND e.evt_id = d.evt_id
        RETURNING e.pag_id, e.evt_id
    )
    SELECT coalesce(json_agg(json_build_object(
        'pag_id', g.pag_id, 'ped_codigo', g.ped_codigo, 'proveedor', g.pag_proveedor, 'pag_estado', g.pag_estado,
        'total', g.pag_monto::text, 'referencia', g.pag_referencia, 'evento', t.evt_id
    )), '[]')
    FROM (SELECT pag_id, NULL AS evt_id FROM tomado UNION ALL SELECT pag_id, evt_id FROM dudoso) AS t
    JOIN datos.pago AS g USING (pag_id)
$$;

GRANT EXECUTE ON FUNCTION api.pago_pendientes(int, int) TO puente;

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
CREATE FUNCTION privado.pedido_crear(p_carrito datos.carrito, p_clave text, p_proveedor text) RETURNS text
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
    SELECT p.ped_codigo, p_proveedor, p.ped_total FROM datos.pedido AS p WHERE p.ped_codigo = v_ped_codigo;
    RETURN v_ped_codigo;
END
$$;

-- Whether an order is what its cart says now: the same goods and quantities, for the same total, to the same place.
CREATE FUNCTION privado.pedido_es_del_carrito(p_ped_codigo text, p_carrito datos.carrito) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT
        p.ped_total IS NOT DISTINCT FROM p_carrito.crr_total
        AND NOT EXISTS (
            SELECT
            FROM (
                SELECT l.prd_codigo, l.pxpe_cantidad AS cantidad FROM datos.pedido_detalle AS l
                WHERE l.ped_codigo = p.ped_codigo AND l.prd_codigo <> 'ENVIO'
            ) AS d
            FULL JOIN (
                SELECT l.prd_codigo, l.pxca_cantidad AS cantidad FROM datos.carrito_detalle AS l
                WHERE l.crr_codigo = p_carrito.crr_codigo
            ) AS c USING (prd_codigo)
            WHERE d.cantidad IS DISTINCT FROM c.cantidad
        )
        AND (p.dir_ct_codigo, p.dir_calle, p.dir_referencia, p.dir_telefono) IS NOT DISTINCT FROM (
            a.ct_codigo, coalesce(a.dir_calle, ''), coalesce(a.dir_referencia, ''), coalesce(a.dir_telefono, '')
        )
    FROM datos.pedido AS p
    LEFT JOIN datos.direccion AS a ON a.dir_codigo = p_carrito.dir_codigo AND a.dir_estado = 'ACT'
    WHERE p.ped_codigo = p_ped_codigo
$$;

-- The order this checkout already made: the one of its key, or the one its cart is waiting to have paid. A cart that was
-- changed since is another purchase, and has to wait for the first.
CREATE FUNCTION privado.pedido_en_curso(p_carrito datos.carrito, p_clave text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_pedido record;
BEGIN
    SELECT p.ped_codigo, p.ped_clave = p_clave AS es_clave INTO v_pedido
    FROM datos.pedido AS p
    WHERE
        (p.usr_id = p_carrito.usr_id AND p.ped_clave = p_clave)
        OR (p.crr_codigo = p_carrito.crr_codigo AND p.ped_estado = 'PENDIENTE_PAGO')
    ORDER BY p.ped_clave = p_clave DESC NULLS LAST
    LIMIT 1;
    IF FOUND AND v_pedido.es_clave IS NOT TRUE AND NOT privado.pedido_es_del_carrito(v_pedido.ped_codigo, p_carrito) THEN
        PERFORM privado.rechazar(
            409, 'pedido_en_curso',
            'Hay un pago en curso de lo que antes tenía este carrito: espere a que venza o cancele ese pedido.'
        );
    END IF;
    RETURN v_pedido.ped_codigo;
END
$$;

-- Turns the shopper's cart into an order that waits for its payment. The same key, or the same cart before its order is
-- resolved, is answered with the same order; the payment stays with the provider it was begun with. An empty cart, or one
-- whose total is not the one last answered, is answered with null and nothing is remembered under an idempotency key: the
-- API shows the cart again and the shopper decides.
CREATE FUNCTION api.checkout_reservar(
    p_direccion bigint DEFAULT NULL, p_clave text DEFAULT NULL, p_proveedor text DEFAULT 'simulada'
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_usr_id bigint := privado.comprador_exigir();
    v_carrito datos.carrito;
    v_ped_codigo text;
    v_codigos text[];
    v_cantidades numeric[];
BEGIN
    SELECT c.* INTO v_carrito FROM datos.carrito AS c WHERE c.usr_id = v_usr_id FOR NO KEY UPDATE;
    v_carrito.dir_codigo := coalesce(p_direccion, v_carrito.dir_codigo);
    v_ped_codigo := privado.pedido_en_curso(v_carrito, nullif(p_clave, ''));
    IF v_ped_codigo IS NOT NULL THEN
        RETURN privado.cobro_json(v_ped_codigo);
    END IF;
    PERFORM privado.direccion_exigir(p_direccion);
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
    v_ped_codigo := privado.pedido_crear(v_carrito, nullif(p_clave, ''), p_proveedor);
    PERFORM privado.cupo_reservar(v_ped_codigo, v_codigos, v_cantidades, now() + interval '15 minutes');
    RETURN privado.cobro_json(v_ped_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.checkout_reservar(bigint, text, text) TO ecom_cliente;

-- Triggers -----------------------------------------------------------------------------------------------------------

-- What became of it; whose turn it is to be asked about is not audited.
CREATE TRIGGER pago_auditoria
AFTER INSERT OR DELETE OR UPDATE OF pag_estado, pag_monto, pag_referencia, pag_marca, pag_ultimos4, pag_espera ON datos.pago
FOR EACH ROW EXECUTE FUNCTION privado.auditar('pag_id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.pago TO ecom_cliente, admin, adm_ventas, ventas, contador, auditor;
GRANT SELECT, INSERT, UPDATE ON datos.pago TO ecom_api;

CREATE POLICY pago_propio ON datos.pago USING (
    (SELECT privado.ve_pedidos())
    OR ped_codigo IN (SELECT p.ped_codigo FROM datos.pedido AS p WHERE p.usr_id = (SELECT privado.comprador()))
);
CREATE POLICY reserva_ninguna ON datos.reserva USING (false);
