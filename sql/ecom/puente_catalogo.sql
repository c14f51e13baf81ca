-- Puente, catalogue: taking a delivery of the POS.
--
-- Products and clients carry versions and the last one wins by itself. Categories, cities and rates are "what the POS
-- says now", so a delivery that was held up on its way must not overwrite a later one: deliveries are numbered, and one
-- with a lower number than the last is refused whole. The lock also makes deliveries come one at a time.

-- Takes a delivery; each part is a JSON list or NULL. Answers what changed, or that it came too late.
CREATE FUNCTION api.puente_recibir(
    p_envio bigint, p_productos text DEFAULT NULL, p_clientes text DEFAULT NULL,
    p_categorias text DEFAULT NULL, p_ciudades text DEFAULT NULL, p_tarifas text DEFAULT NULL,
    p_ajustes text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datos.puente_recibido SET rec_envio = p_envio, rec_fecha = now() WHERE rec_envio < p_envio;
    IF NOT FOUND THEN
        RETURN json_build_object('recibido', false);
    END IF;
    IF privado.ajuste_recibir(p_ajustes::json) THEN
        PERFORM api.catalogo_refrescar();
    END IF;
    PERFORM api.cliente_recibir(array_agg(r.hash), array_agg(r.tiene_mail), array_agg(r.version))
    FROM json_to_recordset(p_clientes::json) AS r (hash text, tiene_mail boolean, version bigint);
    RETURN privado.json_unir(
        json_build_object('recibido', true),
        api.catalogo_recibir(p_productos, p_categorias, p_ciudades, p_tarifas)
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.puente_recibir(bigint, text, text, text, text, text, text) TO puente;

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT, UPDATE ON datos.puente_recibido TO ecom_api;

CREATE POLICY puente_recibido_todos ON datos.puente_recibido USING (true);
