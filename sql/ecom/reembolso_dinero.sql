-- Reembolso, the money: what the POS credited to the provider's account, the provider gives back.
--
-- A refund comes here credited, whoever asked for it, and is refunded at the provider that captured the payment, under
-- its own key and after the commit that wrote it. The payment stays CAPTURADO: what was given back of it is its refunds.
-- What the counter gave back some other way, and what amounts to nothing, is HECHO as soon as it is told. What the provider
-- refuses has its own ways out (reembolso_salida.sql).
--
-- The order is REEMBOLSADO when every unit of every line has come back and the money with it.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Credited refunds at their provider, whose turn it is; or the one named, whenever its turn is: those it owes, or those
-- that somebody desisted from and that the POS was not told of.
CREATE FUNCTION privado.reembolso_en_proveedor(p_desistido boolean, p_limite int, p_reembolso uuid) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'reembolso', g.ree_id, 'ped_codigo', g.ped_codigo, 'monto', g.ree_monto::text, 'vuelta', g.ree_vuelta,
        'proveedor', g.pag_proveedor, 'pag_id', g.pag_id, 'referencia', g.pag_referencia
    )), '[]')
    FROM (
        SELECT r.ree_id, r.ped_codigo, r.ree_monto, r.ree_vuelta, p.pag_proveedor, p.pag_id, p.pag_referencia
        FROM datos.reembolso AS r
        JOIN datos.pago AS p ON p.ped_codigo = r.ped_codigo AND p.pag_estado = 'CAPTURADO'
        WHERE
            r.ree_estado = 'ACREDITADO' AND r.ree_soltado IS NULL AND (r.ree_desistido IS NOT NULL) = p_desistido
            AND (CASE WHEN p_reembolso IS NULL THEN r.ree_reintentar <= now() ELSE r.ree_id = p_reembolso END)
        ORDER BY r.ree_reintentar, r.ree_id
        LIMIT p_limite
    ) AS g
$$;

-- Credited refunds the provider owes and whose turn it is; or the one named, whenever its turn is.
CREATE FUNCTION api.reembolso_por_pagar(p_limite int DEFAULT 20, p_reembolso uuid DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.reembolso_en_proveedor(false, p_limite, p_reembolso)
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_por_pagar(int, uuid) TO puente;

-- The lines of an order of which less came back, with its money, than was bought.
CREATE FUNCTION privado.pedido_por_devolver(p_ped_codigo text) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.prd_codigo
    FROM datos.pedido_detalle AS d
    WHERE
        d.ped_codigo = p_ped_codigo
        AND d.pxpe_cantidad > (
            SELECT coalesce(sum(l.cantidad), 0)
            FROM datos.reembolso AS r
            JOIN datos.reembolso_detalle AS l USING (ree_id)
            WHERE r.ped_codigo = p_ped_codigo AND r.ree_estado = 'HECHO' AND l.prd_codigo = d.prd_codigo
        )
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Ends an order of which nothing is left.
CREATE FUNCTION privado.pedido_reembolsar(p_ped_codigo text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.pedido SET ped_estado = 'REEMBOLSADO'
    WHERE
        ped_codigo = p_ped_codigo AND ped_estado IN ('FACTURADO', 'ENVIADO', 'ENTREGADO')
        AND NOT EXISTS (SELECT FROM privado.pedido_por_devolver(p_ped_codigo))
$$;

-- Locks an order and then a refund of it; the refund is null if there is none under that key.
CREATE FUNCTION privado.reembolso_bloquear(p_ped_codigo text, p_reembolso uuid) RETURNS datos.reembolso
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ree datos.reembolso;
BEGIN
    PERFORM FROM datos.pedido AS p WHERE p.ped_codigo = p_ped_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'pedido_existe', 'No existe ese pedido.');
    END IF;
    SELECT r.* INTO v_ree FROM datos.reembolso AS r WHERE r.ree_id = p_reembolso FOR UPDATE;
    IF v_ree.ped_codigo <> p_ped_codigo THEN
        PERFORM privado.rechazar(409, 'reembolso_distinto', 'Ese reembolso es de otro pedido.');
    END IF;
    RETURN v_ree;
END
$$;

-- Writes what the POS credited, on the refund of its key; one made at the counter is new here.
CREATE FUNCTION privado.reembolso_acreditar(p_reembolso json) RETURNS datos.reembolso
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_monto numeric := p_reembolso ->> 'monto';
    v_debe boolean := p_reembolso ->> 'medio' = 'PASARELA' AND v_monto > 0;
    v_ree datos.reembolso;
BEGIN
    INSERT INTO datos.reembolso AS r (
        ree_id, ped_codigo, ree_origen, ree_estado, ree_medio, ree_motivo, ree_monto, ree_documento, ree_numero,
        ree_acreditado, ree_resuelto, usr_id
    )
    VALUES (
        (p_reembolso ->> 'reembolso')::uuid, p_reembolso ->> 'ped_codigo', 'MOSTRADOR',
        CASE WHEN v_debe THEN 'ACREDITADO' ELSE 'HECHO' END, p_reembolso ->> 'medio', p_reembolso ->> 'motivo', v_monto,
        p_reembolso ->> 'documento', p_reembolso ->> 'numero', now(), CASE WHEN NOT v_debe THEN now() END,
        p_reembolso ->> 'usuario'
    )
    ON CONFLICT ON CONSTRAINT reembolso_unico DO UPDATE
    SET
        ree_estado = excluded.ree_estado, ree_medio = excluded.ree_medio, ree_monto = excluded.ree_monto,
        ree_documento = excluded.ree_documento, ree_numero = excluded.ree_numero,
        ree_acreditado = excluded.ree_acreditado, ree_resuelto = excluded.ree_resuelto,
        ree_clase = NULL, ree_regla = NULL, ree_error = NULL, ree_intentos = 0, ree_reintentar = now()
    RETURNING r.* INTO v_ree;
    INSERT INTO datos.reembolso_detalle (ree_id, prd_codigo, cantidad, a_stock, subtotal, iva)
    SELECT v_ree.ree_id, l.prd_codigo, l.cantidad, l.a_stock, l.subtotal, l.iva
    FROM json_to_recordset(p_reembolso -> 'lineas') AS l (
        prd_codigo text, cantidad numeric, a_stock boolean, subtotal numeric, iva numeric
    )
    ON CONFLICT ON CONSTRAINT reembolso_detalle_unico DO UPDATE
    SET cantidad = excluded.cantidad, a_stock = excluded.a_stock, subtotal = excluded.subtotal, iva = excluded.iva;
    RETURN v_ree;
END
$$;

-- Takes what the POS credited of an order, and the invoice it credited; told again it answers the same. A refund that
-- was thought refused is credited all the same: the POS has the document. One that the provider did not make is told once
-- more when the counter settled it.
CREATE FUNCTION api.reembolso_recibir(p_reembolso json) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ped_codigo text := p_reembolso ->> 'ped_codigo';
    v_ree datos.reembolso := privado.reembolso_bloquear(v_ped_codigo, (p_reembolso ->> 'reembolso')::uuid);
BEGIN
    PERFORM privado.cuenta_vincular(p.usr_id, p_reembolso ->> 'cli_codigo')
    FROM privado.pedido_facturar(v_ped_codigo, p_reembolso ->> 'fac_codigo', p_reembolso ->> 'fac_numero') AS p;
    IF v_ree.ree_documento IS NULL THEN
        v_ree := privado.reembolso_acreditar(p_reembolso);
        PERFORM privado.pedido_reembolsar(v_ped_codigo);
        PERFORM pg_notify('daf_puente', 'reembolso');
    ELSIF (v_ree.ree_documento, v_ree.ree_monto) IS DISTINCT FROM (
        p_reembolso ->> 'documento', (p_reembolso ->> 'monto')::numeric
    ) THEN
        PERFORM privado.rechazar(409, 'reembolso_distinto', 'Ese reembolso ya se acreditó con otro documento.');
    ELSIF v_ree.ree_estado = 'ACREDITADO' AND p_reembolso ->> 'medio' <> 'PASARELA' THEN
        v_ree := privado.reembolso_saldar(v_ree.ree_id, p_reembolso ->> 'medio');
        PERFORM privado.pedido_reembolsar(v_ped_codigo);
    END IF;
    RETURN json_build_object('reembolso', v_ree.ree_id, 'estado', v_ree.ree_estado);
END
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_recibir(json) TO puente;

-- Notes that the provider gave the money of a refund back; told again it answers the same. One that was left to the
-- counter stays there: before that, the provider was asked for the last time.
CREATE FUNCTION api.reembolso_hecho(p_ped_codigo text, p_reembolso uuid, p_referencia text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ree datos.reembolso := privado.reembolso_bloquear(p_ped_codigo, p_reembolso);
BEGIN
    IF v_ree.ree_estado = 'ACREDITADO' AND v_ree.ree_soltado IS NULL THEN
        UPDATE datos.reembolso
        SET ree_estado = 'HECHO', ree_resuelto = now(), ree_referencia = p_referencia, ree_error = NULL
        WHERE ree_id = p_reembolso
        RETURNING * INTO v_ree;
        PERFORM privado.pedido_reembolsar(p_ped_codigo);
    END IF;
    RETURN json_build_object('reembolso', v_ree.ree_id, 'estado', v_ree.ree_estado);
END
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_hecho(text, uuid, text) TO puente;
