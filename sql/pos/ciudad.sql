-- Ciudad: the cities an address can name. Codes are the airport-like ones people already use. Any staff reads them,
-- administrators write them. One that active clients or suppliers name is not retired; creating a retired one brings it
-- back. The bridge tells the shop.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A city as the API shows it.
CREATE FUNCTION privado.ciudad_fila(c datos.ciudad) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object('ct_codigo', c.ct_codigo, 'ct_descripcion', c.ct_descripcion)
$$;

GRANT EXECUTE ON FUNCTION privado.ciudad_fila(datos.ciudad) TO personal;

-- Every city by name, as a bare array for selects.
CREATE FUNCTION api.ciudad_listar() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(privado.ciudad_fila(c) ORDER BY privado.normalizar(c.ct_descripcion)), '[]')
    FROM datos.ciudad AS c
    WHERE c.ct_estado = 'ACT'
$$;

GRANT EXECUTE ON FUNCTION api.ciudad_listar() TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Adds a city, or brings a retired one back.
CREATE FUNCTION api.ciudad_crear(p_ct_codigo text, p_ct_descripcion text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ciudad datos.ciudad;
BEGIN
    INSERT INTO datos.ciudad AS c (ct_codigo, ct_descripcion)
    VALUES (upper(btrim(p_ct_codigo)), btrim(p_ct_descripcion))
    ON CONFLICT ON CONSTRAINT ciudad_unica DO UPDATE
    SET ct_descripcion = excluded.ct_descripcion, ct_estado = 'ACT'
    WHERE c.ct_estado = 'INA'
    RETURNING c.* INTO v_ciudad;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(409, 'ciudad_unica', 'Ya existe una ciudad con ese código.');
    END IF;
    RETURN privado.ciudad_fila(v_ciudad);
END
$$;

GRANT EXECUTE ON FUNCTION api.ciudad_crear(text, text) TO admin;

-- Locks an active city that is about to change.
CREATE FUNCTION privado.ciudad_bloquear(p_ct_codigo text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM datos.ciudad AS c WHERE c.ct_codigo = p_ct_codigo AND c.ct_estado = 'ACT' FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'ciudad_existe', 'No existe esa ciudad.');
    END IF;
END
$$;

-- Renames a city.
CREATE FUNCTION api.ciudad_actualizar(p_ct_codigo text, p_ct_descripcion text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ciudad datos.ciudad;
BEGIN
    PERFORM privado.ciudad_bloquear(p_ct_codigo);
    UPDATE datos.ciudad AS c
    SET ct_descripcion = coalesce(nullif(btrim(p_ct_descripcion), ''), c.ct_descripcion)
    WHERE c.ct_codigo = p_ct_codigo
    RETURNING c.* INTO v_ciudad;
    RETURN privado.ciudad_fila(v_ciudad);
END
$$;

GRANT EXECUTE ON FUNCTION api.ciudad_actualizar(text, text) TO admin;

-- Retires a city that nobody active lives in. Locked first: who is naming it right now is waited for.
CREATE FUNCTION api.ciudad_eliminar(p_ct_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.ciudad_bloquear(p_ct_codigo);
    IF privado.ciudad_en_uso(p_ct_codigo) THEN
        PERFORM privado.rechazar(409, 'ciudad_en_uso', 'La ciudad es de clientes o proveedores activos.');
    END IF;
    UPDATE datos.ciudad SET ct_estado = 'INA' WHERE ct_codigo = p_ct_codigo;
    RETURN json_build_object('message', 'Ciudad retirada.', 'ct_codigo', p_ct_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.ciudad_eliminar(text) TO admin;

-- Whether an active client or supplier names a city. DEFINER: whoever sees them.
CREATE FUNCTION privado.ciudad_en_uso(p_ct_codigo text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        EXISTS (SELECT FROM datos.cliente AS c WHERE c.ct_codigo = p_ct_codigo AND c.cli_estado <> 'INA')
        OR EXISTS (SELECT FROM datos.proveedor AS p WHERE p.ct_codigo = p_ct_codigo AND p.prv_estado <> 'INA')
$$;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER ciudad_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.ciudad
FOR EACH ROW EXECUTE FUNCTION privado.auditar('ct_codigo');

-- Nobody moves to a retired city. It runs after the foreign key's own trigger, whose lock keeps the city as it is.
CREATE FUNCTION privado.ciudad_vigente() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.ct_codigo IS NOT DISTINCT FROM OLD.ct_codigo THEN
        RETURN NULL;
    ELSIF EXISTS (SELECT FROM datos.ciudad AS c WHERE c.ct_codigo = NEW.ct_codigo AND c.ct_estado = 'INA') THEN
        PERFORM privado.rechazar(422, 'ciudad_activa', 'La ciudad fue retirada: elija otra.');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER cliente_ciudad_vigente AFTER INSERT OR UPDATE OF ct_codigo ON datos.cliente
FOR EACH ROW EXECUTE FUNCTION privado.ciudad_vigente();
CREATE TRIGGER proveedor_ciudad_vigente AFTER INSERT OR UPDATE OF ct_codigo ON datos.proveedor
FOR EACH ROW EXECUTE FUNCTION privado.ciudad_vigente();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.ciudad TO personal;
GRANT SELECT, INSERT, UPDATE ON datos.ciudad TO pos_api;

CREATE POLICY ciudad_todas ON datos.ciudad USING (true);
