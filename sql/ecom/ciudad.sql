-- Ciudad: where the shop ships to, and for how much. Cities come from the POS; the price of shipping is the shop's own,
-- set by the administrator. A city without one costs the setting envio_defecto.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The price of shipping to a city.
CREATE FUNCTION privado.envio_precio(p_ct_envio numeric) RETURNS numeric(12,2)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(p_ct_envio, privado.ajuste('envio_defecto')::numeric)::numeric(12,2)
$$;

GRANT EXECUTE ON FUNCTION privado.envio_precio(numeric) TO ecom_publico, ecom_cliente, personal;

-- Every city by name with its shipping price, as a bare array for selects.
CREATE FUNCTION api.ciudad_listar() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        json_agg(
            json_build_object(
                'ct_codigo', c.ct_codigo,
                'ct_descripcion', c.ct_descripcion,
                'ct_envio', privado.envio_precio(c.ct_envio)::text
            )
            ORDER BY privado.normalizar(c.ct_descripcion)
        ),
        '[]'
    )
    FROM datos.ciudad AS c
    WHERE c.ct_estado = 'ACT'
$$;

GRANT EXECUTE ON FUNCTION api.ciudad_listar() TO ecom_publico, ecom_cliente, personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Sets what shipping to a city costs.
CREATE FUNCTION api.ciudad_actualizar(p_ct_codigo text, p_ct_envio numeric) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_answer json;
BEGIN
    UPDATE datos.ciudad AS c
    SET ct_envio = coalesce(p_ct_envio, c.ct_envio)
    WHERE c.ct_codigo = p_ct_codigo
    RETURNING json_build_object(
        'ct_codigo', c.ct_codigo,
        'ct_descripcion', c.ct_descripcion,
        'ct_envio', privado.envio_precio(c.ct_envio)::text
    ) INTO v_answer;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'ciudad_existe', 'No existe esa ciudad.');
    END IF;
    RETURN v_answer;
END
$$;

GRANT EXECUTE ON FUNCTION api.ciudad_actualizar(text, numeric) TO admin;

-- No address is written in a city the POS retired. After the foreign key's own trigger.
CREATE FUNCTION privado.ciudad_vigente() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.ct_codigo IS NOT DISTINCT FROM OLD.ct_codigo THEN
        RETURN NULL;
    ELSIF EXISTS (SELECT FROM datos.ciudad AS c WHERE c.ct_codigo = NEW.ct_codigo AND c.ct_estado = 'INA') THEN
        PERFORM privado.rechazar(422, 'ciudad_activa', 'Ya no hay envíos a esa ciudad: elija otra.');
    END IF;
    RETURN NULL;
END
$$;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER ciudad_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.ciudad
FOR EACH ROW EXECUTE FUNCTION privado.auditar('ct_codigo');

CREATE TRIGGER direccion_ciudad_vigente AFTER INSERT OR UPDATE OF ct_codigo ON datos.direccion
FOR EACH ROW EXECUTE FUNCTION privado.ciudad_vigente();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.ciudad TO ecom_publico, ecom_cliente, personal;
GRANT SELECT, INSERT, UPDATE ON datos.ciudad TO ecom_api;

CREATE POLICY ciudad_todas ON datos.ciudad USING (true);
