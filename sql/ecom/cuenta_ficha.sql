-- Cuenta, the record of the client it claimed.
--
-- The shop knows of a POS client no more than a fingerprint, until somebody proves with the code mailed to that client
-- that the record is theirs. Then the bridge brings once what it says, so that its owner finds their name and where they
-- live. From there on the account is its own: neither side changes the other's. A client who gives the identification
-- up takes the record along: what is still to be brought then is not.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Accounts that wait for what the POS knows of their client, the oldest first.
CREATE FUNCTION privado.ficha_pendientes(p_limite int) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object('usr_id', u.usr_id, 'cli_ruc_ced', u.cli_ruc_ced)), '[]')
    FROM (
        SELECT a.usr_id, a.cli_ruc_ced
        FROM datos.usuario_app AS a
        WHERE a.usr_ficha_pedida IS NOT NULL
        ORDER BY a.usr_ficha_pedida, a.usr_id
        LIMIT p_limite
    ) AS u
$$;

CREATE FUNCTION api.ficha_por_traer(p_limite int DEFAULT 100) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.ficha_pendientes(p_limite)
$$;

GRANT EXECUTE ON FUNCTION api.ficha_por_traer(int) TO puente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Asks the bridge for the record of an account that was just made by a claim.
CREATE FUNCTION privado.ficha_pedir(p_usr_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datos.usuario_app SET usr_ficha_pedida = now() WHERE usr_id = p_usr_id;
    PERFORM pg_notify('daf_puente', 'ficha');
END
$$;

-- Asks no longer for the records of identifications that their clients gave up.
CREATE FUNCTION privado.ficha_desistir(p_huellas bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.usuario_app AS u SET usr_ficha_pedida = NULL
    WHERE u.usr_ficha_pedida IS NOT NULL AND privado.identificacion_huella(u.cli_ruc_ced) = ANY (p_huellas)
$$;

-- Fills the accounts asked about with the records there are; an account closed or renamed meanwhile is left alone, and
-- one without a record waits no longer.
CREATE FUNCTION privado.ficha_anotar(p_usr_id bigint[], p_fichas json) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH anotada AS (
        UPDATE datos.usuario_app AS u
        SET
            usr_ficha_pedida = NULL,
            cli_codigo = coalesce(f.cli_codigo, u.cli_codigo),
            cli_nombre = coalesce(f.cli_nombre, u.cli_nombre),
            cli_telefono = coalesce(f.cli_telefono, u.cli_telefono),
            cli_celular = coalesce(f.cli_celular, u.cli_celular),
            cli_direccion = coalesce(f.cli_direccion, u.cli_direccion),
            ct_codigo = coalesce((SELECT c.ct_codigo FROM datos.ciudad AS c WHERE c.ct_codigo = f.ct_codigo), u.ct_codigo)
        FROM datos.usuario_app AS a
        LEFT JOIN json_to_recordset(p_fichas) AS f (
            cli_ruc_ced text, cli_codigo text, cli_nombre text, cli_telefono text, cli_celular text, cli_direccion text,
            ct_codigo text
        ) ON f.cli_ruc_ced = a.cli_ruc_ced
        WHERE a.usr_id = ANY (p_usr_id) AND u.usr_id = a.usr_id AND u.usr_ficha_pedida IS NOT NULL
        RETURNING f.cli_codigo
    )
    SELECT count(cli_codigo) FROM anotada
$$;

-- Receives the records found for some accounts; how many there were.
CREATE FUNCTION api.ficha_recibir(p_usr_id bigint[], p_fichas text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('fichas', privado.ficha_anotar(p_usr_id, p_fichas::json))
$$;

GRANT EXECUTE ON FUNCTION api.ficha_recibir(bigint[], text) TO puente;
