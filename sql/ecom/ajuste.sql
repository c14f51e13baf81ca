-- Ajuste at the shop: a copy of the till's settings, what they accept included. Nobody changes them here but the bridge.

-- Takes the till's settings as they are there; whether one that prices depend on changed.
CREATE FUNCTION privado.ajuste_recibir(p_ajustes json) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_antes text := privado.ajuste_de_precios();
BEGIN
    INSERT INTO datos.ajuste AS a
    SELECT r.* FROM json_populate_recordset(NULL::datos.ajuste, p_ajustes) AS r
    ON CONFLICT (aju_clave) DO UPDATE SET
        aju_valor = excluded.aju_valor,
        aju_descripcion = excluded.aju_descripcion,
        aju_tipo = excluded.aju_tipo,
        aju_opciones = excluded.aju_opciones,
        aju_forma = excluded.aju_forma,
        aju_minimo = excluded.aju_minimo,
        aju_maximo = excluded.aju_maximo,
        aju_publico = excluded.aju_publico,
        aju_version = excluded.aju_version
    WHERE a.* IS DISTINCT FROM excluded.*;
    RETURN v_antes <> privado.ajuste_de_precios();
END
$$;

-- The settings that a price the shop shows depends on, as one text: a shop that counts IVA otherwise would not be the
-- same company.
CREATE FUNCTION privado.ajuste_de_precios() RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', privado.ajuste('precios_incluyen_iva'), privado.ajuste('zona_horaria'), privado.ajuste('moneda'))
$$;

-- Every setting as it is here, {key: [value, version]}: what the bridge compares.
CREATE FUNCTION api.puente_ajustes() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_object_agg(a.aju_clave, json_build_array(a.aju_valor, a.aju_version)) FROM datos.ajuste AS a
$$;

GRANT EXECUTE ON FUNCTION api.puente_ajustes() TO puente;
