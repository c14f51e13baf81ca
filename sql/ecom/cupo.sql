-- Cupo: the units the shop alone may sell. The POS hands them over and asks them back; orders reserve and then sell them.
--
-- One row per product holds the three numbers and a CHECK that what is left is never negative. Every act that takes
-- units updates that row and reads what it left; products are always taken in code order, so two carts never deadlock.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The state of a product's units.
CREATE FUNCTION privado.cupo_json(p_cupo datos.cupo) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'prd_codigo', p_cupo.prd_codigo,
        'cupo', trim_scale(p_cupo.cupo),
        'vendido', trim_scale(p_cupo.vendido),
        'reservado', trim_scale(p_cupo.reservado),
        'disponible', trim_scale(p_cupo.disponible)
    )
$$;

-- What the bridge asks before it moves units: zeros for a product that never had any.
CREATE FUNCTION api.cupo_obtener(p_prd_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.cupo_json(coalesce(
        (SELECT c FROM datos.cupo AS c WHERE c.prd_codigo = p_prd_codigo),
        ROW(p_prd_codigo, 0, 0, 0, 0)::datos.cupo
    ))
$$;

GRANT EXECUTE ON FUNCTION api.cupo_obtener(text) TO puente;
GRANT EXECUTE ON FUNCTION privado.cupo_json(datos.cupo) TO puente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Writes a movement down under its id: false when that id was applied before.
CREATE FUNCTION privado.cupo_movimiento_nuevo(p_id text, p_prd_codigo text, p_pedido numeric) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO datos.cupo (prd_codigo) VALUES (p_prd_codigo) ON CONFLICT ON CONSTRAINT cupo_unico DO NOTHING;
    INSERT INTO datos.cupo_movimiento (mov_id, prd_codigo, mov_pedido, mov_cantidad)
    VALUES (p_id, p_prd_codigo, p_pedido, p_pedido)
    ON CONFLICT ON CONSTRAINT cupo_movimiento_unico DO NOTHING;
    RETURN FOUND;
END
$$;

-- Hands the shop p_delta more units; once per id.
CREATE FUNCTION api.cupo_ajustar(p_prd_codigo text, p_delta numeric, p_id text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(p_delta, 0) <= 0 THEN
        PERFORM privado.rechazar(422, 'cupo_sube', 'El cupo sube en una cantidad positiva.');
    END IF;
    IF privado.cupo_movimiento_nuevo(p_id, p_prd_codigo, p_delta) THEN
        UPDATE datos.cupo SET cupo = cupo + p_delta WHERE prd_codigo = p_prd_codigo;
    END IF;
    RETURN (SELECT privado.cupo_json(c) FROM datos.cupo AS c WHERE c.prd_codigo = p_prd_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.cupo_ajustar(text, numeric, text) TO puente;

-- Gives back up to p_pedido units, whatever nobody bought or reserved; once per id, answered alike when asked again.
CREATE FUNCTION api.cupo_bajar(p_prd_codigo text, p_pedido numeric, p_id text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_concedido numeric;
BEGIN
    IF coalesce(p_pedido, 0) <= 0 THEN
        PERFORM privado.rechazar(422, 'cupo_baja', 'El cupo baja en una cantidad positiva.');
    END IF;
    IF privado.cupo_movimiento_nuevo(p_id, p_prd_codigo, -p_pedido) THEN
        SELECT least(p_pedido, c.disponible) INTO v_concedido
        FROM datos.cupo AS c
        WHERE c.prd_codigo = p_prd_codigo
        FOR UPDATE;
        UPDATE datos.cupo SET cupo = cupo - v_concedido WHERE prd_codigo = p_prd_codigo;
        UPDATE datos.cupo_movimiento SET mov_cantidad = -v_concedido WHERE mov_id = p_id;
    END IF;
    RETURN (
        SELECT privado.json_unir(
            json_build_object('pedido', trim_scale(-m.mov_pedido), 'concedido', trim_scale(-m.mov_cantidad)),
            privado.cupo_json(c)
        )
        FROM datos.cupo_movimiento AS m
        JOIN datos.cupo AS c USING (prd_codigo)
        WHERE m.mov_id = p_id
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.cupo_bajar(text, numeric, text) TO puente;

-- Sets units aside for an order, in product order; refuses the whole order if one product is short.
CREATE FUNCTION privado.cupo_reservar(
    p_ped_codigo text, p_prd_codigos text[], p_cantidades numeric[], p_vence timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_linea record;
BEGIN
    FOR v_linea IN
        SELECT l.prd_codigo, l.cantidad
        FROM unnest(p_prd_codigos, p_cantidades) AS l (prd_codigo, cantidad)
        ORDER BY l.prd_codigo
    LOOP
        UPDATE datos.cupo
        SET reservado = reservado + v_linea.cantidad
        WHERE prd_codigo = v_linea.prd_codigo AND cupo - vendido - reservado >= v_linea.cantidad;
        IF NOT FOUND THEN
            PERFORM privado.rechazar(409, 'disponible_no_negativo', format(
                'No hay unidades suficientes de %s.',
                (SELECT p.prd_nombre FROM datos.producto AS p WHERE p.prd_codigo = v_linea.prd_codigo)
            ));
        END IF;
        INSERT INTO datos.reserva (ped_codigo, prd_codigo, res_cantidad, res_vence)
        VALUES (p_ped_codigo, v_linea.prd_codigo, v_linea.cantidad, p_vence)
        ON CONFLICT ON CONSTRAINT reserva_unica DO UPDATE SET res_estado = 'VIVA', res_vence = excluded.res_vence;
    END LOOP;
END
$$;

-- Locks the units that some orders reserve, in product order.
CREATE FUNCTION privado.cupo_bloquear(p_ped_codigos text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT FROM datos.cupo AS c
    WHERE c.prd_codigo IN (
        SELECT r.prd_codigo FROM datos.reserva AS r WHERE r.ped_codigo = ANY (p_ped_codigos) AND r.res_estado = 'VIVA'
    )
    ORDER BY c.prd_codigo
    FOR NO KEY UPDATE
$$;

-- Ends the live reservations of an order: sold, or back on the shelf.
CREATE FUNCTION privado.cupo_soltar(p_ped_codigo text, p_vendido boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_reserva record;
BEGIN
    FOR v_reserva IN
        SELECT r.prd_codigo, r.res_cantidad
        FROM datos.reserva AS r
        WHERE r.ped_codigo = p_ped_codigo AND r.res_estado = 'VIVA'
        ORDER BY r.prd_codigo
    LOOP
        UPDATE datos.cupo
        SET
            reservado = reservado - v_reserva.res_cantidad,
            vendido = vendido + CASE WHEN p_vendido THEN v_reserva.res_cantidad ELSE 0 END
        WHERE prd_codigo = v_reserva.prd_codigo;
    END LOOP;
    UPDATE datos.reserva
    SET res_estado = CASE WHEN p_vendido THEN 'CONSUMIDA' ELSE 'LIBERADA' END
    WHERE ped_codigo = p_ped_codigo AND res_estado = 'VIVA';
END
$$;

-- Grants and policies ------------------------------------------------------------------------------------------------

-- Visitors learn what is left, not how much was sold.
GRANT SELECT (prd_codigo, disponible) ON datos.cupo TO ecom_publico, ecom_cliente;
GRANT SELECT ON datos.cupo TO personal, puente;
GRANT SELECT, INSERT, UPDATE ON datos.cupo, datos.cupo_movimiento TO ecom_api;

CREATE POLICY cupo_todos ON datos.cupo USING (true);
CREATE POLICY cupo_movimiento_todos ON datos.cupo_movimiento USING (true);
