-- Puente, cupo: the units of bodega WEB, which the shop alone may sell.
--
-- Somebody asks for so many units of a product unsold in WEB. That is only an intent: how many units it takes is known
-- to the shop, which may be selling them or be away. The bridge drives the oldest unfinished intent of a product:
--   1. it asks the shop how many units are unsold, and `cupo_web_decidir` writes down what to move. Upwards the units
--      leave the branch for WEB in the same act (SUBIENDO); downwards nothing moves yet (BAJANDO);
--   2. it tells the shop, under the intent's code: upwards the shop counts them, downwards it gives what is free;
--   3. `cupo_web_concluir`: downwards, what the shop gave leaves WEB. Both sides agree (APLICADO).
-- A unit is thus always in WEB before the shop may sell it, and no longer sellable before it leaves WEB. Each step is
-- written under the intent before the next is tried, so whatever dies in between is taken up where it stopped.
--
-- One product, one movement at a time: every act here locks the product first. Upwards, a branch with fewer units than
-- asked gives those it has; the answer says how many are unsold in the shop at the end (`concedido`).

-- Reading ------------------------------------------------------------------------------------------------------------

-- The name of an intent on both sides.
CREATE FUNCTION privado.cupo_web_codigo(p_cup_id bigint) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT privado.codigo('CUP', 7, p_cup_id)
$$;

-- An intent as whoever asked reads it; what was granted only once both sides agree.
CREATE FUNCTION privado.cupo_web_json(p_cupo datos.cupo_web) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'cup_id', p_cupo.cup_id,
        'prd_codigo', p_cupo.prd_codigo,
        'bodega', p_cupo.bod_codigo,
        'pedido', trim_scale(p_cupo.cup_pedido),
        'concedido', CASE
            WHEN p_cupo.cup_estado = 'APLICADO' THEN trim_scale(p_cupo.cup_sin_vender + p_cupo.cup_movido)
        END,
        'estado', CASE
            WHEN p_cupo.cup_estado IN ('APLICADO', 'REEMPLAZADO') THEN p_cupo.cup_estado ELSE 'PENDIENTE'
        END
    )
$$;

GRANT EXECUTE ON FUNCTION privado.cupo_web_json(datos.cupo_web) TO adm_bodega, admin, puente;

-- An intent as the bridge drives it: where it stopped, and what is to be moved at the shop.
CREATE FUNCTION privado.cupo_web_paso(p_cupo datos.cupo_web) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.json_unir(privado.cupo_web_json(p_cupo), json_build_object(
        'codigo', privado.cupo_web_codigo(p_cupo.cup_id),
        'paso', p_cupo.cup_estado,
        'mover', trim_scale(abs(CASE p_cupo.cup_estado WHEN 'SUBIENDO' THEN p_cupo.cup_movido ELSE p_cupo.cup_mover END))
    ))
$$;

-- One intent.
CREATE FUNCTION api.cupo_web_obtener(p_cup_id bigint) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.cupo_web_json(c) FROM datos.cupo_web AS c WHERE c.cup_id = p_cup_id
$$;

GRANT EXECUTE ON FUNCTION api.cupo_web_obtener(bigint) TO adm_bodega, admin, puente;

-- The oldest unfinished intent of a product; null when both sides agree.
CREATE FUNCTION api.cupo_web_siguiente(p_prd_codigo text) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.cupo_web_paso(c)
    FROM datos.cupo_web AS c
    WHERE c.prd_codigo = p_prd_codigo AND c.cup_estado IN ('PENDIENTE', 'SUBIENDO', 'BAJANDO')
    ORDER BY c.cup_id
    LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION api.cupo_web_siguiente(text) TO puente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Takes a product's turn: two acts on the same product never interleave. Sales do not wait for it.
CREATE FUNCTION privado.cupo_web_turno(p_prd_codigo text) RETURNS datos.producto
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_producto datos.producto;
BEGIN
    SELECT p.* INTO v_producto FROM datos.producto AS p WHERE p.prd_codigo = p_prd_codigo FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'producto_existe', 'No existe ese producto.');
    END IF;
    RETURN v_producto;
END
$$;

-- Locks an intent, after the turn of its product.
CREATE FUNCTION privado.cupo_web_tomar(p_cup_id bigint) RETURNS datos.cupo_web
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cupo datos.cupo_web;
BEGIN
    PERFORM privado.cupo_web_turno((SELECT c.prd_codigo FROM datos.cupo_web AS c WHERE c.cup_id = p_cup_id));
    SELECT c.* INTO STRICT v_cupo FROM datos.cupo_web AS c WHERE c.cup_id = p_cup_id FOR UPDATE;
    RETURN v_cupo;
END
$$;

-- Asks for p_cantidad units of a product unsold in WEB, moved from or to p_bodega (default: the caller's own). A newer
-- request replaces one that was not decided yet.
CREATE FUNCTION api.cupo_web_pedir(p_prd_codigo text, p_cantidad numeric, p_bodega text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bodega text := privado.bodega_propia(p_bodega);
    v_producto datos.producto := privado.cupo_web_turno(p_prd_codigo);
    v_cupo datos.cupo_web;
BEGIN
    IF v_producto.prd_tipo = 'SERVICIO' THEN
        PERFORM privado.rechazar(422, 'servicio_sin_existencia', 'Un servicio no tiene existencia.');
    ELSIF v_producto.prd_estado = 'INA' AND p_cantidad > 0 THEN
        PERFORM privado.rechazar(409, 'producto_activo', 'El producto ya no está a la venta.');
    ELSIF p_cantidad <> round(p_cantidad, 3) THEN
        PERFORM privado.rechazar(422, 'cantidad_valida', 'La cantidad lleva hasta tres decimales.');
    END IF;
    UPDATE datos.cupo_web SET cup_estado = 'REEMPLAZADO'
    WHERE prd_codigo = p_prd_codigo AND cup_estado = 'PENDIENTE';
    INSERT INTO datos.cupo_web (prd_codigo, bod_codigo, cup_pedido)
    VALUES (p_prd_codigo, v_bodega, p_cantidad)
    RETURNING * INTO v_cupo;
    PERFORM pg_notify('daf_puente', 'cupo');
    RETURN privado.cupo_web_json(v_cupo);
END
$$;

GRANT EXECUTE ON FUNCTION api.cupo_web_pedir(text, numeric, text) TO adm_bodega, admin;

-- Products with intents whose turn it is; each is this caller's for a while, so two workers share them out.
CREATE FUNCTION api.cupo_web_reclamar(p_limite int DEFAULT 20) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH turno AS (
        SELECT c.cup_id
        FROM datos.cupo_web AS c
        WHERE c.cup_estado IN ('PENDIENTE', 'SUBIENDO', 'BAJANDO') AND c.cup_reintentar <= now()
        ORDER BY c.cup_reintentar, c.cup_id
        LIMIT p_limite
        FOR UPDATE SKIP LOCKED
    ),
    reclamado AS (
        UPDATE datos.cupo_web AS c
        SET cup_reintentar = now() + interval '5 seconds'
        FROM turno AS t
        WHERE c.cup_id = t.cup_id
        RETURNING c.prd_codigo
    )
    SELECT coalesce(json_agg(DISTINCT r.prd_codigo), '[]') FROM reclamado AS r
$$;

GRANT EXECUTE ON FUNCTION api.cupo_web_reclamar(int) TO puente;

-- Decides what an intent moves, given the units the shop says are unsold; upwards it moves them. Decided once: asked
-- again, it answers what was decided.
CREATE FUNCTION api.cupo_web_decidir(p_cup_id bigint, p_sin_vender numeric) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cupo datos.cupo_web := privado.cupo_web_tomar(p_cup_id);
    v_mover numeric := v_cupo.cup_pedido - p_sin_vender;
    v_sube numeric := 0;
BEGIN
    IF v_cupo.cup_estado = 'PENDIENTE' THEN
        IF v_mover > 0 THEN
            v_sube := least(v_mover, (privado.existencia_bloquear(v_cupo.prd_codigo, v_cupo.bod_codigo)).exi_cantidad);
        END IF;
        IF v_sube > 0 THEN
            PERFORM privado.kardex_trasladar(
                v_cupo.prd_codigo, v_cupo.bod_codigo, 'WEB', v_sube, 'CUP', privado.cupo_web_codigo(p_cup_id)
            );
        END IF;
        UPDATE datos.cupo_web
        SET
            cup_estado = CASE WHEN v_sube > 0 THEN 'SUBIENDO' WHEN v_mover < 0 THEN 'BAJANDO' ELSE 'APLICADO' END,
            cup_sin_vender = p_sin_vender, cup_mover = v_mover, cup_movido = v_sube
        WHERE cup_id = p_cup_id
        RETURNING * INTO v_cupo;
    END IF;
    RETURN privado.cupo_web_paso(v_cupo);
END
$$;

GRANT EXECUTE ON FUNCTION api.cupo_web_decidir(bigint, numeric) TO puente;

-- Ends an intent the shop has acted on. Downwards, the units it gave leave WEB for the branch. Ended once.
CREATE FUNCTION api.cupo_web_concluir(p_cup_id bigint, p_concedido numeric) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cupo datos.cupo_web := privado.cupo_web_tomar(p_cup_id);
BEGIN
    IF v_cupo.cup_estado IN ('SUBIENDO', 'BAJANDO') THEN
        IF v_cupo.cup_estado = 'BAJANDO' AND p_concedido > 0 THEN
            PERFORM privado.kardex_trasladar(
                v_cupo.prd_codigo, 'WEB', v_cupo.bod_codigo, p_concedido, 'CUP', privado.cupo_web_codigo(p_cup_id)
            );
        END IF;
        UPDATE datos.cupo_web
        SET
            cup_movido = CASE cup_estado WHEN 'BAJANDO' THEN -p_concedido ELSE cup_movido END,
            cup_estado = 'APLICADO', cup_error = NULL
        WHERE cup_id = p_cup_id
        RETURNING * INTO v_cupo;
    END IF;
    RETURN privado.cupo_web_paso(v_cupo);
END
$$;

GRANT EXECUTE ON FUNCTION api.cupo_web_concluir(bigint, numeric) TO puente;

-- Notes why an intent could not go on, and when to try again: later each time, up to ten minutes.
CREATE FUNCTION api.cupo_web_fallar(p_prd_codigo text, p_error text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.cupo_web
    SET
        cup_intentos = cup_intentos + 1,
        cup_error = left(p_error, 500),
        cup_reintentar = now() + least(power(2, least(cup_intentos, 10)), 600) * interval '1 second'
    WHERE cup_id = (
        SELECT c.cup_id FROM datos.cupo_web AS c
        WHERE c.prd_codigo = p_prd_codigo AND c.cup_estado IN ('PENDIENTE', 'SUBIENDO', 'BAJANDO')
        ORDER BY c.cup_id LIMIT 1
    )
    RETURNING json_build_object('cup_id', cup_id, 'cup_intentos', cup_intentos, 'cup_reintentar', cup_reintentar)
$$;

GRANT EXECUTE ON FUNCTION api.cupo_web_fallar(text, text) TO puente;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_cupo_web_igual_kardex() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.cupo_web_codigo(c.cup_id)
    FROM datos.cupo_web AS c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(k.krd_signo * k.krd_cantidad), 0) AS cantidad
        FROM datos.kardex AS k
        WHERE k.doc_tipo = 'CUP' AND k.doc_codigo = privado.cupo_web_codigo(c.cup_id) AND k.bod_codigo = 'WEB'
    ) AS m
    WHERE m.cantidad <> c.cup_movido
$$;

COMMENT ON FUNCTION privado.doctor_cupo_web_igual_kardex()
IS 'Lo que movió cada pedido de cupo es lo que dice el kardex de WEB.';

CREATE FUNCTION privado.doctor_web_solo_cupo_y_ventas() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.krd_codigo::text
    FROM datos.kardex AS k
    WHERE
        k.bod_codigo = 'WEB'
        AND k.doc_tipo IS DISTINCT FROM 'CUP'
        AND NOT (
            k.doc_tipo = 'FAC' AND k.trn_cod = 'VEN'
            AND EXISTS (SELECT FROM datos.venta_web AS v WHERE v.fac_codigo = k.doc_codigo)
        )
$$;

COMMENT ON FUNCTION privado.doctor_web_solo_cupo_y_ventas()
IS 'A la bodega WEB solo la mueven el cupo y las ventas de la tienda.';

-- Triggers -----------------------------------------------------------------------------------------------------------

-- What was asked and how it ended; the tries in between are not audited.
CREATE TRIGGER cupo_web_auditoria AFTER INSERT OR DELETE OR UPDATE OF cup_estado ON datos.cupo_web
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cup_id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE ON datos.cupo_web TO pos_api;
GRANT SELECT ON datos.cupo_web TO adm_bodega, contador, auditor, admin, puente;

CREATE POLICY cupo_web_todos ON datos.cupo_web
USING ((SELECT privado.ve_todo()) OR bod_codigo = ANY ((SELECT privado.mis_bodegas())::text[]));
