-- Correo, what the bridge asks the POS for to send letters: the company they are from, and the address of a client whom
-- the shop knows by identification only.

-- The name letters are signed with.
CREATE FUNCTION api.correo_remitente() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'nombre', (SELECT coalesce(nullif(e.emp_nombre_comercial, ''), e.emp_razon_social) FROM datos.empresa AS e)
    )
$$;

GRANT EXECUTE ON FUNCTION api.correo_remitente() TO puente;

-- The address on a client's record; null if there is no such client or none on it.
CREATE FUNCTION api.correo_direccion(p_cli_ruc_ced text) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('email', (
        SELECT nullif(c.cli_mail, '') FROM datos.cliente AS c
        WHERE c.cli_ruc_ced = p_cli_ruc_ced AND c.cli_estado <> 'INA'
    ))
$$;

GRANT EXECUTE ON FUNCTION api.correo_direccion(text) TO puente;
