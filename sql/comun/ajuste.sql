-- Ajuste: what the company decided that is not a document: its time zone, its denominations, its limits.
--
-- A row says itself what it accepts, who may read it and at which version it last changed. The till's database decides
-- (sql/pos/ajuste.sql); the shop's is a copy that the bridge brings (sql/ecom/ajuste.sql). A value is kept as text in
-- one spelling and answered as JSON of its type. Triggers do not see a migration: one that adds or changes settings
-- gives them a version above the rest and leaves a row for the shop in datos.puente_cambio.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The value of a setting; NULL if there is no such setting.
CREATE FUNCTION privado.ajuste(p_clave text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT aju_valor FROM datos.ajuste WHERE aju_clave = p_clave
$$;

GRANT EXECUTE ON FUNCTION privado.ajuste(text) TO personal, ecom_publico, ecom_cliente, puente;

-- The version of the settings: that of the one changed last, whoever may read it.
CREATE FUNCTION privado.ajuste_version() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT max(aju_version) FROM datos.ajuste
$$;

GRANT EXECUTE ON FUNCTION privado.ajuste_version() TO personal, puente;

-- A kept value as JSON of its type; money and times are JSON text.
CREATE FUNCTION privado.ajuste_json(p_tipo text, p_valor text) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_tipo IN ('entero', 'logico') THEN p_valor::json
        WHEN p_tipo = 'denominaciones' THEN array_to_json(string_to_array(p_valor, ','))
        ELSE to_json(p_valor)
    END
$$;

GRANT EXECUTE ON FUNCTION privado.ajuste_json(text, text) TO personal;

-- The settings the caller may read, and the version of all.
CREATE FUNCTION api.ajuste_listar() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'data', coalesce(json_agg(json_build_object(
            'clave', a.aju_clave,
            'valor', privado.ajuste_json(a.aju_tipo, a.aju_valor),
            'tipo', a.aju_tipo,
            'descripcion', a.aju_descripcion,
            'opciones', a.aju_opciones,
            'minimo', a.aju_minimo,
            'maximo', a.aju_maximo,
            'publico', a.aju_publico,
            'version', a.aju_version
        ) ORDER BY a.aju_clave), '[]'),
        'version', privado.ajuste_version()
    )
    FROM datos.ajuste AS a
$$;

GRANT EXECUTE ON FUNCTION api.ajuste_listar() TO personal;

-- The version of the settings, for workers that ask whether what they know still holds.
CREATE FUNCTION api.ajuste_vigente() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_json(privado.ajuste_version())
$$;

GRANT EXECUTE ON FUNCTION api.ajuste_vigente() TO api_login;

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.ajuste TO personal;

DO $grants$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON datos.ajuste TO %I', current_setting('daf.lado') || '_api');
END
$grants$;

CREATE POLICY ajuste_propio ON datos.ajuste
USING (aju_publico OR privado.es('admin') OR privado.es('auditor') OR privado.es('puente'));
