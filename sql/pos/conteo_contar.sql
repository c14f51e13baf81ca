-- Conteo, the acts: opening a sheet, counting, posting, discarding.
--
-- Who counts holds the sheet together with the others who count; who posts or discards it waits for them and holds it
-- alone. Lines are taken in item order, each before its balance, as everybody else who needs several balances does.

-- Judging ------------------------------------------------------------------------------------------------------------

-- Refuses counts that are none, name an item twice, or one that is no good, or say nothing.
CREATE FUNCTION privado.conteo_juzgar(p_itm text[], p_contado numeric[]) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v record;
BEGIN
    SELECT
        count(*) AS lineas,
        count(DISTINCT l.itm) AS distintos,
        count(*) FILTER (WHERE coalesce(p.prd_tipo, m.mp_codigo, 'SERVICIO') = 'SERVICIO') AS ajenos,
        count(*) FILTER (
            WHERE NOT coalesce(l.contado >= 0 AND l.contado < 'NaN' AND l.contado = round(l.contado, 3), false)
        ) AS malas
    INTO v
    FROM unnest(p_itm, p_contado) AS l (itm, contado)
    LEFT JOIN datos.producto AS p ON p.prd_codigo = l.itm
    LEFT JOIN datos.materia_prima AS m ON m.mp_codigo = l.itm;
    IF v.lineas = 0 THEN
        PERFORM privado.rechazar(422, 'conteo_con_lineas', 'No hay nada que contar.');
    ELSIF v.ajenos > 0 THEN
        PERFORM privado.rechazar(422, 'articulo_existe', 'Una línea nombra un artículo que no existe.');
    ELSIF v.distintos < v.lineas THEN
        PERFORM privado.rechazar(422, 'conteo_detalle_unico', 'Cada artículo va una vez en la hoja.');
    ELSIF v.malas > 0 THEN
        PERFORM privado.rechazar(422, 'conteo_no_negativo', 'Lo contado es cero o más, con hasta tres decimales.');
    END IF;
END
$$;

-- Locks an open sheet the caller sees: alone, or together with the others who count.
CREATE FUNCTION privado.conteo_bloquear(p_cnt_codigo text, p_solo boolean) RETURNS datos.conteo
LANGUAGE plpgsql AS $$
DECLARE
    v_conteo datos.conteo;
BEGIN
    IF p_solo THEN
        SELECT c.* INTO v_conteo FROM datos.conteo AS c WHERE c.cnt_codigo = p_cnt_codigo FOR UPDATE;
    ELSE
        SELECT c.* INTO v_conteo FROM datos.conteo AS c WHERE c.cnt_codigo = p_cnt_codigo FOR SHARE;
    END IF;
    IF v_conteo.cnt_codigo IS NULL THEN
        PERFORM privado.rechazar(404, 'conteo_existe', 'No existe ese conteo.');
    ELSIF v_conteo.cnt_estado <> 'PEN' THEN
        PERFORM privado.rechazar(409, 'conteo_abierto', 'El conteo ya no está abierto.');
    END IF;
    RETURN v_conteo;
END
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- The items a sheet is opened for: those named, those of a category and below, or all with stock in the bodega.
CREATE FUNCTION privado.conteo_articulos(p_bod text, p_itm text[], p_cat text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE rama AS (
        SELECT c.cat_codigo FROM datos.categoria AS c WHERE c.cat_codigo = p_cat
        UNION
        SELECT h.cat_codigo FROM rama AS r JOIN datos.categoria AS h ON h.cat_padre = r.cat_codigo
    )
    SELECT CASE
        WHEN p_itm IS NOT NULL THEN p_itm
        WHEN p_cat IS NOT NULL THEN ARRAY(
            SELECT p.prd_codigo FROM datos.producto AS p
            WHERE p.cat_codigo IN (SELECT r.cat_codigo FROM rama AS r) AND p.prd_tipo = 'BIEN' AND p.prd_estado <> 'INA'
        )
        ELSE ARRAY(
            SELECT e.itm_codigo FROM datos.existencia AS e WHERE e.bod_codigo = p_bod AND e.exi_cantidad > 0
        )
    END
$$;

-- Opens a sheet of `bodega`, or of the caller's own.
CREATE FUNCTION api.conteo_crear(
    p_itm_codigo text[] DEFAULT NULL, p_cat_codigo text DEFAULT NULL, p_bodega text DEFAULT NULL,
    p_cnt_observacion text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := privado.codigo('CNT', 7, nextval('datos.conteo_numero'));
    v_bodega text := privado.bodega_propia(p_bodega);
    v_itm text[] := privado.conteo_articulos(v_bodega, p_itm_codigo, nullif(p_cat_codigo, ''));
BEGIN
    PERFORM privado.conteo_juzgar(v_itm, array_fill(0::numeric, ARRAY[coalesce(cardinality(v_itm), 0)]));
    INSERT INTO datos.conteo (cnt_codigo, eta_codigo, bod_codigo, cnt_observacion)
    SELECT v_codigo, b.eta_codigo, v_bodega, btrim(coalesce(p_cnt_observacion, ''))
    FROM datos.bodega AS b WHERE b.bod_codigo = v_bodega;
    INSERT INTO datos.conteo_detalle (cnt_codigo, itm_codigo)
    SELECT v_codigo, l.itm FROM unnest(v_itm) AS l (itm) ORDER BY l.itm;
    RETURN privado.conteo_documento(v_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.conteo_crear(text[], text, text, text) TO bodega, adm_bodega, admin;

-- Writes one count beside what the ledger says at this moment. An item that was not on the sheet was found.
CREATE FUNCTION privado.conteo_anotar(p_conteo datos.conteo, p_itm text, p_contado numeric) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_exi datos.existencia;
BEGIN
    INSERT INTO datos.conteo_detalle (cnt_codigo, itm_codigo) VALUES (p_conteo.cnt_codigo, p_itm)
    ON CONFLICT ON CONSTRAINT conteo_detalle_unico DO NOTHING;
    PERFORM FROM datos.conteo_detalle AS d
    WHERE d.cnt_codigo = p_conteo.cnt_codigo AND d.itm_codigo = p_itm FOR UPDATE;
    v_exi := privado.existencia_bloquear(p_itm, p_conteo.bod_codigo);
    UPDATE datos.conteo_detalle AS d
    SET
        contado = p_contado,
        contado_en = clock_timestamp(),
        contado_por = session_user,
        existencia = v_exi.exi_cantidad,
        secuencia = v_exi.exi_secuencia
    WHERE d.cnt_codigo = p_conteo.cnt_codigo AND d.itm_codigo = p_itm;
END
$$;

-- Enters counts: parallel arrays of item and all there is of it.
CREATE FUNCTION api.conteo_contar(p_cnt_codigo text, p_itm_codigo text[], p_cantidad numeric[]) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_conteo datos.conteo := privado.conteo_bloquear(p_cnt_codigo, false);
    v_linea record;
BEGIN
    PERFORM privado.conteo_juzgar(p_itm_codigo, p_cantidad);
    FOR v_linea IN
        SELECT l.itm, l.contado FROM unnest(p_itm_codigo, p_cantidad) AS l (itm, contado) ORDER BY l.itm
    LOOP
        PERFORM privado.conteo_anotar(v_conteo, v_linea.itm, v_linea.contado);
    END LOOP;
    RETURN privado.conteo_documento(p_cnt_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.conteo_contar(text, text[], numeric[]) TO bodega, adm_bodega, admin;

-- Writes the difference of one line, if there is one. Answers the change of the inventory account and its other side.
-- More missing than is still there means that goods nobody had found were sold since: they are counted again.
CREATE FUNCTION privado.conteo_corregir(p_conteo datos.conteo, p_linea datos.conteo_detalle, OUT delta numeric, OUT clase text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_exi datos.existencia := privado.existencia_bloquear(p_linea.itm_codigo, p_conteo.bod_codigo);
    v_diferencia numeric := privado.conteo_diferencia(p_conteo.bod_codigo, p_linea);
    v_trn text := CASE WHEN v_diferencia > 0 THEN 'AJU' ELSE 'BAJ' END;
BEGIN
    IF v_exi.exi_cantidad + v_diferencia < 0 THEN
        PERFORM privado.rechazar(
            409, 'conteo_contradicho', 'Después de contarlo salió más de lo que se contó de '
            || p_linea.itm_codigo || ': cuéntelo otra vez.'
        );
    END IF;
    UPDATE datos.conteo_detalle AS d SET diferencia = v_diferencia
    WHERE d.cnt_codigo = p_linea.cnt_codigo AND d.itm_codigo = p_linea.itm_codigo;
    delta := 0;
    clase := privado.kardex_contrapartida(v_trn);
    IF v_diferencia <> 0 THEN
        delta := (
            SELECT m.inventario_delta
            FROM privado.kardex_registrar(
                p_linea.itm_codigo, p_conteo.bod_codigo, v_trn, abs(v_diferencia),
                CASE WHEN v_trn = 'AJU' THEN
                    privado.kardex_valor_entrada(p_linea.itm_codigo, p_conteo.bod_codigo, v_diferencia)
                END,
                'CNT', p_conteo.cnt_codigo, p_razon => 'Conteo ' || p_conteo.cnt_codigo
            ) AS m
        );
    END IF;
END
$$;

-- Posts a sheet: the difference of each count, in item order, and one asiento for all of them.
CREATE FUNCTION api.conteo_aprobar(p_cnt_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_conteo datos.conteo := privado.conteo_bloquear(p_cnt_codigo, true);
    v_linea datos.conteo_detalle;
    v_corregido record;
    v_ajuste numeric := 0;
    v_merma numeric := 0;
BEGIN
    IF NOT EXISTS (
        SELECT FROM datos.conteo_detalle AS d WHERE d.cnt_codigo = p_cnt_codigo AND d.contado IS NOT NULL
    ) THEN
        PERFORM privado.rechazar(422, 'conteo_con_cuentas', 'Nadie ha contado nada en esta hoja.');
    END IF;
    FOR v_linea IN
        SELECT d.* FROM datos.conteo_detalle AS d
        WHERE d.cnt_codigo = p_cnt_codigo AND d.contado IS NOT NULL ORDER BY d.itm_codigo
    LOOP
        SELECT * INTO v_corregido FROM privado.conteo_corregir(v_conteo, v_linea);
        IF v_corregido.clase = 'MERMA' THEN
            v_merma := v_merma + v_corregido.delta;
        ELSE
            v_ajuste := v_ajuste + v_corregido.delta;
        END IF;
    END LOOP;
    PERFORM privado.asentar(
        v_conteo.eta_codigo, 'CNT', p_cnt_codigo, 'Conteo de inventario',
        ARRAY['INVENTARIO', 'AJUSTE_INVENTARIO', 'MERMA'], ARRAY['', '', ''],
        ARRAY[v_ajuste + v_merma, -v_ajuste, -v_merma]
    );
    UPDATE datos.conteo SET cnt_estado = 'APR', cnt_cierre = now() WHERE cnt_codigo = p_cnt_codigo;
    RETURN privado.conteo_documento(p_cnt_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.conteo_aprobar(text) TO adm_bodega, admin;

-- Discards an open sheet; nothing is posted.
CREATE FUNCTION api.conteo_anular(p_cnt_codigo text, p_motivo text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.conteo_bloquear(p_cnt_codigo, true);
    UPDATE datos.conteo
    SET cnt_estado = 'ANU', cnt_cierre = now(), cnt_motivo = coalesce(nullif(btrim(p_motivo), ''), 'SIN MOTIVO')
    WHERE cnt_codigo = p_cnt_codigo;
    RETURN privado.conteo_documento(p_cnt_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.conteo_anular(text, text) TO adm_bodega, admin;
