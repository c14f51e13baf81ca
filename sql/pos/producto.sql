-- Producto: what is sold, a good or a service.
--
-- Stock is never a column of the product: it is the existencia in the sellable bodegas of the caller's branches, and
-- only the kardex moves it. Stock sent on creation is the opening entry; sent later it is ignored, because forms resend
-- what they read minutes ago. A good that has moved stays one: what was sold of it may come back.
--
-- The stockroom writes the catalogue; price and promotion after creation are for adm_ventas and admin, and the state for
-- adm_bodega and admin: another value is refused to the others, the stored one sent back is not. Every price is kept:
-- producto_precio.sql. `prd_version` grows with each change, for the shop's copy.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A product as lists and forms show it.
CREATE FUNCTION privado.producto_fila(
    p datos.producto, p_stock numeric, p_web numeric, p_transito numeric
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'prd_codigo', p.prd_codigo,
        'um_venta', p.um_venta,
        'cat_codigo', p.cat_codigo,
        'prd_nombre', p.prd_nombre,
        'prd_descripcion', p.prd_nombre,
        'prd_desc_corta', p.prd_desc_corta,
        'prd_desc_larga', p.prd_desc_larga,
        'prd_precio_venta', p.prd_precio_venta::text,
        'prd_stock', trim_scale(coalesce(p_stock, 0)),
        'prd_stock_web', trim_scale(coalesce(p_web, 0)),
        'prd_stock_transito', trim_scale(coalesce(p_transito, 0)),
        'prd_stock_minimo', trim_scale(p.prd_stock_minimo),
        'prd_tipo', p.prd_tipo,
        'prd_prioridad', p.prd_prioridad,
        'prd_promocion', trim_scale(p.prd_promocion),
        'prd_estado', p.prd_estado,
        'iva_codigo', p.iva_codigo,
        'prd_codigo_barras', p.prd_codigo_barras,
        'prd_img', privado.imagen_url(p.prd_img),
        'prd_fecha_alta', p.prd_fecha_alta
    )
$$;

GRANT EXECUTE ON FUNCTION privado.producto_fila(datos.producto, numeric, numeric, numeric) TO personal;

-- One product with its stock; NULL if there is none. (plpgsql keeps the plan: this is the read tills repeat.)
CREATE FUNCTION privado.producto_json(p_prd_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT privado.producto_fila(p, e.disponible, e.web, e.transito)
        FROM datos.producto AS p
        LEFT JOIN privado.existencias(ARRAY[p_prd_codigo]) AS e ON e.itm_codigo = p.prd_codigo
        WHERE p.prd_codigo = p_prd_codigo
    );
END
$$;

GRANT EXECUTE ON FUNCTION privado.producto_json(text) TO personal;

-- One product, whatever its state: documents go on naming those that were deactivated.
CREATE FUNCTION api.producto_obtener(p_prd_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_producto json := privado.producto_json(p_prd_codigo);
BEGIN
    IF v_producto IS NULL THEN
        PERFORM privado.rechazar(404, 'producto_existe', 'No existe ese producto.');
    END IF;
    RETURN v_producto;
END
$$;

GRANT EXECUTE ON FUNCTION api.producto_obtener(text)
TO ventas, adm_ventas, adm_fact, cajero, bodega, adm_bodega, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Locks a product that is about to change and answers it.
CREATE FUNCTION privado.producto_bloquear(p_prd_codigo text) RETURNS datos.producto
LANGUAGE plpgsql AS $$
DECLARE
    v_producto datos.producto;
BEGIN
    SELECT p.* INTO v_producto FROM datos.producto AS p WHERE p.prd_codigo = p_prd_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'producto_existe', 'No existe ese producto.');
    END IF;
    RETURN v_producto;
END
$$;

-- Refuses to change a product that was deactivated.
CREATE FUNCTION privado.producto_activo_exigir(p datos.producto) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p.prd_estado = 'INA' THEN
        PERFORM privado.rechazar(409, 'producto_activo', 'El producto está desactivado.');
    END IF;
END
$$;

-- Whether a product has moved as goods, in any branch, otherwise than by what was taken back: units of it are somewhere,
-- or may yet come back from who bought them.
CREATE FUNCTION privado.producto_movido(p_prd_codigo text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM datos.kardex AS k
        WHERE
            k.itm_codigo = p_prd_codigo AND k.krd_revierte IS NULL
            AND NOT EXISTS (SELECT FROM datos.kardex AS r WHERE r.krd_revierte = k.krd_codigo)
    )
$$;

-- Adds a product, with its opening stock in the caller's bodega.
CREATE FUNCTION api.producto_crear(
    p_prd_nombre text,
    p_prd_precio_venta numeric,
    p_um_venta text DEFAULT NULL,
    p_cat_codigo text DEFAULT NULL,
    p_prd_desc_corta text DEFAULT NULL,
    p_prd_desc_larga text DEFAULT NULL,
    p_prd_tipo text DEFAULT NULL,
    p_prd_prioridad text DEFAULT NULL,
    p_prd_promocion numeric DEFAULT NULL,
    p_prd_estado text DEFAULT NULL,
    p_iva_codigo text DEFAULT NULL,
    p_prd_codigo_barras text DEFAULT NULL,
    p_prd_stock_minimo numeric DEFAULT NULL,
    p_prd_stock numeric DEFAULT NULL,
    p_prd_costo numeric DEFAULT NULL,
    p_prd_img text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigos text[] := privado.producto_alta(ARRAY[ROW (
        p_prd_codigo_barras, p_prd_nombre, p_prd_desc_corta, p_prd_desc_larga, p_um_venta, p_cat_codigo,
        p_prd_precio_venta, p_prd_costo, p_prd_stock, p_iva_codigo, p_prd_promocion, p_prd_prioridad,
        p_prd_stock_minimo, p_prd_tipo, p_prd_img, p_prd_estado
    )::privado.producto_nuevo]);
BEGIN
    RETURN privado.producto_json(v_codigos[1]);
END
$$;

GRANT EXECUTE ON FUNCTION api.producto_crear(
    text, numeric, text, text, text, text, text, text, numeric, text, text, text, numeric, numeric, numeric, text
) TO bodega, adm_bodega, admin;

-- Changes what is named and keeps the rest; '' empties an optional text or code. Stock and cost are ignored. The answer
-- adds `prd_img_anterior`, the file a new picture replaced, so that whoever stored the new one can remove the old.
CREATE FUNCTION api.producto_actualizar(
    p_prd_codigo text,
    p_prd_nombre text DEFAULT NULL,
    p_prd_precio_venta numeric DEFAULT NULL,
    p_um_venta text DEFAULT NULL,
    p_cat_codigo text DEFAULT NULL,
    p_prd_desc_corta text DEFAULT NULL,
    p_prd_desc_larga text DEFAULT NULL,
    p_prd_tipo text DEFAULT NULL,
    p_prd_prioridad text DEFAULT NULL,
    p_prd_promocion numeric DEFAULT NULL,
    p_prd_estado text DEFAULT NULL,
    p_iva_codigo text DEFAULT NULL,
    p_prd_codigo_barras text DEFAULT NULL,
    p_prd_stock_minimo numeric DEFAULT NULL,
    p_prd_stock numeric DEFAULT NULL,
    p_prd_costo numeric DEFAULT NULL,
    p_prd_img text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.producto := privado.producto_bloquear(p_prd_codigo);
    v_nombre text := coalesce(nullif(btrim(p_prd_nombre), ''), v_antes.prd_nombre);
    v_barras text := CASE
        WHEN p_prd_codigo_barras IS NULL THEN v_antes.prd_codigo_barras ELSE nullif(p_prd_codigo_barras, '')
    END;
BEGIN
    IF p_prd_estado <> v_antes.prd_estado THEN
        PERFORM privado.reservar(
            '{adm_bodega,admin}', 'producto_estado_reservado', 'El estado de un producto lo cambia la administración de bodega.'
        );
    ELSE
        PERFORM privado.producto_activo_exigir(v_antes);
    END IF;
    IF p_prd_tipo = 'SERVICIO' AND v_antes.prd_tipo = 'BIEN' AND privado.producto_movido(p_prd_codigo) THEN
        PERFORM privado.rechazar(
            409, 'servicio_sin_existencia', 'Un producto que tuvo movimientos de inventario no puede ser un servicio.'
        );
    END IF;
    IF privado.producto_preciar(p_prd_codigo, p_prd_precio_venta, p_prd_promocion) THEN
        PERFORM privado.reservar(
            '{adm_ventas,admin}', 'precio_reservado', 'El precio y la promoción los fija la administración de ventas.'
        );
    END IF;
    UPDATE datos.producto
    SET
        prd_nombre = v_nombre,
        um_venta = coalesce(nullif(p_um_venta, ''), um_venta),
        cat_codigo = CASE WHEN p_cat_codigo IS NULL THEN cat_codigo ELSE nullif(p_cat_codigo, '') END,
        prd_desc_corta = coalesce(btrim(p_prd_desc_corta), prd_desc_corta),
        prd_desc_larga = coalesce(btrim(p_prd_desc_larga), prd_desc_larga),
        prd_tipo = coalesce(nullif(p_prd_tipo, ''), prd_tipo),
        prd_prioridad = coalesce(nullif(p_prd_prioridad, ''), prd_prioridad),
        prd_estado = coalesce(nullif(p_prd_estado, ''), prd_estado),
        iva_codigo = coalesce(nullif(p_iva_codigo, ''), iva_codigo),
        prd_codigo_barras = v_barras,
        prd_stock_minimo = coalesce(p_prd_stock_minimo, prd_stock_minimo),
        prd_img = coalesce(nullif(p_prd_img, ''), prd_img),
        prd_version = prd_version + 1,
        busqueda = privado.normalizar(concat_ws(' ', v_nombre, prd_codigo, v_barras))
    WHERE prd_codigo = p_prd_codigo;
    RETURN privado.json_unir(
        privado.producto_json(p_prd_codigo),
        json_build_object('prd_img_anterior', CASE WHEN p_prd_img <> v_antes.prd_img THEN v_antes.prd_img END)
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.producto_actualizar(
    text, text, numeric, text, text, text, text, text, text, numeric, text, text, text, numeric, numeric, numeric, text
) TO bodega, adm_bodega, admin;

-- Deactivates a product: hidden from lists and not sold, still named by its documents.
CREATE FUNCTION api.producto_eliminar(p_prd_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.producto_activo_exigir(privado.producto_bloquear(p_prd_codigo));
    UPDATE datos.producto SET prd_estado = 'INA', prd_version = prd_version + 1 WHERE prd_codigo = p_prd_codigo;
    RETURN json_build_object('message', 'Producto desactivado.', 'prd_codigo', p_prd_codigo, 'prd_estado', 'INA');
END
$$;

GRANT EXECUTE ON FUNCTION api.producto_eliminar(text) TO adm_bodega, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER producto_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.producto
FOR EACH ROW EXECUTE FUNCTION privado.auditar('prd_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.producto TO ventas, adm_ventas, adm_fact, cajero, bodega, adm_bodega, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.producto TO pos_api;

CREATE POLICY producto_todos ON datos.producto USING (true);
