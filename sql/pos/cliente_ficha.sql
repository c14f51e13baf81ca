-- Cliente, the record that the shop asks for once somebody proved it theirs (in the shop, with a code that was mailed to
-- the address on it). Nothing else of a client but a fingerprint ever goes there.

-- What the records of some identifications say. Those nobody has are not in it, nor those that somebody gave up and of
-- which the shop does not know yet: who has one now is not who proved anything.
CREATE FUNCTION api.cliente_fichas(p_cli_ruc_ced text[]) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'cli_ruc_ced', c.cli_ruc_ced,
        'cli_codigo', c.cli_codigo,
        'cli_nombre', c.cli_nombre,
        'cli_telefono', c.cli_telefono,
        'cli_celular', c.cli_celular,
        'cli_direccion', c.cli_direccion,
        'ct_codigo', c.ct_codigo
    ) ORDER BY c.cli_codigo), '[]')
    FROM datos.cliente AS c
    WHERE
        c.cli_ruc_ced = ANY (p_cli_ruc_ced) AND c.cli_estado <> 'INA'
        AND NOT EXISTS (
            SELECT FROM datos.puente_cambio AS p WHERE p.cam_tabla = 'cliente' AND p.cam_clave = 'ruc ' || c.cli_ruc_ced
        )
$$;

GRANT EXECUTE ON FUNCTION api.cliente_fichas(text[]) TO puente;
