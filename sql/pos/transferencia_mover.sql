-- Transferencia, the acts: sending, receiving, taking back, writing off.
--
-- The transfer's row is locked first and goods in item order after it, so two people at the same box take turns. Acts
-- without lines are about everything still on the way.

-- Judging ------------------------------------------------------------------------------------------------------------

-- Refuses lines that are none, name an item twice or one that does not exist, or have no quantity.
CREATE FUNCTION privado.transferencia_juzgar(p_itm text[], p_cantidad numeric[]) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v record;
BEGIN
    SELECT
        count(*) AS lineas,
        count(DISTINCT l.itm) AS distintos,
        count(*) FILTER (WHERE privado.articulo_nombre(l.itm) IS NULL) AS ajenos,
        count(*) FILTER (WHERE NOT coalesce(l.cantidad > 0 AND l.cantidad < 'NaN', false)) AS vacias
    INTO v
    FROM unnest(p_itm, p_cantidad) AS l (itm, cantidad);
    IF v.lineas = 0 THEN
        PERFORM privado.rechazar(422, 'transferencia_con_lineas', 'El envío no tiene líneas.');
    ELSIF v.ajenos > 0 THEN
        PERFORM privado.rechazar(422, 'articulo_existe', 'Una línea nombra un artículo que no existe.');
    ELSIF v.distintos < v.lineas THEN
        PERFORM privado.rechazar(422, 'transferencia_detalle_unico', 'Cada artículo va una vez por envío.');
    ELSIF v.vacias > 0 THEN
        PERFORM privado.rechazar(422, 'transferencia_cantidad_positiva', 'La cantidad debe ser mayor que cero.');
    END IF;
END
$$;

-- The branch of the bodega a transfer goes to: an active one of any branch. Held until the act ends.
CREATE FUNCTION privado.transferencia_destino(p_origen text, p_destino text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bodega datos.bodega;
BEGIN
    SELECT b.* INTO v_bodega FROM datos.bodega AS b WHERE b.bod_codigo = p_destino FOR KEY SHARE;
    IF NOT FOUND OR v_bodega.eta_codigo IS NULL OR v_bodega.bod_estado = 'INA' THEN
        PERFORM privado.rechazar(422, 'transferencia_destino_existe', 'La bodega de destino no existe.');
    ELSIF p_destino = p_origen THEN
        PERFORM privado.rechazar(422, 'transferencia_entre_dos', 'El origen y el destino son bodegas distintas.');
    END IF;
    RETURN v_bodega.eta_codigo;
END
$$;

-- Locks a transfer the caller sees.
CREATE FUNCTION privado.transferencia_bloquear(p_tra_codigo text) RETURNS datos.transferencia
LANGUAGE plpgsql AS $$
DECLARE
    v_transferencia datos.transferencia;
BEGIN
    SELECT t.* INTO v_transferencia FROM datos.transferencia AS t WHERE t.tra_codigo = p_tra_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'transferencia_existe', 'No existe ese envío.');
    ELSIF v_transferencia.tra_estado NOT IN ('ENVIADA', 'PARCIAL') THEN
        PERFORM privado.rechazar(409, 'transferencia_en_camino', 'El envío ya no tiene nada en camino.');
    END IF;
    RETURN v_transferencia;
END
$$;

-- Refuses who does not stand at that end of a transfer.
CREATE FUNCTION privado.transferencia_extremo(p_eta text, p_rule text, p_message text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_eta <> ALL (privado.mis_establecimientos()) THEN
        PERFORM privado.rechazar(403, p_rule, p_message);
    END IF;
END
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Moves one line's units from TRANSITO to a bodega, or out of the books if none is named, with their part of the
-- line's value. Answers that value.
CREATE FUNCTION privado.transferencia_mover(
    p_transferencia datos.transferencia, p_linea datos.transferencia_detalle, p_cantidad numeric, p_hacia text,
    p_motivo text
) RETURNS numeric
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_valor numeric := CASE
        WHEN p_cantidad = p_linea.pendiente THEN p_linea.valor_pendiente
        ELSE privado.kardex_proporcion(p_linea.valor_pendiente, p_cantidad, p_linea.pendiente)
    END;
    v_sale record;
BEGIN
    IF p_hacia IS NOT NULL THEN
        RETURN privado.kardex_trasladar(
            p_linea.itm_codigo, 'TRANSITO', p_hacia, p_cantidad, 'TRA', p_linea.tra_codigo, v_valor
        );
    END IF;
    SELECT * INTO v_sale
    FROM privado.kardex_registrar(
        p_linea.itm_codigo, 'TRANSITO', 'BAJ', p_cantidad, v_valor, 'TRA', p_linea.tra_codigo, p_razon => p_motivo
    );
    PERFORM privado.asentar(
        p_transferencia.eta_origen, 'TRA', p_linea.tra_codigo, 'Baja de mercadería en tránsito',
        ARRAY['INVENTARIO', 'MERMA'], ARRAY['', ''], ARRAY[v_sale.inventario_delta, -v_sale.inventario_delta]
    );
    RETURN v_sale.valor;
END
$$;

-- Ends the way of some units of a locked transfer, or of all: they are RECIBIDA, DEVUELTA or a BAJA.
CREATE FUNCTION privado.transferencia_concluir(
    p_transferencia datos.transferencia, p_como text, p_itm text[], p_cantidad numeric[], p_motivo text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo CONSTANT text := p_transferencia.tra_codigo;
    v_hacia CONSTANT text := CASE p_como
        WHEN 'RECIBIDA' THEN p_transferencia.bod_destino WHEN 'DEVUELTA' THEN p_transferencia.bod_origen
    END;
    v_linea datos.transferencia_detalle;
    v_cantidad numeric;
    v_valor numeric;
BEGIN
    IF p_itm IS NULL THEN
        SELECT array_agg(d.itm_codigo), array_agg(d.pendiente) INTO p_itm, p_cantidad
        FROM datos.transferencia_detalle AS d WHERE d.tra_codigo = v_codigo AND d.pendiente > 0;
    END IF;
    PERFORM privado.transferencia_juzgar(p_itm, p_cantidad);
    IF p_itm && ARRAY(
        SELECT l.itm FROM unnest(p_itm, p_cantidad) AS l (itm, cantidad)
        LEFT JOIN datos.transferencia_detalle AS d ON d.tra_codigo = v_codigo AND d.itm_codigo = l.itm
        WHERE d.pendiente IS NULL OR l.cantidad > d.pendiente
    ) THEN
        PERFORM privado.rechazar(
            409, 'transferencia_dentro_de_lo_enviado', 'No llega, vuelve ni se pierde más de lo que está en camino.'
        );
    END IF;
    FOR v_linea IN
        SELECT d.* FROM datos.transferencia_detalle AS d
        WHERE d.tra_codigo = v_codigo AND d.itm_codigo = ANY (p_itm) ORDER BY d.itm_codigo
    LOOP
        v_cantidad := p_cantidad[array_position(p_itm, v_linea.itm_codigo)];
        v_valor := privado.transferencia_mover(p_transferencia, v_linea, v_cantidad, v_hacia, p_motivo);
        UPDATE datos.transferencia_detalle AS d
        SET
            recibida = d.recibida + CASE p_como WHEN 'RECIBIDA' THEN v_cantidad ELSE 0 END,
            devuelta = d.devuelta + CASE p_como WHEN 'DEVUELTA' THEN v_cantidad ELSE 0 END,
            baja = d.baja + CASE p_como WHEN 'BAJA' THEN v_cantidad ELSE 0 END,
            valor_pendiente = d.valor_pendiente - v_valor
        WHERE d.tra_codigo = v_codigo AND d.itm_codigo = v_linea.itm_codigo;
    END LOOP;
    UPDATE datos.transferencia AS t
    SET
        tra_estado = (
            SELECT CASE
                WHEN sum(d.pendiente) > 0 THEN 'PARCIAL'
                WHEN sum(d.recibida) = sum(d.cantidad) THEN 'RECIBIDA' ELSE 'CERRADA'
            END
            FROM datos.transferencia_detalle AS d WHERE d.tra_codigo = v_codigo
        ),
        tra_motivo = coalesce(p_motivo, t.tra_motivo)
    WHERE t.tra_codigo = v_codigo;
END
$$;

-- Sends goods of `bodega`, or of the caller's own: parallel arrays of item and quantity.
CREATE FUNCTION api.transferencia_crear(
    p_bodega_destino text, p_itm_codigo text[], p_cantidad numeric[],
    p_bodega text DEFAULT NULL, p_tra_observacion text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := privado.codigo('TRA', 7, nextval('datos.transferencia_numero'));
    v_origen text := privado.bodega_propia(p_bodega);
    v_eta_destino text := privado.transferencia_destino(v_origen, p_bodega_destino);
    v_linea record;
BEGIN
    PERFORM privado.transferencia_juzgar(p_itm_codigo, p_cantidad);
    INSERT INTO datos.transferencia (tra_codigo, eta_origen, bod_origen, eta_destino, bod_destino, tra_observacion)
    SELECT v_codigo, b.eta_codigo, v_origen, v_eta_destino, p_bodega_destino, btrim(coalesce(p_tra_observacion, ''))
    FROM datos.bodega AS b WHERE b.bod_codigo = v_origen;
    FOR v_linea IN
        SELECT l.itm, l.cantidad FROM unnest(p_itm_codigo, p_cantidad) AS l (itm, cantidad) ORDER BY l.itm
    LOOP
        INSERT INTO datos.transferencia_detalle (tra_codigo, itm_codigo, cantidad, valor, valor_pendiente)
        SELECT v_codigo, v_linea.itm, v_linea.cantidad, m.valor, m.valor
        FROM privado.kardex_trasladar(
            v_linea.itm, v_origen, 'TRANSITO', v_linea.cantidad, 'TRA', v_codigo
        ) AS m (valor);
    END LOOP;
    RETURN privado.transferencia_documento(v_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.transferencia_crear(text, text[], numeric[], text, text) TO bodega, adm_bodega, admin;

-- Receives at the destination what came.
CREATE FUNCTION api.transferencia_recibir(
    p_tra_codigo text, p_itm_codigo text[] DEFAULT NULL, p_cantidad numeric[] DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_transferencia datos.transferencia := privado.transferencia_bloquear(p_tra_codigo);
BEGIN
    PERFORM privado.transferencia_extremo(
        v_transferencia.eta_destino, 'transferencia_recibe_destino', 'El envío lo recibe quien está en su destino.'
    );
    PERFORM privado.transferencia_concluir(v_transferencia, 'RECIBIDA', p_itm_codigo, p_cantidad);
    RETURN privado.transferencia_documento(p_tra_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.transferencia_recibir(text, text[], numeric[]) TO bodega, adm_bodega, admin;

-- Takes back to the origin what did not arrive.
CREATE FUNCTION api.transferencia_devolver(
    p_tra_codigo text, p_itm_codigo text[] DEFAULT NULL, p_cantidad numeric[] DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_transferencia datos.transferencia := privado.transferencia_bloquear(p_tra_codigo);
BEGIN
    PERFORM privado.transferencia_extremo(
        v_transferencia.eta_origen, 'transferencia_vuelve_origen', 'El envío lo retira quien está en su origen.'
    );
    PERFORM privado.transferencia_concluir(v_transferencia, 'DEVUELTA', p_itm_codigo, p_cantidad);
    RETURN privado.transferencia_documento(p_tra_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.transferencia_devolver(text, text[], numeric[]) TO bodega, adm_bodega, admin;

-- Writes off what was lost on the way, with a reason.
CREATE FUNCTION api.transferencia_baja(
    p_tra_codigo text, p_motivo text DEFAULT NULL, p_itm_codigo text[] DEFAULT NULL, p_cantidad numeric[] DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_transferencia datos.transferencia := privado.transferencia_bloquear(p_tra_codigo);
    v_motivo text := btrim(coalesce(p_motivo, ''));
BEGIN
    IF v_motivo = '' THEN
        PERFORM privado.rechazar(422, 'razon_requerida', 'La baja necesita una razón.');
    END IF;
    PERFORM privado.transferencia_concluir(v_transferencia, 'BAJA', p_itm_codigo, p_cantidad, v_motivo);
    RETURN privado.transferencia_documento(p_tra_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.transferencia_baja(text, text, text[], numeric[]) TO adm_bodega, admin;
