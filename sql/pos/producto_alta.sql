-- Producto, birth: how products come to exist, one or a thousand at a time.
--
-- The constraints of the table are the rules; nothing here repeats them. Stock sent with a new product is its opening
-- entry in the caller's own bodega, worth stock x cost where the caller may speak of cost, else nothing yet. A service
-- has no stock.

-- A product as it arrives. Defaults are filled in on the way to the table.
CREATE TYPE privado.producto_nuevo AS (
    prd_codigo_barras text,
    prd_nombre text,
    prd_desc_corta text,
    prd_desc_larga text,
    um_venta text,
    cat_codigo text,
    prd_precio_venta numeric(12,2),
    prd_costo numeric(18,6),
    prd_stock numeric(14,3),
    iva_codigo text,
    prd_promocion numeric(7,4),
    prd_prioridad text,
    prd_stock_minimo numeric(14,3),
    prd_tipo text,
    prd_img text,
    prd_estado text
);

-- Judges what no constraint of the product can see: its opening stock and who may say what it cost.
CREATE FUNCTION privado.producto_alta_juzgar(p_nuevos privado.producto_nuevo[]) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_negativos bigint;
    v_servicios bigint;
    v_costos bigint;
    v_costos_malos bigint;
BEGIN
    SELECT
        count(*) FILTER (WHERE NOT (n.prd_stock >= 0 AND n.prd_stock < 'NaN')),
        count(*) FILTER (WHERE n.prd_stock > 0 AND n.prd_tipo = 'SERVICIO'),
        count(n.prd_costo),
        count(*) FILTER (WHERE NOT (n.prd_costo >= 0 AND n.prd_costo < 'NaN'))
    INTO v_negativos, v_servicios, v_costos, v_costos_malos
    FROM unnest(p_nuevos) AS n;

    IF v_costos > 0 AND NOT has_column_privilege(session_user, 'datos.kardex', 'krd_valor', 'SELECT') THEN
        PERFORM privado.rechazar(403, 'costo_restringido', 'El costo lo indica quien puede verlo.');
    ELSIF v_costos_malos > 0 THEN
        PERFORM privado.rechazar(422, 'costo_valido', 'El costo no puede ser negativo.');
    ELSIF v_servicios > 0 THEN
        PERFORM privado.rechazar(422, 'servicio_sin_existencia', 'Un servicio no tiene existencia.');
    ELSIF v_negativos > 0 THEN
        PERFORM privado.rechazar(422, 'stock_inicial_no_negativo', 'El stock inicial no puede ser negativo.');
    END IF;
END
$$;

-- Adds products with their first price and their opening stock, and answers their codes in the order they came.
CREATE FUNCTION privado.producto_alta(p_nuevos privado.producto_nuevo[]) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    v_codigos text[] := ARRAY(
        SELECT privado.codigo('PRD', 7, nextval('datos.producto_numero')) FROM generate_subscripts(p_nuevos, 1)
    );
    v_iva text := privado.ajuste('iva_defecto');
    v_con_stock text[];
    v_stock numeric[];
    v_valor numeric[];
BEGIN
    PERFORM privado.producto_alta_juzgar(p_nuevos);
    INSERT INTO datos.producto (
        prd_codigo, um_venta, cat_codigo, prd_nombre, prd_desc_corta, prd_desc_larga, prd_precio_venta, prd_tipo,
        prd_prioridad, prd_promocion, prd_estado, iva_codigo, prd_codigo_barras, prd_stock_minimo, prd_img, busqueda
    )
    SELECT
        v_codigos[n.ordinality], coalesce(nullif(n.um_venta, ''), 'UND'), nullif(n.cat_codigo, ''), btrim(n.prd_nombre),
        btrim(coalesce(n.prd_desc_corta, '')), btrim(coalesce(n.prd_desc_larga, '')), n.prd_precio_venta,
        coalesce(nullif(n.prd_tipo, ''), 'BIEN'), coalesce(nullif(n.prd_prioridad, ''), 'F'),
        coalesce(n.prd_promocion, 0), coalesce(nullif(n.prd_estado, ''), 'ACT'), coalesce(nullif(n.iva_codigo, ''), v_iva),
        nullif(n.prd_codigo_barras, ''), coalesce(n.prd_stock_minimo, 0), nullif(n.prd_img, ''),
        privado.normalizar(concat_ws(' ', n.prd_nombre, v_codigos[n.ordinality], n.prd_codigo_barras))
    FROM unnest(p_nuevos) WITH ORDINALITY AS n;

    INSERT INTO datos.producto_precio (prd_codigo, prd_precio_venta, prd_promocion)
    SELECT p.prd_codigo, p.prd_precio_venta, p.prd_promocion
    FROM datos.producto AS p WHERE p.prd_codigo = ANY (v_codigos);

    SELECT
        array_agg(v_codigos[n.ordinality]), array_agg(n.prd_stock),
        array_agg(round(n.prd_stock * coalesce(n.prd_costo, 0), 6))
    INTO v_con_stock, v_stock, v_valor
    FROM unnest(p_nuevos) WITH ORDINALITY AS n
    WHERE n.prd_stock > 0;
    IF v_con_stock IS NOT NULL THEN
        PERFORM privado.kardex_inicial(v_con_stock, (SELECT l.bod_codigo FROM privado.mi_lugar() AS l), v_stock, v_valor);
    END IF;
    RETURN v_codigos;
END
$$;
