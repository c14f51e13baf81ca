-- Pedido: what was ordered, as it was when it was ordered.
--
-- PENDIENTE_PAGO -> PAGADO -> FACTURADO -> ENVIADO -> ENTREGADO; PENDIENTE_PAGO -> CANCELADO or EXPIRADO, which puts the
-- units back on the shelf. What is paid is never cancelled: it is invoiced first, and then given back (reembolso.sql);
-- REEMBOLSADO is an order of which nothing is left. Shoppers see their own orders; staff who sell, count or audit see all.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Whether the caller reads everybody's orders.
CREATE FUNCTION privado.ve_pedidos() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        privado.es('admin') OR privado.es('adm_ventas') OR privado.es('ventas') OR privado.es('contador')
        OR privado.es('auditor') OR privado.es('puente')
$$;

GRANT EXECUTE ON FUNCTION privado.ve_pedidos() TO ecom_cliente, personal, puente;

-- The header of an order.
CREATE FUNCTION privado.pedido_json(p_pedido datos.pedido) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'ped_codigo', p_pedido.ped_codigo,
        'ped_fecha', p_pedido.ped_fecha,
        'ped_estado', p_pedido.ped_estado,
        'ped_pagado', p_pedido.ped_pagado,
        'ped_descuento', p_pedido.ped_descuento::text,
        'ped_envio', p_pedido.ped_envio::text,
        'ped_subtotal', p_pedido.ped_subtotal::text,
        'ped_iva', p_pedido.ped_iva::text,
        'ped_total', p_pedido.ped_total::text,
        'cli_nombre', p_pedido.cli_nombre,
        'fac_codigo', p_pedido.fac_codigo,
        'fac_numero', p_pedido.fac_numero
    )
$$;

GRANT EXECUTE ON FUNCTION privado.pedido_json(datos.pedido)
TO ecom_cliente, admin, adm_ventas, ventas, contador, auditor;

-- The orders the caller may see, newest first; p_search is the start of a code, or part of a client's name.
CREATE FUNCTION api.pedido_listar(
    p_page int DEFAULT 1, p_limit int DEFAULT NULL, p_search text DEFAULT NULL, p_estado text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH visible AS (
        SELECT p AS pedido, p.ped_codigo, p.ped_fecha
        FROM datos.pedido AS p
        WHERE
            (nullif(p_estado, '') IS NULL OR p.ped_estado = p_estado)
            AND (
                nullif(btrim(p_search), '') IS NULL
                OR starts_with(p.ped_codigo, upper(btrim(p_search)))
                OR strpos(privado.normalizar(p.cli_nombre), privado.normalizar(p_search)) > 0
            )
    )
    SELECT privado.sobre(
        (
            SELECT json_agg(privado.pedido_json(g.pedido) ORDER BY g.ped_fecha DESC, g.ped_codigo DESC)
            FROM (
                SELECT v.pedido, v.ped_fecha, v.ped_codigo
                FROM visible AS v
                ORDER BY v.ped_fecha DESC, v.ped_codigo DESC
                LIMIT privado.limite(coalesce(p_page, 1), p_limit) OFFSET privado.salto(coalesce(p_page, 1), p_limit)
            ) AS g
        ),
        coalesce(p_page, 1), p_limit,
        (SELECT count(*) FROM (SELECT FROM visible LIMIT 10001) AS t)
    )
$$;

GRANT EXECUTE ON FUNCTION api.pedido_listar(int, int, text, text)
TO ecom_cliente, admin, adm_ventas, ventas, contador, auditor;

-- One order with its lines, its address, how it was paid, when it came to each state, and what was given back.
CREATE FUNCTION api.pedido_obtener(p_ped_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_pedido datos.pedido;
BEGIN
    SELECT p.* INTO v_pedido FROM datos.pedido AS p WHERE p.ped_codigo = p_ped_codigo;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'pedido_existe', 'No existe ese pedido.');
    END IF;
    RETURN privado.json_unir(privado.pedido_json(v_pedido), json_build_object(
        'cli_ruc_ced', v_pedido.cli_ruc_ced,
        'cli_mail', v_pedido.cli_mail,
        'direccion', CASE WHEN v_pedido.dir_ct_codigo IS NOT NULL THEN json_build_object(
            'dir_calle', v_pedido.dir_calle,
            'dir_referencia', v_pedido.dir_referencia,
            'dir_telefono', v_pedido.dir_telefono,
            'ct_codigo', v_pedido.dir_ct_codigo
        ) END,
        'pago', (
            SELECT json_build_object(
                'proveedor', g.pag_proveedor, 'estado', g.pag_estado, 'monto', g.pag_monto::text,
                'marca', g.pag_marca, 'ultimos4', g.pag_ultimos4
            )
            FROM datos.pago AS g
            WHERE g.ped_codigo = p_ped_codigo
            ORDER BY g.pag_creado DESC
            LIMIT 1
        ),
        'detalles', (
            SELECT json_agg(
                json_build_object(
                    'prd_codigo', d.prd_codigo,
                    'prd_nombre', d.prd_nombre,
                    'prd_img', privado.imagen_url(d.prd_img),
                    'pxpe_cantidad', trim_scale(d.pxpe_cantidad),
                    'pxpe_precio', d.pxpe_precio::text,
                    'pxpe_descuento', d.pxpe_descuento::text,
                    'pxpe_subtotal', d.pxpe_subtotal::text,
                    'iva_porcentaje', trim_scale(d.iva_porcentaje)
                )
                ORDER BY d.pxpe_linea
            )
            FROM datos.pedido_detalle AS d
            WHERE d.ped_codigo = p_ped_codigo
        ),
        'historial', privado.pedido_historial(p_ped_codigo),
        'reembolsos', privado.pedido_reembolsos(p_ped_codigo)
    ));
END
$$;

GRANT EXECUTE ON FUNCTION api.pedido_obtener(text) TO ecom_cliente, admin, adm_ventas, ventas, contador, auditor;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Ends an order that was never paid and puts its units back. Its payment, if one is under way, is resolved apart: what
-- was captured in spite of this is given back.
CREATE FUNCTION privado.pedido_soltar(p_ped_codigo text, p_estado text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datos.pedido SET ped_estado = p_estado
    WHERE ped_codigo = p_ped_codigo AND ped_estado = 'PENDIENTE_PAGO';
    IF NOT FOUND THEN
        PERFORM privado.rechazar(409, 'pedido_sin_pagar', 'El pedido ya no espera su pago.');
    END IF;
    PERFORM privado.cupo_soltar(p_ped_codigo, false);
END
$$;

-- The shopper gives up an order they have not paid.
CREATE FUNCTION api.pedido_cancelar(p_ped_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM datos.pedido AS p WHERE p.ped_codigo = p_ped_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'pedido_existe', 'No existe ese pedido.');
    END IF;
    PERFORM privado.pedido_soltar(p_ped_codigo, 'CANCELADO');
    RETURN (SELECT privado.pedido_json(p) FROM datos.pedido AS p WHERE p.ped_codigo = p_ped_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.pedido_cancelar(text) TO ecom_cliente;

-- Frees what orders reserved and did not pay in time; orders that somebody is working on wait for the next sweep. The
-- units of all of them are locked first, in product order: order by order two sweeps, or a sweep and a checkout, deadlock.
CREATE FUNCTION api.reserva_expirar(p_limite int DEFAULT 100) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_vencidos text[] := ARRAY(
        SELECT p.ped_codigo
        FROM datos.pedido AS p
        WHERE p.ped_estado = 'PENDIENTE_PAGO' AND p.ped_vence < now()
        ORDER BY p.ped_vence
        LIMIT p_limite
        FOR UPDATE SKIP LOCKED
    );
BEGIN
    PERFORM privado.cupo_bloquear(v_vencidos);
    PERFORM privado.pedido_soltar(v.ped_codigo, 'EXPIRADO') FROM unnest(v_vencidos) AS v (ped_codigo);
    RETURN json_build_object('expirados', cardinality(v_vencidos));
END
$$;

GRANT EXECUTE ON FUNCTION api.reserva_expirar(int) TO puente;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER pedido_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.pedido
FOR EACH ROW EXECUTE FUNCTION privado.auditar('ped_codigo');

CREATE TRIGGER pedido_detalle_solo_agregar BEFORE UPDATE OR DELETE ON datos.pedido_detalle
FOR EACH ROW EXECUTE FUNCTION privado.solo_agregar();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.pedido, datos.pedido_detalle TO ecom_cliente, admin, adm_ventas, ventas, contador, auditor;
GRANT SELECT, INSERT, UPDATE ON datos.pedido TO ecom_api;
GRANT SELECT, INSERT ON datos.pedido_detalle TO ecom_api;

CREATE POLICY pedido_propio ON datos.pedido USING (
    usr_id = (SELECT privado.comprador()) OR (SELECT privado.ve_pedidos())
);
CREATE POLICY pedido_detalle_propio ON datos.pedido_detalle USING (
    (SELECT privado.ve_pedidos())
    OR ped_codigo IN (SELECT p.ped_codigo FROM datos.pedido AS p WHERE p.usr_id = (SELECT privado.comprador()))
);
