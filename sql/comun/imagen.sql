-- Imagen: the pictures rows name, so that the files nobody names can go.

-- Every picture of a product, whatever its state: documents go on showing those that were deactivated.
CREATE FUNCTION api.imagen_listar() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(p.prd_img), '[]') FROM datos.producto AS p WHERE p.prd_img IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION api.imagen_listar() TO puente;
