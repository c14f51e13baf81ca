-- Pagos, what providers tell by themselves: at least once, in any order, and to an address that anybody can write to.
--
-- The API verified the signature. Here a message takes effect once: its row, whose key is the provider's own id, and what
-- it does to the payment are one transaction, so a message told again waits for the first and then changes nothing.
-- Order does not matter: what cannot follow from where the payment stands is either old news (a failure after the
-- capture), or implies what has not arrived yet (a refund implies its capture), or it is asked of the provider later
-- (POR_RELEER), when no lock is held. What contradicts what we know (another amount, another intent, money given back that
-- nobody of ours gave back, or that a provider said was given back and was not) changes nothing and is for a person to
-- look at (OBSERVADO, pagos_observado.sql).

-- Reading ------------------------------------------------------------------------------------------------------------

-- The payment of ours that a message is about: the one it names, or the one its provider calls so.
CREATE FUNCTION privado.pago_evento_pago(p_proveedor text, p_pag_id uuid, p_referencia text) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT g.pag_id
    FROM datos.pago AS g
    WHERE
        g.pag_proveedor = p_proveedor
        AND (CASE WHEN p_pag_id IS NULL THEN g.pag_referencia = p_referencia ELSE g.pag_id = p_pag_id END)
$$;

-- How much of an order its provider was told to give back, or will be.
CREATE FUNCTION privado.pago_acreditado(p_ped_codigo text) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(r.ree_monto), 0)
    FROM datos.reembolso AS r
    WHERE
        r.ped_codigo = p_ped_codigo AND r.ree_medio = 'PASARELA' AND r.ree_estado IN ('ACREDITADO', 'HECHO')
        AND r.ree_soltado IS NULL
$$;

-- Whether we know that so much of an order is still to be given back by its provider.
CREATE FUNCTION privado.pago_se_debe(p_ped_codigo text, p_monto numeric) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM datos.reembolso AS r
        WHERE r.ped_codigo = p_ped_codigo AND r.ree_estado = 'ACREDITADO' AND r.ree_monto = p_monto
    )
$$;

-- What the API answers a provider, and whether an order has just been paid.
CREATE FUNCTION privado.pago_evento_json(p_evento datos.pago_evento, p_nuevo boolean) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'resultado', p_evento.evt_resultado,
        'repetido', NOT p_nuevo,
        'por_facturar', (
            SELECT g.ped_codigo
            FROM datos.pago AS g
            JOIN datos.pedido AS p USING (ped_codigo)
            WHERE
                p_nuevo AND p_evento.evt_resultado = 'APLICADO' AND p_evento.evt_estado = 'CAPTURADO'
                AND g.pag_id = p_evento.pag_id AND p.ped_estado = 'PAGADO'
        )
    )
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Does what a message says as far as it can be done now: APLICADO, POR_RELEER, or the name of the rule that it breaks.
CREATE FUNCTION privado.pago_evento_aplicar(p_evento datos.pago_evento, p_marca text, p_ultimos4 text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_pedido datos.pedido;
    v_pago datos.pago;
    v_cobrado boolean := p_evento.evt_estado IN ('CAPTURADO', 'REEMBOLSADO');  -- what is refunded was captured
BEGIN
    v_pedido := privado.pedido_bloquear((SELECT g.ped_codigo FROM datos.pago AS g WHERE g.pag_id = p_evento.pag_id));
    SELECT g.* INTO v_pago FROM datos.pago AS g WHERE g.pag_id = p_evento.pag_id FOR UPDATE;
    IF p_evento.evt_referencia <> v_pago.pag_referencia THEN
        RETURN 'pago_referencia';
    ELSIF p_evento.evt_estado = 'NO_DEVUELTO' THEN
        RETURN CASE WHEN privado.pago_se_debe(v_pedido.ped_codigo, p_evento.evt_monto) THEN 'APLICADO' ELSE 'pago_no_devuelto' END;
    ELSIF v_cobrado AND v_pago.pag_estado = 'INICIADO' AND p_evento.evt_monto IS DISTINCT FROM v_pago.pag_monto THEN
        RETURN CASE p_evento.evt_estado WHEN 'CAPTURADO' THEN 'pago_monto' ELSE 'pago_devuelto' END;
    ELSIF p_evento.evt_estado = 'CAPTURADO' AND p_evento.evt_monto IS DISTINCT FROM v_pago.pag_monto THEN
        RETURN 'pago_monto';
    ELSIF v_cobrado AND v_pago.pag_estado IN ('RECHAZADO', 'ANULADO') THEN
        RETURN 'POR_RELEER';
    ELSIF p_evento.evt_estado = 'RECHAZADO' AND v_pago.pag_estado = 'INICIADO' THEN
        RETURN 'POR_RELEER';  -- one try failed; whether the buyer may try again is for the provider to say
    ELSIF p_evento.evt_estado = 'ANULADO' AND v_pago.pag_estado NOT IN ('INICIADO', 'RECHAZADO', 'ANULADO') THEN
        RETURN 'POR_RELEER';
    END IF;
    IF v_pago.pag_estado = 'INICIADO' THEN
        PERFORM privado.pago_pasar(
            v_pedido, v_pago, CASE WHEN v_cobrado THEN 'CAPTURADO' ELSE p_evento.evt_estado END,
            p_evento.evt_referencia, p_marca, p_ultimos4
        );
        SELECT g.* INTO v_pago FROM datos.pago AS g WHERE g.pag_id = p_evento.pag_id;
    END IF;
    IF p_evento.evt_estado <> 'REEMBOLSADO' THEN
        PERFORM privado.pago_anotar_tarjeta(v_pago.pag_id, p_marca, p_ultimos4);
        RETURN 'APLICADO';
    END IF;
    RETURN privado.pago_evento_devolver(v_pedido, v_pago, p_evento.evt_monto);
END
$$;

-- Hears that so much of a captured payment was given back, in all: of one that is being given back, that it was; of one
-- that stands, that its provider did what we credited.
CREATE FUNCTION privado.pago_evento_devolver(p_pedido datos.pedido, p_pago datos.pago, p_monto numeric) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_pago.pag_estado = 'CAPTURADO' THEN
        RETURN CASE WHEN p_monto <= privado.pago_acreditado(p_pedido.ped_codigo) THEN 'APLICADO' ELSE 'pago_devuelto' END;
    ELSIF p_monto IS DISTINCT FROM p_pago.pag_monto THEN
        RETURN 'pago_devuelto';
    ELSIF p_pago.pag_estado = 'POR_REEMBOLSAR' THEN
        PERFORM privado.pago_pasar(p_pedido, p_pago, 'REEMBOLSADO', NULL, NULL, NULL);
    END IF;
    RETURN 'APLICADO';
END
$$;

-- Takes a message of a provider: stores it and does what it says, once. p_estado null: it is of no concern here.
CREATE FUNCTION api.pago_evento_recibir(
    p_proveedor text, p_evento text, p_tipo text, p_estado text DEFAULT NULL, p_pag_id uuid DEFAULT NULL,
    p_monto numeric DEFAULT NULL, p_referencia text DEFAULT NULL, p_marca text DEFAULT NULL,
    p_ultimos4 text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_evento datos.pago_evento;
    v_juicio text;
BEGIN
    INSERT INTO datos.pago_evento (
        evt_proveedor, evt_id, evt_tipo, evt_estado, evt_monto, evt_referencia, pag_id, evt_resultado
    )
    VALUES (
        p_proveedor, p_evento, left(p_tipo, 60), p_estado, p_monto, p_referencia,
        privado.pago_evento_pago(p_proveedor, p_pag_id, p_referencia), 'IGNORADO'
    )
    ON CONFLICT ON CONSTRAINT pago_evento_unico DO NOTHING
    RETURNING * INTO v_evento;
    IF v_evento.evt_id IS NULL THEN
        SELECT e.* INTO v_evento FROM datos.pago_evento AS e WHERE e.evt_proveedor = p_proveedor AND e.evt_id = p_evento;
        RETURN privado.pago_evento_json(v_evento, false);
    ELSIF p_estado IS NOT NULL AND v_evento.pag_id IS NOT NULL THEN
        v_juicio := privado.pago_evento_aplicar(v_evento, p_marca, p_ultimos4);
    ELSIF p_estado IS NOT NULL AND p_pag_id IS NOT NULL THEN
        v_juicio := 'pago_existe';
    END IF;
    IF v_juicio IN ('APLICADO', 'POR_RELEER') THEN
        v_evento.evt_resultado := v_juicio;
    ELSIF v_juicio IS NOT NULL THEN
        v_evento.evt_resultado := 'OBSERVADO';
        v_evento.evt_regla := v_juicio;
    END IF;
    UPDATE datos.pago_evento SET evt_resultado = v_evento.evt_resultado, evt_regla = v_evento.evt_regla
    WHERE evt_proveedor = p_proveedor AND evt_id = p_evento;
    IF v_juicio = 'POR_RELEER' THEN
        PERFORM pg_notify('daf_puente', 'pago');
    END IF;
    RETURN privado.pago_evento_json(v_evento, true);
END
$$;

GRANT EXECUTE ON FUNCTION api.pago_evento_recibir(text, text, text, text, uuid, numeric, text, text, text) TO puente;

-- Ends the doubt that a message left, after its provider was asked and what it said was recorded (p_estado; ABIERTO:
-- nothing was decided). Answer, payment and message agree, or somebody has to look.
CREATE FUNCTION api.pago_evento_releido(p_proveedor text, p_evento text, p_estado text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.pago_evento AS e
    SET
        evt_resultado = CASE WHEN d.regla IS NULL THEN 'APLICADO' ELSE 'OBSERVADO' END,
        evt_regla = d.regla
    FROM (
        SELECT v.evt_proveedor, v.evt_id, CASE
            WHEN p_estado <> ALL (CASE g.pag_estado
                WHEN 'INICIADO' THEN ARRAY['ABIERTO']
                WHEN 'RECHAZADO' THEN ARRAY['RECHAZADO', 'ANULADO', 'ABIERTO']
                WHEN 'ANULADO' THEN ARRAY['ANULADO']
                ELSE ARRAY['CAPTURADO', 'REEMBOLSADO']
            END) THEN 'pago_estado'
            WHEN g.pag_estado <> ALL (CASE v.evt_estado
                WHEN 'RECHAZADO' THEN ARRAY[g.pag_estado]  -- of a single try, which says nothing of the next
                WHEN 'ANULADO' THEN ARRAY['ANULADO', 'RECHAZADO']
                ELSE ARRAY['CAPTURADO', 'POR_REEMBOLSAR', 'REEMBOLSADO']
            END) THEN 'pago_estado'
            WHEN
                v.evt_estado = 'REEMBOLSADO' AND g.pag_estado = 'CAPTURADO'
                AND v.evt_monto > privado.pago_acreditado(g.ped_codigo) THEN 'pago_devuelto'
        END AS regla
        FROM datos.pago_evento AS v
        JOIN datos.pago AS g USING (pag_id)
        WHERE v.evt_proveedor = p_proveedor AND v.evt_id = p_evento AND v.evt_resultado = 'POR_RELEER'
    ) AS d
    WHERE e.evt_proveedor = d.evt_proveedor AND e.evt_id = d.evt_id
    RETURNING json_build_object('resultado', e.evt_resultado)
$$;

GRANT EXECUTE ON FUNCTION api.pago_evento_releido(text, text, text) TO puente;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_pago_evento_se_cumple() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.evt_proveedor || ' ' || e.evt_id
    FROM datos.pago_evento AS e
    LEFT JOIN datos.pago AS g ON g.pag_id = e.pag_id
    WHERE
        e.evt_resultado = 'APLICADO'
        AND (
            g.pag_id IS NULL
            OR e.evt_proveedor <> g.pag_proveedor
            OR (e.evt_estado = 'CAPTURADO' AND e.evt_monto <> g.pag_monto)
            OR (
                e.evt_estado IN ('CAPTURADO', 'REEMBOLSADO')
                AND g.pag_estado NOT IN ('CAPTURADO', 'POR_REEMBOLSAR', 'REEMBOLSADO')
            )
        )
$$;

COMMENT ON FUNCTION privado.doctor_pago_evento_se_cumple()
IS 'Lo que un proveedor avisó y se aplicó es lo que su pago dice.';
