-- Estándar: the recipe of a product, what one unit of it is made of.
--
-- A draft (PEN) is written and changed by the stockroom; its administrators approve it (APR), from when on it never
-- changes and production may name it, or annul it (ANU). A product may have several approved recipes. Costs are those
-- of the materials while the recipe is a draft, and stay as they were when it was approved.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A recipe with its lines; the header is flat. Its total cost has two names, one per generation of clients.
CREATE FUNCTION privado.estandar_documento(e datos.estandar) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'est_cod', e.est_cod,
        'prd_codigo', e.prd_codigo,
        'prd_nombre', (SELECT p.prd_nombre FROM datos.producto AS p WHERE p.prd_codigo = e.prd_codigo),
        'est_estado', e.est_estado,
        'est_fecha', e.est_fecha,
        'est_fecha_aprobacion', e.est_fecha_aprobacion,
        'est_qty_total', trim_scale(coalesce(sum(l.mxp_cantidad), 0)),
        'est_costo_total', privado.costo_texto(coalesce(sum(l.subtotal), 0)),
        'est_precio_total', privado.costo_texto(coalesce(sum(l.subtotal), 0)),
        'detalles', coalesce(
            json_agg(
                json_build_object(
                    'mp_codigo', l.mp_codigo,
                    'mp_descripcion', l.mp_descripcion,
                    'mxp_cantidad', trim_scale(l.mxp_cantidad),
                    'mpx_costo_unitario', privado.costo_texto(l.costo),
                    'mpx_subtotal', privado.costo_texto(l.subtotal)
                )
                ORDER BY l.mp_codigo
            ) FILTER (WHERE l.mp_codigo IS NOT NULL),
            '[]'
        )
    )
    FROM (
        SELECT d.mp_codigo, m.mp_descripcion, d.mxp_cantidad, c.costo, round(d.mxp_cantidad * c.costo, 6) AS subtotal
        FROM datos.estandar_detalle AS d
        JOIN datos.materia_prima AS m USING (mp_codigo)
        CROSS JOIN LATERAL (SELECT coalesce(d.mpx_costo_unitario, m.mp_precio_compra)) AS c (costo)
        WHERE d.est_cod = e.est_cod
    ) AS l
$$;

GRANT EXECUTE ON FUNCTION privado.estandar_documento(datos.estandar) TO personal;

-- The products a search names, by code or words.
CREATE FUNCTION privado.estandar_productos(p_search text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(p.prd_codigo), '{}')
    FROM datos.producto AS p
    WHERE
        EXISTS (SELECT FROM datos.estandar AS e WHERE e.prd_codigo = p.prd_codigo)
        AND p.busqueda LIKE ALL (privado.patrones(p_search))
$$;

GRANT EXECUTE ON FUNCTION privado.estandar_productos(text) TO bodega, adm_bodega, contador, auditor, admin;

-- Recipes, the newest first; found by the words of their product, by its code or by their own.
CREATE FUNCTION api.estandar_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL, p_prd_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_productos text[] := CASE
        WHEN nullif(p_prd_codigo, '') IS NOT NULL THEN ARRAY[p_prd_codigo]
        WHEN btrim(p_search) <> '' THEN privado.estandar_productos(p_search)
    END;
    v_codigo text := upper(btrim(p_search));
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.estandar_documento(g.e)) INTO v_filas
    FROM (
        SELECT e
        FROM datos.estandar AS e
        WHERE v_productos IS NULL OR e.prd_codigo = ANY (v_productos) OR e.est_cod = v_codigo
        ORDER BY e.est_cod DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.estandar AS e
        WHERE v_productos IS NULL OR e.prd_codigo = ANY (v_productos) OR e.est_cod = v_codigo
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.estandar_listar(int, int, text, text) TO bodega, adm_bodega, contador, auditor, admin;

-- One recipe with its lines; NULL if there is none.
CREATE FUNCTION privado.estandar_json(p_est_cod text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.estandar_documento(e) FROM datos.estandar AS e WHERE e.est_cod = p_est_cod
$$;

GRANT EXECUTE ON FUNCTION privado.estandar_json(text) TO personal;

-- One recipe.
CREATE FUNCTION api.estandar_obtener(p_est_cod text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_estandar json := privado.estandar_json(p_est_cod);
BEGIN
    IF v_estandar IS NULL THEN
        PERFORM privado.rechazar(404, 'estandar_existe', 'No existe ese estándar.');
    END IF;
    RETURN v_estandar;
END
$$;

GRANT EXECUTE ON FUNCTION api.estandar_obtener(text) TO bodega, adm_bodega, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Locks a draft that is about to change; refuses what was approved or annulled.
CREATE FUNCTION privado.estandar_borrador(p_est_cod text) RETURNS datos.estandar
LANGUAGE plpgsql AS $$
DECLARE
    v_estandar datos.estandar;
BEGIN
    SELECT e.* INTO v_estandar FROM datos.estandar AS e WHERE e.est_cod = p_est_cod FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'estandar_existe', 'No existe ese estándar.');
    ELSIF v_estandar.est_estado <> 'PEN' THEN
        PERFORM privado.rechazar(409, 'estandar_pendiente', 'Solo un estándar pendiente se modifica.');
    END IF;
    RETURN v_estandar;
END
$$;

-- Writes lines of a draft: new materials are added, known ones take the new quantity, the others stay.
CREATE FUNCTION privado.estandar_escribir(p_est_cod text, p_mp_codigo text[], p_mxp_cantidad numeric[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(p_mp_codigo) AS l (mp) GROUP BY l.mp HAVING count(*) > 1
    ) THEN
        PERFORM privado.rechazar(422, 'estandar_material_una_vez', 'Cada material va una sola vez.');
    END IF;
    PERFORM privado.materias_primas_activas_exigir(p_mp_codigo);
    INSERT INTO datos.estandar_detalle AS d (est_cod, mp_codigo, mxp_cantidad)
    SELECT p_est_cod, l.mp, l.cantidad FROM unnest(p_mp_codigo, p_mxp_cantidad) AS l (mp, cantidad)
    ON CONFLICT ON CONSTRAINT estandar_detalle_unico DO UPDATE SET mxp_cantidad = excluded.mxp_cantidad;
END
$$;

-- Opens a draft for a product, with lines if some are sent.
CREATE FUNCTION api.estandar_crear(
    p_prd_codigo text, p_mp_codigo text[] DEFAULT '{}', p_mxp_cantidad numeric[] DEFAULT '{}'
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := privado.codigo('ES', 8, nextval('datos.estandar_numero'));
BEGIN
    IF (SELECT p.prd_tipo FROM datos.producto AS p WHERE p.prd_codigo = p_prd_codigo) = 'SERVICIO' THEN
        PERFORM privado.rechazar(422, 'servicio_sin_existencia', 'Un servicio no tiene existencia.');
    END IF;
    INSERT INTO datos.estandar (est_cod, prd_codigo) VALUES (v_codigo, p_prd_codigo);
    PERFORM privado.estandar_escribir(v_codigo, p_mp_codigo, p_mxp_cantidad);
    RETURN privado.estandar_json(v_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.estandar_crear(text, text[], numeric[]) TO bodega, adm_bodega, admin;

-- Adds or changes lines of a draft; those not named stay.
CREATE FUNCTION api.estandar_detalle_actualizar(p_est_cod text, p_mp_codigo text[], p_mxp_cantidad numeric[])
RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.estandar_borrador(p_est_cod);
    PERFORM privado.estandar_escribir(p_est_cod, p_mp_codigo, p_mxp_cantidad);
    RETURN privado.estandar_json(p_est_cod);
END
$$;

GRANT EXECUTE ON FUNCTION api.estandar_detalle_actualizar(text, text[], numeric[]) TO bodega, adm_bodega, admin;

-- Takes materials out of a draft; one that is not in it is refused.
CREATE FUNCTION api.estandar_detalle_eliminar(p_est_cod text, p_mp_codigo text[]) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.estandar_borrador(p_est_cod);
    IF EXISTS (
        SELECT FROM unnest(p_mp_codigo) AS l (mp)
        WHERE NOT EXISTS (
            SELECT FROM datos.estandar_detalle AS d WHERE d.est_cod = p_est_cod AND d.mp_codigo = l.mp
        )
    ) THEN
        PERFORM privado.rechazar(404, 'estandar_detalle_existe', 'El estándar no lleva ese material.');
    END IF;
    DELETE FROM datos.estandar_detalle AS d WHERE d.est_cod = p_est_cod AND d.mp_codigo = ANY (p_mp_codigo);
    RETURN privado.estandar_json(p_est_cod);
END
$$;

GRANT EXECUTE ON FUNCTION api.estandar_detalle_eliminar(text, text[]) TO bodega, adm_bodega, admin;

-- Approves a draft: its lines keep today's cost for ever and production may name it.
CREATE FUNCTION api.estandar_aprobar(p_est_cod text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_estandar datos.estandar := privado.estandar_borrador(p_est_cod);
BEGIN
    IF EXISTS (
        SELECT FROM datos.producto AS p WHERE p.prd_codigo = v_estandar.prd_codigo AND p.prd_estado = 'INA'
    ) THEN
        PERFORM privado.rechazar(409, 'producto_activo', 'El producto está desactivado.');
    END IF;
    PERFORM privado.materias_primas_activas_exigir(
        ARRAY(SELECT d.mp_codigo FROM datos.estandar_detalle AS d WHERE d.est_cod = p_est_cod)
    );
    UPDATE datos.estandar_detalle AS d
    SET mpx_costo_unitario = m.mp_precio_compra
    FROM datos.materia_prima AS m
    WHERE d.est_cod = p_est_cod AND m.mp_codigo = d.mp_codigo;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(422, 'estandar_con_materiales', 'El estándar no tiene materiales.');
    END IF;
    UPDATE datos.estandar SET est_estado = 'APR', est_fecha_aprobacion = now() WHERE est_cod = p_est_cod;
    RETURN privado.estandar_json(p_est_cod);
END
$$;

GRANT EXECUTE ON FUNCTION api.estandar_aprobar(text) TO adm_bodega, admin;

-- Annuls a recipe, approved or not: production may no longer name it.
CREATE FUNCTION api.estandar_anular(p_est_cod text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datos.estandar SET est_estado = 'ANU' WHERE est_cod = p_est_cod AND est_estado <> 'ANU';
    IF NOT FOUND THEN
        PERFORM api.estandar_obtener(p_est_cod);
        PERFORM privado.rechazar(409, 'estandar_anulado', 'El estándar ya está anulado.');
    END IF;
    RETURN privado.estandar_json(p_est_cod);
END
$$;

GRANT EXECUTE ON FUNCTION api.estandar_anular(text) TO adm_bodega, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER estandar_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.estandar
FOR EACH ROW EXECUTE FUNCTION privado.auditar('est_cod');

CREATE TRIGGER estandar_detalle_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.estandar_detalle
FOR EACH ROW EXECUTE FUNCTION privado.auditar('est_cod');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.estandar, datos.estandar_detalle TO bodega, adm_bodega, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.estandar TO pos_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON datos.estandar_detalle TO pos_api;

CREATE POLICY estandar_todos ON datos.estandar USING (true);
CREATE POLICY estandar_detalle_todos ON datos.estandar_detalle USING (true);
