-- Producto, import: a catalogue in arrays of up to a thousand rows a call.
--
-- The whole batch is tried as one insert. If a rule refuses it, its rows are tried one by one and each refusal is
-- answered with the number of its row; the caller decides whether the good ones stay (the importer of files keeps all
-- rows or none). A refusal of the person, and not of a row, refuses the call.

-- The sentence of a rule that PostgreSQL broke off with: our own message, or the comment of the constraint.
CREATE FUNCTION privado.regla_mensaje(p_estado text, p_regla text, p_mensaje text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_estado LIKE 'NG%' THEN p_mensaje
        ELSE coalesce(
            (SELECT obj_description(c.oid, 'pg_constraint') FROM pg_constraint AS c
             WHERE c.conname = p_regla AND c.connamespace = 'datos'::regnamespace),
            'Falta un dato o tiene una forma que no corresponde.'
        )
    END
$$;

-- Tries products one at a time: how many were added, and the rule each of the others broke.
CREATE FUNCTION privado.producto_alta_una_a_una(
    p_nuevos privado.producto_nuevo[], OUT creados int, OUT errores json
)
LANGUAGE plpgsql AS $$
DECLARE
    v_errores json[] := '{}';
    v_estado text;
    v_regla text;
    v_mensaje text;
BEGIN
    creados := 0;
    FOR i IN 1 .. cardinality(p_nuevos) LOOP
        BEGIN
            PERFORM privado.producto_alta(p_nuevos[i:i]);
            creados := creados + 1;
        EXCEPTION WHEN integrity_constraint_violation OR data_exception OR SQLSTATE 'NG422' THEN
            GET STACKED DIAGNOSTICS
                v_estado = RETURNED_SQLSTATE, v_regla = CONSTRAINT_NAME, v_mensaje = MESSAGE_TEXT;
            v_errores := v_errores || json_build_object(
                'fila', i,
                'regla', coalesce(nullif(v_regla, ''), 'dato_requerido'),
                'mensaje', privado.regla_mensaje(v_estado, v_regla, v_mensaje)
            );
        END;
    END LOOP;
    errores := array_to_json(v_errores);
END
$$;

-- Adds a batch of products given as parallel arrays; answers {creados, errores: [{fila, regla, mensaje}]}, rows from 1.
CREATE FUNCTION api.producto_importar(
    p_codigos_barras text[],
    p_nombres text[],
    p_desc_corta text[],
    p_desc_larga text[],
    p_um text[],
    p_categoria text[],
    p_precio numeric[],
    p_costo numeric[],
    p_stock numeric[],
    p_iva text[],
    p_promocion numeric[],
    p_prioridad text[],
    p_stock_minimo numeric[],
    p_tipo text[] DEFAULT NULL,
    p_imagen text[] DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_nuevos privado.producto_nuevo[];
    v_creados int;
    v_errores json := '[]';
BEGIN
    IF cardinality(p_nombres) > 1000 THEN
        PERFORM privado.rechazar(422, 'importacion_maximo', 'Una llamada importa hasta 1000 filas.');
    END IF;
    v_nuevos := ARRAY(
        SELECT ROW (
            f.barras, f.nombre, f.corta, f.larga, f.um, f.categoria, f.precio, f.costo, f.stock, f.iva, f.promocion,
            f.prioridad, f.minimo, f.tipo, f.imagen, 'ACT'
        )::privado.producto_nuevo
        FROM unnest(
            p_codigos_barras, p_nombres, p_desc_corta, p_desc_larga, p_um, p_categoria, p_precio, p_costo, p_stock,
            p_iva, p_promocion, p_prioridad, p_stock_minimo, p_tipo, p_imagen
        ) WITH ORDINALITY AS f (
            barras, nombre, corta, larga, um, categoria, precio, costo, stock,
            iva, promocion, prioridad, minimo, tipo, imagen, fila
        )
        ORDER BY f.fila
    );
    BEGIN
        v_creados := cardinality(privado.producto_alta(v_nuevos));
    EXCEPTION WHEN integrity_constraint_violation OR data_exception OR SQLSTATE 'NG422' THEN
        SELECT u.creados, u.errores INTO v_creados, v_errores
        FROM privado.producto_alta_una_a_una(v_nuevos) AS u;
    END;
    RETURN json_build_object('creados', v_creados, 'errores', v_errores);
END
$$;

GRANT EXECUTE ON FUNCTION api.producto_importar(
    text[], text[], text[], text[], text[], text[], numeric[], numeric[], numeric[], text[], numeric[], text[],
    numeric[], text[], text[]
) TO bodega, adm_bodega, admin;
