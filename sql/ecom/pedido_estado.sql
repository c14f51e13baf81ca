-- Pedido, its states: when it came to each, and the two steps that people take.
--
-- FACTURADO -> ENVIADO -> ENTREGADO is what the staff who sell say of an order; nothing is skipped and nothing goes
-- back. An order that is picked up is ENVIADO when it is ready. Every other state is the effect of another act: paying,
-- invoicing, giving up, giving back.

-- Reading ------------------------------------------------------------------------------------------------------------

-- When an order came to each of its states, in order; who said so is for the staff.
CREATE FUNCTION privado.pedido_historial(p_ped_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT privado.ve_pedidos() THEN
        RETURN (
            SELECT json_agg(json_build_object(
                'estado', h.ped_estado, 'fecha', h.pes_fecha, 'observacion', h.pes_observacion, 'usr_id', NULL
            ) ORDER BY h.pes_fecha)
            FROM datos.pedido_estado AS h
            WHERE h.ped_codigo = p_ped_codigo
        );
    END IF;
    RETURN (
        SELECT json_agg(json_build_object(
            'estado', h.ped_estado, 'fecha', h.pes_fecha, 'observacion', h.pes_observacion, 'usr_id', h.usr_id
        ) ORDER BY h.pes_fecha)
        FROM datos.pedido_estado AS h
        WHERE h.ped_codigo = p_ped_codigo
    );
END
$$;

GRANT EXECUTE ON FUNCTION privado.pedido_historial(text)
TO ecom_cliente, admin, adm_ventas, ventas, contador, auditor;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Writes down that an order came to a state, unless whoever brought it there already did.
CREATE FUNCTION privado.pedido_estado_anotar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO datos.pedido_estado (ped_codigo, ped_estado, pes_fecha)
    VALUES (NEW.ped_codigo, NEW.ped_estado, clock_timestamp())
    ON CONFLICT ON CONSTRAINT pedido_estado_unico DO NOTHING;
    RETURN NULL;
END
$$;

-- Tells the buyer that an order left, or is ready for who picks it up.
CREATE FUNCTION privado.pedido_avisar_envio(p_pedido datos.pedido, p_observacion text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.correo_encolar('pedido_enviado', p_pedido.cli_mail, jsonb_build_object(
        'pedido', p_pedido.ped_codigo,
        'factura', p_pedido.fac_numero,
        'nombre', p_pedido.cli_nombre,
        'novedad', CASE
            WHEN p_pedido.dir_ct_codigo IS NULL THEN 'está listo para retirar' ELSE 'va en camino'
        END,
        'direccion', nullif(concat_ws(', ', nullif(p_pedido.dir_calle, ''), nullif(p_pedido.dir_referencia, '')), ''),
        'observacion', p_observacion
    ))
$$;

-- Takes an order to its next state, ENVIADO or ENTREGADO; one that is there already stays as it is.
CREATE FUNCTION api.pedido_estado_cambiar(p_ped_codigo text, p_estado text, p_observacion text DEFAULT NULL)
RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_observacion text := coalesce(btrim(p_observacion), '');
    v_pedido datos.pedido;
BEGIN
    SELECT p.* INTO v_pedido FROM datos.pedido AS p WHERE p.ped_codigo = p_ped_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'pedido_existe', 'No existe ese pedido.');
    ELSIF v_pedido.ped_estado = p_estado THEN
        RETURN privado.pedido_json(v_pedido);
    ELSIF (v_pedido.ped_estado, p_estado) NOT IN (('FACTURADO', 'ENVIADO'), ('ENVIADO', 'ENTREGADO')) THEN
        PERFORM privado.rechazar(
            409, 'pedido_estado_siguiente', 'Un pedido facturado se envía y uno enviado se entrega; nada más.'
        );
    END IF;
    INSERT INTO datos.pedido_estado (ped_codigo, ped_estado, pes_fecha, pes_observacion)
    VALUES (p_ped_codigo, p_estado, clock_timestamp(), v_observacion);
    UPDATE datos.pedido AS p SET ped_estado = p_estado WHERE p.ped_codigo = p_ped_codigo RETURNING p.* INTO v_pedido;
    IF p_estado = 'ENVIADO' THEN
        PERFORM privado.pedido_avisar_envio(v_pedido, v_observacion);
    END IF;
    RETURN privado.pedido_json(v_pedido);
END
$$;

GRANT EXECUTE ON FUNCTION api.pedido_estado_cambiar(text, text, text) TO admin, adm_ventas, ventas;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_pedido_estado_con_fecha() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.ped_codigo
    FROM datos.pedido AS p
    LEFT JOIN datos.pedido_estado AS h USING (ped_codigo, ped_estado)
    WHERE h.ped_codigo IS NULL
$$;

COMMENT ON FUNCTION privado.doctor_pedido_estado_con_fecha()
IS 'De cada pedido consta cuándo llegó a su estado.';

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER pedido_estado_anotar AFTER INSERT OR UPDATE OF ped_estado ON datos.pedido
FOR EACH ROW EXECUTE FUNCTION privado.pedido_estado_anotar();

CREATE TRIGGER pedido_estado_solo_agregar BEFORE UPDATE OR DELETE ON datos.pedido_estado
FOR EACH ROW EXECUTE FUNCTION privado.solo_agregar();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT (ped_codigo, ped_estado, pes_fecha, pes_observacion) ON datos.pedido_estado TO ecom_cliente;
GRANT SELECT ON datos.pedido_estado TO admin, adm_ventas, ventas, contador, auditor;
GRANT INSERT ON datos.pedido_estado TO ecom_api;

CREATE POLICY pedido_estado_propio ON datos.pedido_estado USING (
    (SELECT privado.ve_pedidos())
    OR ped_codigo IN (SELECT p.ped_codigo FROM datos.pedido AS p WHERE p.usr_id = (SELECT privado.comprador()))
);
