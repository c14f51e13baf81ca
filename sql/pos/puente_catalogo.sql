-- Puente, catalogue: what the shop has to hear of the POS.
--
-- Every change to a product, a category, a city, an IVA rate, a setting prices depend on or a client leaves a row in the outbox `puente_cambio`, in
-- its own transaction. The bridge takes a batch, tells the shop what those rows are now, and deletes exactly the rows
-- it took. There is no cursor to fall behind: with one, a change that takes a low version and commits late is skipped
-- for ever. Delivering twice is harmless, since products and clients carry their version; the small sets are sent
-- whole and carry none, so a delivery is numbered in the order of what it saw and the shop refuses a stale one.
--
-- Of a client the shop learns a fingerprint of the identification and whether there is an e-mail, nothing else.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Products as the shop shows them.
CREATE FUNCTION privado.puente_productos(p_codigos text[]) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_agg(json_build_object(
        'prd_codigo', p.prd_codigo,
        'prd_nombre', p.prd_nombre,
        'prd_desc_corta', p.prd_desc_corta,
        'prd_desc_larga', p.prd_desc_larga,
        'prd_precio_venta', p.prd_precio_venta,
        'prd_promocion', p.prd_promocion,
        'prd_tipo', p.prd_tipo,
        'prd_estado', p.prd_estado,
        'prd_img', p.prd_img,
        'um_descripcion', u.um_descripcion,
        'cat_codigo', p.cat_codigo,
        'iva_codigo', p.iva_codigo,
        'prd_codigo_barras', p.prd_codigo_barras,
        'prd_version', p.prd_version
    ))
    FROM datos.producto AS p
    JOIN datos.unidad_medida AS u ON u.um_codigo = p.um_venta
    WHERE p.prd_codigo = ANY (p_codigos)
$$;

-- Clients as the shop may know them. Of an identification that a client gave up ("ruc <it>" among the keys) the shop
-- first forgets what it knew, and then learns who has it now, if anybody.
CREATE FUNCTION privado.puente_clientes(p_claves text[]) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH dejada AS (
        SELECT substr(k.clave, 5) AS ruc FROM unnest(p_claves) AS k (clave) WHERE k.clave LIKE 'ruc %'
    )
    SELECT json_agg(json_build_object(
        'hash', encode(privado.identificacion_huella(v.ruc), 'hex'), 'tiene_mail', v.tiene_mail, 'version', v.version
    ))
    FROM (
        SELECT d.ruc, NULL::boolean AS tiene_mail, NULL::bigint AS version FROM dejada AS d
        UNION ALL
        SELECT c.cli_ruc_ced, c.cli_mail <> '' AND c.cli_estado <> 'INA', c.version
        FROM datos.cliente AS c
        WHERE c.cli_codigo = ANY (p_claves) OR c.cli_ruc_ced IN (SELECT d.ruc FROM dejada AS d)
    ) AS v
$$;

-- A small set, whole: the shop's copy of a table of codes.
CREATE FUNCTION privado.puente_tabla(p_tabla text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT CASE p_tabla
        WHEN 'categoria' THEN (
            SELECT coalesce(json_agg(json_build_object(
                'cat_codigo', c.cat_codigo, 'cat_nombre', c.cat_nombre,
                'cat_descripcion', c.cat_descripcion, 'cat_padre', c.cat_padre
            )), '[]')
            FROM datos.categoria AS c
            WHERE c.cat_estado = 'ACT'
        )
        WHEN 'ciudad' THEN (
            SELECT json_agg(json_build_object(
                'ct_codigo', c.ct_codigo, 'ct_descripcion', c.ct_descripcion, 'ct_estado', c.ct_estado
            ))
            FROM datos.ciudad AS c
        )
        WHEN 'tarifa_iva' THEN (
            SELECT json_agg(json_build_object(
                'iva_codigo', t.iva_codigo, 'sri_codigo', t.sri_codigo, 'porcentaje', t.porcentaje,
                'desde', t.desde, 'hasta', t.hasta
            ))
            FROM datos.tarifa_iva AS t
        )
        WHEN 'ajuste' THEN (
            SELECT json_agg(a) FROM datos.ajuste AS a
        )
    END
$$;

-- The next delivery: its number, the changes it answers for, and what to tell, each part as JSON text or NULL. The
-- number is taken and the rows are read under one lock, so a higher number has seen at least as much. Volatile: each
-- statement sees what was committed before it.
CREATE FUNCTION api.catalogo_pendiente(p_limite int DEFAULT 1000) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_envio bigint;
    v_cambios bigint[];
    v_productos text[];
    v_clientes text[];
    v_tablas text[];
BEGIN
    IF NOT EXISTS (SELECT FROM datos.puente_cambio WHERE cam_reintentar <= now()) THEN
        RETURN json_build_object('cambios', '[]'::json);
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('daf puente catalogo'));
    v_envio := nextval('datos.puente_envio');
    SELECT
        array_agg(c.cam_id),
        array_agg(DISTINCT c.cam_clave) FILTER (WHERE c.cam_tabla = 'producto'),
        array_agg(DISTINCT c.cam_clave) FILTER (WHERE c.cam_tabla = 'cliente'),
        array_agg(DISTINCT c.cam_tabla)
    INTO v_cambios, v_productos, v_clientes, v_tablas
    FROM (
        SELECT cam_id, cam_tabla, cam_clave
        FROM datos.puente_cambio
        WHERE cam_reintentar <= now()
        ORDER BY cam_id
        LIMIT p_limite
    ) AS c;
    RETURN json_build_object(
        'envio', v_envio,
        'cambios', coalesce(array_to_json(v_cambios), '[]'),
        'productos', privado.puente_productos(v_productos)::text,
        'clientes', privado.puente_clientes(v_clientes)::text,
        'categorias', CASE WHEN 'categoria' = ANY (v_tablas) THEN privado.puente_tabla('categoria')::text END,
        'ciudades', CASE WHEN 'ciudad' = ANY (v_tablas) THEN privado.puente_tabla('ciudad')::text END,
        'tarifas', CASE WHEN 'tarifa_iva' = ANY (v_tablas) THEN privado.puente_tabla('tarifa_iva')::text END,
        'ajustes', CASE WHEN 'ajuste' = ANY (v_tablas) THEN privado.puente_tabla('ajuste')::text END
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.catalogo_pendiente(int) TO puente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Forgets changes the shop has taken.
CREATE FUNCTION api.catalogo_entregado(p_cambios bigint[]) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_entregados bigint;
BEGIN
    DELETE FROM datos.puente_cambio WHERE cam_id = ANY (p_cambios);
    GET DIAGNOSTICS v_entregados = ROW_COUNT;
    RETURN json_build_object('entregados', v_entregados);
END
$$;

GRANT EXECUTE ON FUNCTION api.catalogo_entregado(bigint[]) TO puente;

-- Sets aside changes the shop refuses, so that the others go on. They are tried again in a minute.
CREATE FUNCTION api.catalogo_postergar(p_cambios bigint[], p_error text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_postergados bigint;
BEGIN
    UPDATE datos.puente_cambio
    SET cam_reintentar = now() + interval '1 minute', cam_error = left(p_error, 500)
    WHERE cam_id = ANY (p_cambios);
    GET DIAGNOSTICS v_postergados = ROW_COUNT;
    RETURN json_build_object('postergados', v_postergados);
END
$$;

GRANT EXECUTE ON FUNCTION api.catalogo_postergar(bigint[], text) TO puente;

-- Tells everything again: for a shop that was restored from an older copy.
CREATE FUNCTION api.catalogo_reenviar() RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.puente_anotar(t.tabla, ARRAY['*'])
    FROM unnest(ARRAY['categoria', 'ciudad', 'tarifa_iva', 'ajuste']) AS t (tabla);
    PERFORM privado.puente_anotar('cliente', ARRAY(SELECT c.cli_codigo FROM datos.cliente AS c));
    PERFORM privado.puente_anotar('producto', ARRAY(SELECT p.prd_codigo FROM datos.producto AS p));
    RETURN json_build_object('pendientes', (SELECT count(*) FROM datos.puente_cambio));
END
$$;

GRANT EXECUTE ON FUNCTION api.catalogo_reenviar() TO puente, admin;

-- Notes that rows of a table changed, and wakes the bridge when this commits.
CREATE FUNCTION privado.puente_anotar(p_tabla text, p_claves text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO datos.puente_cambio (cam_tabla, cam_clave) SELECT p_tabla, c.clave FROM unnest(p_claves) AS c (clave);
    IF FOUND THEN
        PERFORM pg_notify('daf_puente', 'catalogo');
    END IF;
END
$$;

-- Triggers -----------------------------------------------------------------------------------------------------------

-- Births come a thousand at a time from an import, so they are noted by statement.
CREATE FUNCTION privado.puente_altas() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.puente_anotar(TG_TABLE_NAME, ARRAY(SELECT to_jsonb(n) ->> TG_ARGV[0] FROM nuevas AS n));
    RETURN NULL;
END
$$;

-- One row changed; its new version says so.
CREATE FUNCTION privado.puente_cambio() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.puente_anotar(TG_TABLE_NAME, ARRAY[to_jsonb(NEW) ->> TG_ARGV[0]]);
    RETURN NULL;
END
$$;

-- A client's identification was changed: the old one is nobody's, or somebody else's.
CREATE FUNCTION privado.puente_identificacion_cambio() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.puente_anotar('cliente', ARRAY['ruc ' || OLD.cli_ruc_ced]);
    RETURN NULL;
END
$$;

-- Something in a table of codes changed: it is sent whole.
CREATE FUNCTION privado.puente_tabla_cambio() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.puente_anotar(TG_TABLE_NAME, ARRAY['*']);
    RETURN NULL;
END
$$;

-- A unit was renamed: products carry its words. Their version stays; the delivery's number says which words are later.
CREATE FUNCTION privado.puente_unidad_cambio() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.puente_anotar(
        'producto', ARRAY(SELECT p.prd_codigo FROM datos.producto AS p WHERE p.um_venta = NEW.um_codigo)
    );
    RETURN NULL;
END
$$;

-- A category was renamed: its products are found by its name. The categories go first, in this delivery or before it.
CREATE FUNCTION privado.puente_categoria_cambio() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.puente_anotar('categoria', ARRAY['*']);
    PERFORM privado.puente_anotar(
        'producto', ARRAY(SELECT p.prd_codigo FROM datos.producto AS p WHERE p.cat_codigo = NEW.cat_codigo)
    );
    RETURN NULL;
END
$$;

CREATE TRIGGER categoria_puente_nombre AFTER UPDATE ON datos.categoria
FOR EACH ROW WHEN (old.cat_nombre <> new.cat_nombre) EXECUTE FUNCTION privado.puente_categoria_cambio();

CREATE TRIGGER unidad_medida_puente AFTER UPDATE ON datos.unidad_medida
FOR EACH ROW WHEN (old.um_descripcion <> new.um_descripcion) EXECUTE FUNCTION privado.puente_unidad_cambio();

CREATE TRIGGER producto_puente_alta AFTER INSERT ON datos.producto
REFERENCING NEW TABLE AS nuevas FOR EACH STATEMENT EXECUTE FUNCTION privado.puente_altas('prd_codigo');
CREATE TRIGGER producto_puente_cambio AFTER UPDATE ON datos.producto
FOR EACH ROW WHEN (old.prd_version <> new.prd_version) EXECUTE FUNCTION privado.puente_cambio('prd_codigo');

CREATE TRIGGER cliente_puente_alta AFTER INSERT ON datos.cliente
REFERENCING NEW TABLE AS nuevas FOR EACH STATEMENT EXECUTE FUNCTION privado.puente_altas('cli_codigo');
CREATE TRIGGER cliente_puente_cambio AFTER UPDATE ON datos.cliente
FOR EACH ROW WHEN (old.version <> new.version) EXECUTE FUNCTION privado.puente_cambio('cli_codigo');

CREATE TRIGGER cliente_puente_identificacion AFTER UPDATE ON datos.cliente
FOR EACH ROW WHEN (old.cli_ruc_ced <> new.cli_ruc_ced) EXECUTE FUNCTION privado.puente_identificacion_cambio();

CREATE TRIGGER categoria_puente AFTER INSERT OR UPDATE OR DELETE ON datos.categoria
FOR EACH STATEMENT EXECUTE FUNCTION privado.puente_tabla_cambio();
CREATE TRIGGER ciudad_puente AFTER INSERT OR UPDATE OR DELETE ON datos.ciudad
FOR EACH STATEMENT EXECUTE FUNCTION privado.puente_tabla_cambio();
CREATE TRIGGER tarifa_iva_puente AFTER INSERT OR UPDATE OR DELETE ON datos.tarifa_iva
FOR EACH STATEMENT EXECUTE FUNCTION privado.puente_tabla_cambio();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT, UPDATE, DELETE ON datos.puente_cambio TO pos_api;
GRANT SELECT ON datos.producto, datos.cliente, datos.unidad_medida, datos.categoria, datos.ciudad, datos.tarifa_iva
TO pos_api;

CREATE POLICY puente_cambio_del_puente ON datos.puente_cambio USING ((SELECT privado.es('puente')));
