-- Carrito, whose it is and where it goes: emptying it, sending it, guests' tokens and the day a guest logs in.

-- Writing ------------------------------------------------------------------------------------------------------------

-- Empties the cart.
CREATE FUNCTION api.carrito_vaciar() RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_crr_codigo bigint := privado.carrito_abrir();
BEGIN
    DELETE FROM datos.carrito_detalle WHERE crr_codigo = v_crr_codigo;
    UPDATE datos.carrito SET dir_codigo = NULL WHERE crr_codigo = v_crr_codigo;
    RETURN privado.carrito_responder(v_crr_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.carrito_vaciar() TO ecom_cliente;

-- Sends the cart to one of the shopper's addresses; without one it is picked up.
CREATE FUNCTION api.carrito_envio(p_direccion bigint DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_crr_codigo bigint := privado.carrito_abrir();
BEGIN
    PERFORM privado.direccion_exigir(p_direccion);
    UPDATE datos.carrito SET dir_codigo = p_direccion WHERE crr_codigo = v_crr_codigo;
    RETURN privado.carrito_responder(v_crr_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.carrito_envio(bigint) TO ecom_cliente;

-- Refuses an address that is not the shopper's own.
CREATE FUNCTION privado.direccion_exigir(p_dir_codigo bigint) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_dir_codigo IS NOT NULL AND NOT EXISTS (
        SELECT FROM datos.direccion AS d WHERE d.dir_codigo = p_dir_codigo AND d.dir_estado = 'ACT'
    ) THEN
        PERFORM privado.rechazar(404, 'direccion_existe', 'No existe esa dirección.');
    END IF;
END
$$;

-- A new guest cart behind the hash of a token that only the guest will hold.
CREATE FUNCTION privado.carrito_invitado_crear(p_token_hash bytea) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO datos.carrito (crr_token, crr_vence)
    VALUES (p_token_hash, now() + interval '30 days')
    RETURNING crr_codigo
$$;

CREATE FUNCTION api.carrito_invitado_abrir(p_token_hash bytea) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('crr_codigo', privado.carrito_invitado_crear(p_token_hash))
$$;

GRANT EXECUTE ON FUNCTION api.carrito_invitado_abrir(bytea) TO ecom_cliente;

-- Forgets the cart that was opened for a guest whose first product was refused: nobody holds its token.
CREATE FUNCTION privado.carrito_invitado_olvidar(p_token_hash bytea) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH olvidado AS (
        DELETE FROM datos.carrito AS c
        WHERE
            c.crr_token = p_token_hash
            AND NOT EXISTS (SELECT FROM datos.carrito_detalle AS d WHERE d.crr_codigo = c.crr_codigo)
        RETURNING 1
    )
    SELECT count(*) FROM olvidado
$$;

CREATE FUNCTION api.carrito_invitado_descartar(p_token_hash bytea) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('descartados', privado.carrito_invitado_olvidar(p_token_hash))
$$;

GRANT EXECUTE ON FUNCTION api.carrito_invitado_descartar(bytea) TO ecom_cliente;

-- The live guest cart of a token's hash; null for any other hash.
CREATE FUNCTION privado.carrito_de_token(p_token_hash bytea) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.crr_codigo FROM datos.carrito AS c WHERE c.crr_token = p_token_hash AND c.crr_vence > now()
$$;

CREATE FUNCTION api.carrito_invitado_hallar(p_token_hash bytea) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('crr_codigo', privado.carrito_de_token(p_token_hash))
$$;

GRANT EXECUTE ON FUNCTION api.carrito_invitado_hallar(bytea) TO ecom_cliente;

-- Joins a guest cart to a shopper's: quantities add up, capped at what is left. The token is worth nothing afterwards.
CREATE FUNCTION privado.carrito_juntar(p_usr_id bigint, p_token_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_invitado bigint := (
        SELECT c.crr_codigo FROM datos.carrito AS c WHERE c.crr_token = p_token_hash AND c.crr_vence > now() FOR UPDATE
    );
    v_propio bigint;
BEGIN
    IF v_invitado IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO datos.carrito (usr_id) VALUES (p_usr_id) ON CONFLICT ON CONSTRAINT carrito_uno_por_usuario DO NOTHING;
    SELECT c.crr_codigo INTO v_propio FROM datos.carrito AS c WHERE c.usr_id = p_usr_id FOR NO KEY UPDATE;
    INSERT INTO datos.carrito_detalle AS d (crr_codigo, prd_codigo, pxca_cantidad, pxca_fecha)
    SELECT v_propio, g.prd_codigo, least(g.pxca_cantidad + coalesce(m.pxca_cantidad, 0), q.disponible), g.pxca_fecha
    FROM datos.carrito_detalle AS g
    JOIN datos.cupo AS q USING (prd_codigo)
    LEFT JOIN datos.carrito_detalle AS m ON m.crr_codigo = v_propio AND m.prd_codigo = g.prd_codigo
    WHERE g.crr_codigo = v_invitado AND q.disponible >= 1
    ON CONFLICT ON CONSTRAINT carrito_detalle_unico DO UPDATE SET pxca_cantidad = excluded.pxca_cantidad;
    DELETE FROM datos.carrito WHERE crr_codigo = v_invitado;
    RETURN true;
END
$$;

-- What the API does right after a shopper logs in with a guest's token.
CREATE FUNCTION api.carrito_unir(p_usr_id bigint, p_token_hash bytea) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('unido', privado.carrito_juntar(p_usr_id, p_token_hash))
$$;

GRANT EXECUTE ON FUNCTION api.carrito_unir(bigint, bytea) TO api_login;

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.carrito, datos.carrito_detalle TO ecom_cliente;
GRANT SELECT, UPDATE ON datos.carrito TO ecom_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON datos.carrito_detalle TO ecom_api;

CREATE POLICY carrito_propio ON datos.carrito USING (
    usr_id = (SELECT privado.comprador()) OR (crr_codigo = (SELECT privado.carrito_invitado()) AND usr_id IS NULL)
);
CREATE POLICY carrito_detalle_propio ON datos.carrito_detalle USING (crr_codigo = (SELECT privado.mi_carrito()));
