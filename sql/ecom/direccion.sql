-- Direccion: where a shopper has things sent. Only its owner sees it. Removing one hides it: orders have their own copy.

-- Reading ------------------------------------------------------------------------------------------------------------

-- An address as its owner sees it.
CREATE FUNCTION privado.direccion_json(p_direccion datos.direccion) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'dir_codigo', p_direccion.dir_codigo,
        'dir_nombre', p_direccion.dir_nombre,
        'dir_calle', p_direccion.dir_calle,
        'dir_referencia', p_direccion.dir_referencia,
        'dir_telefono', p_direccion.dir_telefono,
        'ct_codigo', p_direccion.ct_codigo,
        'ct_descripcion', c.ct_descripcion,
        'envio', privado.envio_precio(c.ct_envio)::text
    )
    FROM datos.ciudad AS c
    WHERE c.ct_codigo = p_direccion.ct_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.direccion_json(datos.direccion) TO ecom_cliente;

-- The shopper's own addresses.
CREATE FUNCTION api.direccion_listar(p_page int DEFAULT 1, p_limit int DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH pagina AS (
        SELECT d AS direccion
        FROM datos.direccion AS d
        WHERE d.dir_estado = 'ACT'
        ORDER BY d.dir_codigo
        LIMIT privado.limite(coalesce(p_page, 1), p_limit) OFFSET privado.salto(coalesce(p_page, 1), p_limit)
    )
    SELECT privado.sobre(
        json_agg(privado.direccion_json(g.direccion) ORDER BY (g.direccion).dir_codigo),
        coalesce(p_page, 1), p_limit,
        (SELECT count(*) FROM datos.direccion AS d WHERE d.dir_estado = 'ACT')
    )
    FROM pagina AS g
$$;

GRANT EXECUTE ON FUNCTION api.direccion_listar(int, int) TO ecom_cliente;

-- One address of the shopper.
CREATE FUNCTION api.direccion_obtener(p_dir_codigo bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_answer json;
BEGIN
    SELECT privado.direccion_json(d) INTO v_answer
    FROM datos.direccion AS d
    WHERE d.dir_codigo = p_dir_codigo AND d.dir_estado = 'ACT';
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'direccion_existe', 'No existe esa dirección.');
    END IF;
    RETURN v_answer;
END
$$;

GRANT EXECUTE ON FUNCTION api.direccion_obtener(bigint) TO ecom_cliente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Adds an address.
CREATE FUNCTION api.direccion_crear(
    p_dir_calle text, p_ct_codigo text, p_dir_nombre text DEFAULT NULL,
    p_dir_referencia text DEFAULT NULL, p_dir_telefono text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_direccion datos.direccion;
BEGIN
    INSERT INTO datos.direccion (usr_id, dir_nombre, dir_calle, dir_referencia, dir_telefono, ct_codigo)
    VALUES (
        privado.comprador_exigir(), coalesce(p_dir_nombre, ''), p_dir_calle,
        coalesce(p_dir_referencia, ''), coalesce(p_dir_telefono, ''), p_ct_codigo
    )
    RETURNING direccion.* INTO v_direccion;
    RETURN privado.direccion_json(v_direccion);
END
$$;

GRANT EXECUTE ON FUNCTION api.direccion_crear(text, text, text, text, text) TO ecom_cliente;

-- Changes an address; what is not sent stays.
CREATE FUNCTION api.direccion_actualizar(
    p_dir_codigo bigint, p_dir_calle text DEFAULT NULL, p_ct_codigo text DEFAULT NULL,
    p_dir_nombre text DEFAULT NULL, p_dir_referencia text DEFAULT NULL, p_dir_telefono text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_direccion datos.direccion;
BEGIN
    UPDATE datos.direccion AS d
    SET
        dir_calle = coalesce(nullif(p_dir_calle, ''), d.dir_calle),
        ct_codigo = coalesce(nullif(p_ct_codigo, ''), d.ct_codigo),
        dir_nombre = coalesce(p_dir_nombre, d.dir_nombre),
        dir_referencia = coalesce(p_dir_referencia, d.dir_referencia),
        dir_telefono = coalesce(p_dir_telefono, d.dir_telefono)
    WHERE d.dir_codigo = p_dir_codigo AND d.dir_estado = 'ACT'
    RETURNING d.* INTO v_direccion;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'direccion_existe', 'No existe esa dirección.');
    END IF;
    RETURN privado.direccion_json(v_direccion);
END
$$;

GRANT EXECUTE ON FUNCTION api.direccion_actualizar(bigint, text, text, text, text, text) TO ecom_cliente;

-- Removes an address; a cart that was to be sent there becomes a pick-up.
CREATE FUNCTION api.direccion_eliminar(p_dir_codigo bigint) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datos.direccion SET dir_estado = 'INA' WHERE dir_codigo = p_dir_codigo AND dir_estado = 'ACT';
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'direccion_existe', 'No existe esa dirección.');
    END IF;
    UPDATE datos.carrito SET dir_codigo = NULL WHERE dir_codigo = p_dir_codigo;
    RETURN json_build_object('message', 'Dirección eliminada.');
END
$$;

GRANT EXECUTE ON FUNCTION api.direccion_eliminar(bigint) TO ecom_cliente;

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.direccion TO ecom_cliente;
GRANT SELECT, INSERT, UPDATE ON datos.direccion TO ecom_api;

CREATE POLICY direccion_propia ON datos.direccion USING (usr_id = (SELECT privado.comprador()));
