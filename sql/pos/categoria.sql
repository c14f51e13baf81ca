-- Categoría: the tree products are shelved in. Any staff reads it, administrators shape it.
--
-- A branch may be hung elsewhere, never below itself: who moves one holds the lock of the tree, so two moves at once
-- that only together would close a loop take turns. An active category hangs from an active one, and one that active
-- products or categories need is not retired; creating a retired one brings it back. The bridge tells the shop.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The tree read depth first: a category comes right after its parent, siblings by name, `nivel` says how deep.
CREATE FUNCTION api.categoria_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE arbol AS (
        SELECT
            c.cat_codigo, c.cat_nombre, c.cat_descripcion, c.cat_padre, 0 AS nivel,
            ARRAY[privado.normalizar(c.cat_nombre), c.cat_codigo] AS camino
        FROM datos.categoria AS c
        WHERE c.cat_padre IS NULL AND c.cat_estado = 'ACT'
        UNION ALL
        SELECT
            c.cat_codigo, c.cat_nombre, c.cat_descripcion, c.cat_padre, a.nivel + 1,
            a.camino || privado.normalizar(c.cat_nombre) || c.cat_codigo
        FROM arbol AS a
        JOIN datos.categoria AS c ON c.cat_padre = a.cat_codigo AND c.cat_estado = 'ACT'
    ),
    encontradas AS (
        SELECT * FROM arbol
        WHERE coalesce(privado.normalizar(cat_nombre) LIKE ALL (privado.patrones(p_search)), true)
    ),
    pagina AS (
        SELECT * FROM encontradas
        ORDER BY camino
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    )
    SELECT privado.sobre(
        json_agg(
            json_build_object(
                'cat_codigo', g.cat_codigo,
                'cat_nombre', g.cat_nombre,
                'cat_descripcion', g.cat_descripcion,
                'cat_padre', g.cat_padre,
                'nivel', g.nivel
            )
            ORDER BY g.camino
        ),
        p_page, p_limit, (SELECT count(*) FROM encontradas)
    )
    FROM pagina AS g
$$;

GRANT EXECUTE ON FUNCTION api.categoria_listar(int, int, text) TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- A category as its acts answer it.
CREATE FUNCTION privado.categoria_fila(c datos.categoria) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'cat_codigo', c.cat_codigo,
        'cat_nombre', c.cat_nombre,
        'cat_descripcion', c.cat_descripcion,
        'cat_padre', c.cat_padre
    )
$$;

-- Refuses a parent that is retired, or that hangs from the category itself. Holds the lock of the tree.
CREATE FUNCTION privado.categoria_colgar(p_cat_codigo text, p_cat_padre text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sube text := p_cat_padre;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('daf categoria arbol'));
    IF EXISTS (SELECT FROM datos.categoria AS c WHERE c.cat_codigo = p_cat_padre AND c.cat_estado = 'INA') THEN
        PERFORM privado.rechazar(422, 'categoria_activa', 'La categoría fue retirada: elija otra.');
    END IF;
    WHILE v_sube IS NOT NULL LOOP
        IF v_sube = p_cat_codigo THEN
            PERFORM privado.rechazar(409, 'categoria_sin_ciclo', 'Una categoría no cuelga de sí misma ni de las suyas.');
        END IF;
        v_sube := (SELECT c.cat_padre FROM datos.categoria AS c WHERE c.cat_codigo = v_sube);
    END LOOP;
END
$$;

-- Adds a category, under a parent if one is named, or brings a retired one back.
CREATE FUNCTION api.categoria_crear(
    p_cat_codigo text, p_cat_nombre text, p_cat_descripcion text DEFAULT NULL, p_cat_padre text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := upper(btrim(p_cat_codigo));
    v_categoria datos.categoria;
BEGIN
    IF nullif(p_cat_padre, '') IS NOT NULL THEN
        PERFORM privado.categoria_colgar(v_codigo, p_cat_padre);
    END IF;
    INSERT INTO datos.categoria AS c (cat_codigo, cat_nombre, cat_descripcion, cat_padre)
    VALUES (v_codigo, btrim(p_cat_nombre), btrim(coalesce(p_cat_descripcion, '')), nullif(p_cat_padre, ''))
    ON CONFLICT ON CONSTRAINT categoria_unica DO UPDATE
    SET
        cat_nombre = excluded.cat_nombre,
        cat_descripcion = excluded.cat_descripcion,
        cat_padre = excluded.cat_padre,
        cat_estado = 'ACT'
    WHERE c.cat_estado = 'INA'
    RETURNING c.* INTO v_categoria;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(409, 'categoria_unica', 'Ya existe una categoría con ese código.');
    END IF;
    RETURN privado.categoria_fila(v_categoria);
END
$$;

GRANT EXECUTE ON FUNCTION api.categoria_crear(text, text, text, text) TO admin;

-- Locks an active category that is about to change.
CREATE FUNCTION privado.categoria_bloquear(p_cat_codigo text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM datos.categoria AS c WHERE c.cat_codigo = p_cat_codigo AND c.cat_estado = 'ACT' FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'categoria_existe', 'No existe esa categoría.');
    END IF;
END
$$;

-- Renames a category or hangs it elsewhere; what is not named stays, and an empty parent makes it a root.
CREATE FUNCTION api.categoria_actualizar(
    p_cat_codigo text, p_cat_nombre text DEFAULT NULL, p_cat_descripcion text DEFAULT NULL,
    p_cat_padre text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_categoria datos.categoria;
BEGIN
    IF nullif(p_cat_padre, '') IS NOT NULL THEN
        PERFORM privado.categoria_colgar(p_cat_codigo, p_cat_padre);
    END IF;
    PERFORM privado.categoria_bloquear(p_cat_codigo);
    UPDATE datos.categoria AS c
    SET
        cat_nombre = coalesce(nullif(btrim(p_cat_nombre), ''), c.cat_nombre),
        cat_descripcion = coalesce(btrim(p_cat_descripcion), c.cat_descripcion),
        cat_padre = CASE WHEN p_cat_padre IS NULL THEN c.cat_padre ELSE nullif(p_cat_padre, '') END
    WHERE c.cat_codigo = p_cat_codigo
    RETURNING c.* INTO v_categoria;
    RETURN privado.categoria_fila(v_categoria);
END
$$;

GRANT EXECUTE ON FUNCTION api.categoria_actualizar(text, text, text, text) TO admin;

-- Whether active products or categories need a category.
CREATE FUNCTION privado.categoria_en_uso(p_cat_codigo text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        EXISTS (SELECT FROM datos.producto AS p WHERE p.cat_codigo = p_cat_codigo AND p.prd_estado <> 'INA')
        OR EXISTS (SELECT FROM datos.categoria AS c WHERE c.cat_padre = p_cat_codigo AND c.cat_estado = 'ACT')
$$;

-- Retires a category that nothing active needs. Under the lock of the tree: nothing is hung from it meanwhile.
CREATE FUNCTION api.categoria_eliminar(p_cat_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.categoria_colgar(p_cat_codigo, NULL);
    PERFORM privado.categoria_bloquear(p_cat_codigo);
    IF privado.categoria_en_uso(p_cat_codigo) THEN
        PERFORM privado.rechazar(409, 'categoria_en_uso', 'La categoría tiene productos o categorías activos.');
    END IF;
    UPDATE datos.categoria SET cat_estado = 'INA' WHERE cat_codigo = p_cat_codigo;
    RETURN json_build_object('message', 'Categoría retirada.', 'cat_codigo', p_cat_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.categoria_eliminar(text) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER categoria_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.categoria
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cat_codigo');

-- Nothing is shelved in a retired category. After the foreign key's own trigger, whose lock keeps the category.
CREATE FUNCTION privado.categoria_vigente() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.cat_codigo IS NOT DISTINCT FROM OLD.cat_codigo THEN
        RETURN NULL;
    ELSIF EXISTS (SELECT FROM datos.categoria AS c WHERE c.cat_codigo = NEW.cat_codigo AND c.cat_estado = 'INA') THEN
        PERFORM privado.rechazar(422, 'categoria_activa', 'La categoría fue retirada: elija otra.');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER producto_categoria_vigente AFTER INSERT OR UPDATE OF cat_codigo ON datos.producto
FOR EACH ROW EXECUTE FUNCTION privado.categoria_vigente();

-- The tree has no loop: every active category hangs, in the end, from a root.
CREATE FUNCTION privado.doctor_categoria_cuelga_de_raiz() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE arbol AS (
        SELECT c.cat_codigo FROM datos.categoria AS c WHERE c.cat_padre IS NULL AND c.cat_estado = 'ACT'
        UNION
        SELECT h.cat_codigo
        FROM arbol AS a
        JOIN datos.categoria AS h ON h.cat_padre = a.cat_codigo AND h.cat_estado = 'ACT'
    )
    SELECT c.cat_codigo FROM datos.categoria AS c
    WHERE c.cat_estado = 'ACT' AND c.cat_codigo NOT IN (SELECT a.cat_codigo FROM arbol AS a)
$$;

COMMENT ON FUNCTION privado.doctor_categoria_cuelga_de_raiz()
IS 'Toda categoría activa cuelga, sin ciclos, de una raíz activa.';

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.categoria TO personal;
GRANT SELECT, INSERT, UPDATE ON datos.categoria TO pos_api;

CREATE POLICY categoria_todas ON datos.categoria USING (true);
