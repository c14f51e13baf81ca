-- Unidad de medida: what a quantity counts. Any staff reads them.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Every unit by code, as a bare array for selects.
CREATE FUNCTION api.unidadmedida_listar() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        json_agg(json_build_object('um_codigo', u.um_codigo, 'um_descripcion', u.um_descripcion) ORDER BY u.um_codigo),
        '[]'
    )
    FROM datos.unidad_medida AS u
$$;

GRANT EXECUTE ON FUNCTION api.unidadmedida_listar() TO personal;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER unidad_medida_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.unidad_medida
FOR EACH ROW EXECUTE FUNCTION privado.auditar('um_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.unidad_medida TO personal, pos_api;

CREATE POLICY unidad_medida_todas ON datos.unidad_medida USING (true);
