-- Proveedor: who the company buys from.
--
-- One RUC is one supplier: creating one whose row was deactivated brings that row back with the new data. Who buys
-- writes suppliers; the state is for adm_compras and admin. What the company owes a supplier is an account of the
-- libro, never a column here.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A supplier as lists and forms show it. Texts are '' and never null.
CREATE FUNCTION privado.proveedor_fila(p datos.proveedor) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'prv_codigo', p.prv_codigo,
        'prv_razonsocial', p.prv_razonsocial,
        'prv_ruc', p.prv_ruc,
        'prv_telefono', p.prv_telefono,
        'prv_celular', p.prv_celular,
        'prv_mail', p.prv_mail,
        'prv_direccion', p.prv_direccion,
        'ct_codigo', coalesce(p.ct_codigo, ''),
        'ciudad_nombre', coalesce((SELECT c.ct_descripcion FROM datos.ciudad AS c WHERE c.ct_codigo = p.ct_codigo), ''),
        'prv_estado', p.prv_estado,
        'prv_fecha_alta', p.prv_fecha_alta
    )
$$;

GRANT EXECUTE ON FUNCTION privado.proveedor_fila(datos.proveedor) TO personal;

-- A supplier as a select shows it.
CREATE FUNCTION privado.proveedor_opcion(p datos.proveedor) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'prv_codigo', p.prv_codigo,
        'prv_razonsocial', p.prv_razonsocial,
        'prv_ruc', p.prv_ruc,
        'prv_estado', p.prv_estado
    )
$$;

GRANT EXECUTE ON FUNCTION privado.proveedor_opcion(datos.proveedor) TO personal;

-- Suppliers by name, as whole rows or as options. The plan depends on the text searched, so it is made each time.
CREATE FUNCTION privado.proveedor_pagina(
    p_page int, p_limit int, p_search text, p_estados text[], p_opciones boolean
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_texto text := nullif(btrim(p_search), '');
    v_patrones text[] := privado.patrones(v_texto);
    v_total bigint;
    v_filas json;
BEGIN
    LOOP
        SELECT count(*) INTO v_total
        FROM (
            SELECT FROM datos.proveedor AS p
            WHERE p.prv_estado = ANY (p_estados) AND (v_patrones IS NULL OR p.busqueda LIKE ALL (v_patrones))
            LIMIT 10001
        ) AS t;
        EXIT WHEN v_total > 0 OR v_texto IS NULL;
        v_patrones := privado.patrones(privado.texto_corregir('proveedor', v_texto));
        v_texto := NULL;
    END LOOP;

    SELECT json_agg(CASE WHEN p_opciones THEN privado.proveedor_opcion(g.p) ELSE privado.proveedor_fila(g.p) END)
    INTO v_filas
    FROM (
        SELECT p
        FROM datos.proveedor AS p
        WHERE p.prv_estado = ANY (p_estados) AND (v_patrones IS NULL OR p.busqueda LIKE ALL (v_patrones))
        ORDER BY p.busqueda, p.prv_codigo
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;

    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION privado.proveedor_pagina(int, int, text, text[], boolean) TO personal;

-- Suppliers by name: without a page the active ones as options, with a page whole rows, suspended ones included.
CREATE FUNCTION api.proveedor_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.proveedor_pagina(
        p_page, p_limit, p_search,
        CASE WHEN p_page IS NULL THEN '{ACT}'::text[] ELSE '{ACT,SUS}'::text[] END,
        p_page IS NULL
    )
$$;

GRANT EXECUTE ON FUNCTION api.proveedor_listar(int, int, text)
TO compras, adm_compras, contador, auditor, admin;

-- Suppliers whose name, RUC or code has every word typed, always as whole rows.
CREATE FUNCTION api.proveedor_buscar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.proveedor_pagina(p_page, p_limit, p_search, '{ACT,SUS}', false)
$$;

GRANT EXECUTE ON FUNCTION api.proveedor_buscar(int, int, text)
TO compras, adm_compras, contador, auditor, admin;

-- One supplier, whatever its state: documents go on naming those that were deactivated.
CREATE FUNCTION api.proveedor_obtener(p_prv_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_proveedor json := (
        SELECT privado.proveedor_fila(p) FROM datos.proveedor AS p WHERE p.prv_codigo = p_prv_codigo
    );
BEGIN
    IF v_proveedor IS NULL THEN
        PERFORM privado.rechazar(404, 'proveedor_existe', 'No existe ese proveedor.');
    END IF;
    RETURN v_proveedor;
END
$$;

GRANT EXECUTE ON FUNCTION api.proveedor_obtener(text) TO compras, adm_compras, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Refuses a RUC whose digits are wrong. Its shape is the table's to judge.
CREATE FUNCTION privado.proveedor_ruc_exigir(p_ruc text) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF NOT privado.identificacion_valida('RUC', p_ruc) THEN
        PERFORM privado.rechazar(422, 'proveedor_ruc_valido', 'El RUC no es válido: revise sus dígitos.');
    END IF;
END
$$;

-- Refuses a supplier that nothing is ordered from any more.
CREATE FUNCTION privado.proveedor_activo_exigir(p_prv_codigo text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM datos.proveedor AS p WHERE p.prv_codigo = p_prv_codigo AND p.prv_estado <> 'ACT') THEN
        PERFORM privado.rechazar(409, 'proveedor_activo', 'El proveedor no está activo.');
    END IF;
END
$$;

-- Adds a supplier, or brings back the one deactivated under that RUC. One statement, so two people registering the
-- same supplier at once make one.
CREATE FUNCTION api.proveedor_crear(
    p_prv_razonsocial text,
    p_prv_ruc text,
    p_prv_telefono text DEFAULT NULL,
    p_prv_celular text DEFAULT NULL,
    p_prv_mail text DEFAULT NULL,
    p_prv_direccion text DEFAULT NULL,
    p_ct_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := privado.codigo('PRV', 7, nextval('datos.proveedor_numero'));
    v_ruc text := btrim(p_prv_ruc);
    v_proveedor datos.proveedor;
BEGIN
    PERFORM privado.proveedor_ruc_exigir(v_ruc);
    INSERT INTO datos.proveedor AS p (
        prv_codigo, prv_razonsocial, prv_ruc, prv_telefono, prv_celular, prv_mail, prv_direccion, ct_codigo, busqueda
    ) VALUES (
        v_codigo, btrim(p_prv_razonsocial), v_ruc, btrim(coalesce(p_prv_telefono, '')),
        btrim(coalesce(p_prv_celular, '')), btrim(coalesce(p_prv_mail, '')), btrim(coalesce(p_prv_direccion, '')),
        nullif(p_ct_codigo, ''), privado.normalizar(concat_ws(' ', p_prv_razonsocial, v_codigo, v_ruc))
    )
    ON CONFLICT ON CONSTRAINT proveedor_ruc_unico DO UPDATE
    SET
        prv_razonsocial = excluded.prv_razonsocial,
        prv_telefono = excluded.prv_telefono,
        prv_celular = excluded.prv_celular,
        prv_mail = excluded.prv_mail,
        prv_direccion = excluded.prv_direccion,
        ct_codigo = excluded.ct_codigo,
        prv_estado = 'ACT',
        busqueda = privado.normalizar(concat_ws(' ', excluded.prv_razonsocial, p.prv_codigo, p.prv_ruc))
    WHERE p.prv_estado = 'INA'
    RETURNING p.* INTO v_proveedor;
    IF v_proveedor.prv_codigo IS NULL THEN
        PERFORM privado.rechazar(409, 'proveedor_ruc_unico', 'Ya existe un proveedor con ese RUC.');
    END IF;
    RETURN privado.proveedor_fila(v_proveedor);
END
$$;

GRANT EXECUTE ON FUNCTION api.proveedor_crear(text, text, text, text, text, text, text)
TO compras, adm_compras, admin;

-- Locks a supplier that is about to change and answers it.
CREATE FUNCTION privado.proveedor_bloquear(p_prv_codigo text) RETURNS datos.proveedor
LANGUAGE plpgsql AS $$
DECLARE
    v_proveedor datos.proveedor;
BEGIN
    SELECT p.* INTO v_proveedor FROM datos.proveedor AS p WHERE p.prv_codigo = p_prv_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'proveedor_existe', 'No existe ese proveedor.');
    END IF;
    RETURN v_proveedor;
END
$$;

-- Changes what is named and keeps the rest; '' empties an optional text.
CREATE FUNCTION api.proveedor_actualizar(
    p_prv_codigo text,
    p_prv_razonsocial text DEFAULT NULL,
    p_prv_ruc text DEFAULT NULL,
    p_prv_telefono text DEFAULT NULL,
    p_prv_celular text DEFAULT NULL,
    p_prv_mail text DEFAULT NULL,
    p_prv_direccion text DEFAULT NULL,
    p_ct_codigo text DEFAULT NULL,
    p_prv_estado text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.proveedor := privado.proveedor_bloquear(p_prv_codigo);
    v_nombre text := coalesce(nullif(btrim(p_prv_razonsocial), ''), v_antes.prv_razonsocial);
    v_ruc text := coalesce(nullif(btrim(p_prv_ruc), ''), v_antes.prv_ruc);
    v_proveedor datos.proveedor;
BEGIN
    IF nullif(p_prv_estado, '') <> v_antes.prv_estado THEN
        PERFORM privado.reservar(
            '{adm_compras,admin}', 'proveedor_estado_reservado',
            'El estado de un proveedor lo cambia la administración de compras.'
        );
    ELSIF v_antes.prv_estado = 'INA' THEN
        PERFORM privado.rechazar(409, 'proveedor_activo', 'El proveedor está desactivado.');
    END IF;
    IF v_ruc <> v_antes.prv_ruc THEN
        PERFORM privado.proveedor_ruc_exigir(v_ruc);
    END IF;
    UPDATE datos.proveedor
    SET
        prv_razonsocial = v_nombre,
        prv_ruc = v_ruc,
        prv_telefono = coalesce(btrim(p_prv_telefono), prv_telefono),
        prv_celular = coalesce(btrim(p_prv_celular), prv_celular),
        prv_mail = coalesce(btrim(p_prv_mail), prv_mail),
        prv_direccion = coalesce(btrim(p_prv_direccion), prv_direccion),
        ct_codigo = CASE WHEN p_ct_codigo IS NULL THEN ct_codigo ELSE nullif(p_ct_codigo, '') END,
        prv_estado = coalesce(nullif(p_prv_estado, ''), prv_estado),
        busqueda = privado.normalizar(concat_ws(' ', v_nombre, prv_codigo, v_ruc))
    WHERE prv_codigo = p_prv_codigo
    RETURNING * INTO v_proveedor;
    RETURN privado.proveedor_fila(v_proveedor);
END
$$;

GRANT EXECUTE ON FUNCTION api.proveedor_actualizar(text, text, text, text, text, text, text, text, text)
TO compras, adm_compras, admin;

-- Deactivates a supplier: hidden from lists, still named by its documents, brought back by creating it again.
CREATE FUNCTION api.proveedor_eliminar(p_prv_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.proveedor := privado.proveedor_bloquear(p_prv_codigo);
BEGIN
    IF v_antes.prv_estado = 'INA' THEN
        PERFORM privado.rechazar(409, 'proveedor_activo', 'El proveedor está desactivado.');
    END IF;
    UPDATE datos.proveedor SET prv_estado = 'INA' WHERE prv_codigo = p_prv_codigo;
    RETURN json_build_object('message', 'Proveedor desactivado.', 'prv_codigo', p_prv_codigo, 'prv_estado', 'INA');
END
$$;

GRANT EXECUTE ON FUNCTION api.proveedor_eliminar(text) TO adm_compras, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER proveedor_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.proveedor
FOR EACH ROW EXECUTE FUNCTION privado.auditar('prv_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.proveedor TO compras, adm_compras, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.proveedor TO pos_api;

CREATE POLICY proveedor_todos ON datos.proveedor USING (true);
