-- Arranque at the shop: the same administrator, where the two databases are on two servers. The bridge brings the login
-- from the till; the shop's own copy of the token's digest lets it in once.

-- Takes the first administrator's login; on one server it is there already.
CREATE FUNCTION api.arranque_recibir(p_huella text, p_login text, p_verificador text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.arranque_rol(p_huella, p_login, p_verificador);
    RETURN json_build_object('login', p_login);
END
$$;

GRANT EXECUTE ON FUNCTION api.arranque_recibir(text, text, text) TO puente;
