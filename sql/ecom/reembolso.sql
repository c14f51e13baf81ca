-- Reembolso: giving back what an order was paid with, all of it or by line.
--
-- A refund is an intent here, a nota de crédito at the POS, and money at the provider, in that order and each once
-- under the refund's own key. Staff ask for it (TIENDA), or somebody credited or annulled the invoice at the counter and
-- the bridge tells (MOSTRADOR). The POS alone decides what may come back: what it refuses for good ends as RECHAZADO, and
-- if it turns out that it did credit it, its word holds. Nobody waits for anybody under a lock: whatever dies on the way
-- is taken up where it stopped. The money is in reembolso_dinero.sql.
--
-- Shipping is a line like any other: a refund of all gives it back, one of some lines only if it is among them.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A refund with its lines; their amounts once it is credited. It reads the columns that a shopper may read.
CREATE FUNCTION privado.reembolso_json(p_ree_id uuid) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'reembolso', r.ree_id,
        'ped_codigo', r.ped_codigo,
        'estado', r.ree_estado,
        'origen', r.ree_origen,
        'medio', r.ree_medio,
        'motivo', r.ree_motivo,
        'monto', r.ree_monto::text,
        'documento', r.ree_documento,
        'nota_credito', r.ree_numero,
        'fecha', r.ree_fecha,
        'resuelto', r.ree_resuelto,
        'lineas', (
            SELECT coalesce(json_agg(json_build_object(
                'prd_codigo', d.prd_codigo,
                'cantidad', trim_scale(d.cantidad),
                'a_stock', d.a_stock,
                'monto', (d.subtotal + d.iva)::text
            ) ORDER BY d.prd_codigo), '[]')
            FROM datos.reembolso_detalle AS d
            WHERE d.ree_id = r.ree_id
        )
    )
    FROM datos.reembolso AS r
    WHERE r.ree_id = p_ree_id
$$;

GRANT EXECUTE ON FUNCTION privado.reembolso_json(uuid) TO ecom_cliente, admin, adm_ventas, ventas, contador, auditor;

-- The refunds of an order that the caller may see, oldest first.
CREATE FUNCTION privado.pedido_reembolsos(p_ped_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(privado.reembolso_json(r.ree_id) ORDER BY r.ree_fecha, r.ree_id), '[]')
    FROM datos.reembolso AS r
    WHERE r.ped_codigo = p_ped_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.pedido_reembolsos(text)
TO ecom_cliente, admin, adm_ventas, ventas, contador, auditor;

-- One refund for the staff: who asked, by which rule it was refused if it was, and why it waits if it does.
CREATE FUNCTION api.reembolso_obtener(p_reembolso uuid) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.json_unir(privado.reembolso_json(r.ree_id), json_build_object(
        'usr_id', r.usr_id, 'clase', r.ree_clase, 'regla', r.ree_regla, 'error', r.ree_error,
        'intentos', r.ree_intentos, 'negado', r.ree_negado, 'desistido', r.ree_desistido,
        'desiste', r.ree_desiste, 'soltado', r.ree_soltado
    ))
    FROM datos.reembolso AS r
    WHERE r.ree_id = p_reembolso
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_obtener(uuid) TO admin, adm_ventas, ventas, contador, auditor;

-- Refunds the POS has to credit and whose turn it is; or the one named, whenever its turn is.
CREATE FUNCTION api.reembolso_por_acreditar(p_limite int DEFAULT 20, p_reembolso uuid DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'reembolso', g.ree_id, 'ped_codigo', g.ped_codigo, 'motivo', g.ree_motivo, 'solicita', g.usr_id,
        'facturado', g.fac_codigo IS NOT NULL,
        'lineas', (
            SELECT json_agg(json_build_object(
                'prd_codigo', d.prd_codigo, 'cantidad', d.cantidad::text, 'a_stock', d.a_stock
            ) ORDER BY d.prd_codigo)
            FROM datos.reembolso_detalle AS d
            WHERE d.ree_id = g.ree_id
        )
    )), '[]')
    FROM (
        SELECT r.ree_id, r.ped_codigo, r.ree_motivo, r.usr_id, p.fac_codigo
        FROM datos.reembolso AS r
        JOIN datos.pedido AS p USING (ped_codigo)
        WHERE
            r.ree_estado = 'PENDIENTE'
            AND (CASE WHEN p_reembolso IS NULL THEN r.ree_reintentar <= now() ELSE r.ree_id = p_reembolso END)
        ORDER BY r.ree_reintentar, r.ree_id
        LIMIT p_limite
    ) AS g
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_por_acreditar(int, uuid) TO puente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Refuses lines that cannot be asked back, as far as the shop knows; the POS judges again.
CREATE FUNCTION privado.reembolso_juzgar(p_ped_codigo text, p_prd_codigo text[], p_cantidad numeric[]) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v record;
BEGIN
    SELECT
        count(*) AS lineas,
        count(DISTINCT l.prd_codigo) AS distintas,
        count(*) FILTER (WHERE d.prd_codigo IS NULL) AS ajenas,
        count(*) FILTER (WHERE NOT coalesce(l.cantidad > 0 AND l.cantidad = round(l.cantidad, 3), false)) AS malas,
        count(*) FILTER (WHERE l.cantidad > d.pxpe_cantidad - privado.pedido_devuelto(p_ped_codigo, l.prd_codigo)) AS de_mas
    INTO v
    FROM unnest(p_prd_codigo, p_cantidad) AS l (prd_codigo, cantidad)
    LEFT JOIN datos.pedido_detalle AS d ON d.ped_codigo = p_ped_codigo AND d.prd_codigo = l.prd_codigo;
    IF v.lineas = 0 THEN
        PERFORM privado.rechazar(422, 'retorno_con_lineas', 'La devolución no tiene líneas.');
    ELSIF v.distintas < v.lineas THEN
        PERFORM privado.rechazar(422, 'retorno_detalle_unico', 'Cada línea va una vez por retorno.');
    ELSIF v.ajenas > 0 THEN
        PERFORM privado.rechazar(422, 'linea_del_pedido', 'El producto no es de ese pedido.');
    ELSIF v.malas > 0 THEN
        PERFORM privado.rechazar(422, 'cantidad_positiva', 'La cantidad debe ser mayor que cero y tener hasta tres decimales.');
    ELSIF v.de_mas > 0 THEN
        PERFORM privado.rechazar(409, 'retorno_dentro_de_lo_vendido', 'No se devuelve más de lo vendido.');
    END IF;
END
$$;

-- How much of a line the shop knows to have come back.
CREATE FUNCTION privado.pedido_devuelto(p_ped_codigo text, p_prd_codigo text) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(d.cantidad), 0)
    FROM datos.reembolso AS r
    JOIN datos.reembolso_detalle AS d USING (ree_id)
    WHERE r.ped_codigo = p_ped_codigo AND d.prd_codigo = p_prd_codigo AND r.ree_estado IN ('ACREDITADO', 'HECHO')
$$;

-- Asks for a refund of lines of an order, or of all that is left of it. Only the intent: carrying it out is the bridge's,
-- which is given five seconds before the sweep looks. One at a time waits for the POS.
CREATE FUNCTION api.reembolso_pedir(
    p_ped_codigo text, p_motivo text,
    p_prd_codigo text[] DEFAULT NULL, p_cantidad numeric[] DEFAULT NULL, p_a_stock boolean[] DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_pedido datos.pedido;
    v_ree datos.reembolso;
BEGIN
    SELECT p.* INTO v_pedido FROM datos.pedido AS p WHERE p.ped_codigo = p_ped_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'pedido_existe', 'No existe ese pedido.');
    ELSIF v_pedido.ped_estado NOT IN ('PAGADO', 'FACTURADO', 'ENVIADO', 'ENTREGADO') THEN
        PERFORM privado.rechazar(
            409, 'pedido_reembolsable', 'Se reembolsa lo que se pagó y no se ha devuelto ya entero.'
        );
    ELSIF EXISTS (
        SELECT FROM datos.reembolso AS r WHERE r.ped_codigo = p_ped_codigo AND r.ree_estado = 'PENDIENTE'
    ) THEN
        PERFORM privado.rechazar(409, 'reembolso_en_curso', 'El pedido tiene otro reembolso en curso; espere a que termine.');
    ELSIF coalesce(btrim(p_motivo), '') = '' THEN
        PERFORM privado.rechazar(422, 'motivo_requerido', 'El reembolso necesita un motivo.');
    ELSIF p_prd_codigo IS NOT NULL THEN
        PERFORM privado.reembolso_juzgar(p_ped_codigo, p_prd_codigo, p_cantidad);
    END IF;
    INSERT INTO datos.reembolso AS r (ped_codigo, ree_motivo, ree_reintentar)
    VALUES (p_ped_codigo, btrim(p_motivo), now() + interval '5 seconds')
    RETURNING r.* INTO v_ree;
    INSERT INTO datos.reembolso_detalle (ree_id, prd_codigo, cantidad, a_stock)
    SELECT v_ree.ree_id, l.prd_codigo, l.cantidad, coalesce(l.a_stock, true)
    FROM unnest(p_prd_codigo, p_cantidad, p_a_stock) AS l (prd_codigo, cantidad, a_stock);
    RETURN privado.reembolso_json(v_ree.ree_id);
END
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_pedir(text, text, text[], numeric[], boolean[]) TO admin, adm_ventas;

-- Notes that the POS refused a refund for good.
CREATE FUNCTION api.reembolso_rechazar(p_reembolso uuid, p_clase int, p_regla text, p_error text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.reembolso
    SET
        ree_estado = 'RECHAZADO', ree_clase = p_clase, ree_regla = p_regla, ree_error = left(p_error, 500),
        ree_resuelto = now()
    WHERE ree_id = p_reembolso AND ree_estado = 'PENDIENTE'
    RETURNING json_build_object('reembolso', ree_id, 'estado', ree_estado)
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_rechazar(uuid, int, text, text) TO puente;

-- Notes why a refund could not go on, and when to try again: later each time, up to ten minutes. p_negada: the provider
-- refused it, in that turn.
CREATE FUNCTION api.reembolso_fallar(p_reembolso uuid, p_error text, p_negada int DEFAULT NULL) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.reembolso
    SET
        ree_intentos = ree_intentos + 1,
        ree_negado = CASE WHEN p_negada = ree_vuelta THEN coalesce(ree_negado, now()) ELSE ree_negado END,
        ree_error = left(p_error, 500),
        ree_reintentar = now() + least(power(2, least(ree_intentos, 10)), 600) * interval '1 second'
    WHERE ree_id = p_reembolso AND ree_estado IN ('PENDIENTE', 'ACREDITADO')
    RETURNING json_build_object('reembolso', ree_id, 'intentos', ree_intentos, 'reintentar', ree_reintentar)
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_fallar(uuid, text, int) TO puente;

-- Triggers -----------------------------------------------------------------------------------------------------------

-- What was asked, who desisted and how it ended; the tries in between are not audited.
CREATE TRIGGER reembolso_auditoria
AFTER INSERT OR DELETE OR UPDATE OF ree_estado, ree_desistido, ree_soltado ON datos.reembolso
FOR EACH ROW EXECUTE FUNCTION privado.auditar('ree_id');

CREATE TRIGGER reembolso_detalle_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.reembolso_detalle
FOR EACH ROW EXECUTE FUNCTION privado.auditar('ree_id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT (
    ree_id, ped_codigo, ree_estado, ree_origen, ree_medio, ree_motivo, ree_monto, ree_documento, ree_numero, ree_fecha,
    ree_resuelto
) ON datos.reembolso TO ecom_cliente;
GRANT SELECT ON datos.reembolso, datos.reembolso_detalle TO admin, adm_ventas, ventas, contador, auditor;
GRANT SELECT ON datos.reembolso_detalle TO ecom_cliente;
GRANT SELECT, INSERT, UPDATE ON datos.reembolso, datos.reembolso_detalle TO ecom_api;

-- What was refused is the staff's business.
CREATE POLICY reembolso_propio ON datos.reembolso USING (
    (SELECT privado.ve_pedidos())
    OR (
        ree_estado <> 'RECHAZADO'
        AND ped_codigo IN (SELECT p.ped_codigo FROM datos.pedido AS p WHERE p.usr_id = (SELECT privado.comprador()))
    )
);
CREATE POLICY reembolso_detalle_propio ON datos.reembolso_detalle USING (
    (SELECT privado.ve_pedidos()) OR ree_id IN (SELECT r.ree_id FROM datos.reembolso AS r)
);
