-- Ciudad: the cities an address can name. Codes are the airport-like ones people already use. Any staff reads them.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Every city by name, as a bare array for selects.
CREATE FUNCTION api.ciudad_listar() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        json_agg(json_build_object('ct_codigo', c.ct_codigo, 'ct_descripcion', c.ct_descripcion)
            ORDER BY privado.normalizar(c.ct_descripcion)),
        '[]'
    )
    FROM datos.ciudad AS c
$$;

GRANT EXECUTE ON FUNCTION api.ciudad_listar() TO personal;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER ciudad_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.ciudad
FOR EACH ROW EXECUTE FUNCTION privado.auditar('ct_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.ciudad TO personal, pos_api;

CREATE POLICY ciudad_todas ON datos.ciudad USING (true);
