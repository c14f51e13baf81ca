-- Conteo: counting what is there, while the shop goes on selling.
--
-- A sheet names the items of a bodega to be counted: some, those of a category, or all that have stock. Any number of
-- people enter counts, blind: the stockroom is not told what the ledger says. A count is of all there is of an item in
-- that bodega; whoever counts again replaces it. With each count the sheet notes what the ledger said at that moment,
-- under the lock of the balance, so sales before the count are in both figures and sales after it in neither.
--
-- Posting writes the differences, once: AJU for what was found, BAJ for what was missing, with the sheet as their
-- document. What another sheet corrected since the count is taken off, so counting twice corrects once. Items nobody
-- counted stay as they are. The acts are in conteo_contar.sql.

-- Reading ------------------------------------------------------------------------------------------------------------

-- What a count differs from the ledger: what was counted, less what the ledger said then, less what other sheets have
-- corrected since.
CREATE FUNCTION privado.conteo_diferencia(p_bod text, p_linea datos.conteo_detalle) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_linea.contado - p_linea.existencia - coalesce(sum(k.krd_signo * k.krd_cantidad), 0)
    FROM datos.kardex AS k
    WHERE
        k.itm_codigo = p_linea.itm_codigo AND k.bod_codigo = p_bod AND k.krd_secuencia > p_linea.secuencia
        AND k.doc_tipo = 'CNT'
$$;

-- What the counts of a sheet are compared with; no rows for who counts blind.
CREATE FUNCTION privado.conteo_diferencias(p_cnt_codigo text) RETURNS TABLE (itm_codigo text, cifras json)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.itm_codigo, json_build_object(
        'existencia', trim_scale(d.existencia),
        'diferencia', trim_scale(
            CASE c.cnt_estado WHEN 'PEN' THEN privado.conteo_diferencia(c.bod_codigo, d) ELSE d.diferencia END
        )
    )
    FROM datos.conteo_detalle AS d
    JOIN datos.conteo AS c USING (cnt_codigo)
    WHERE
        d.cnt_codigo = p_cnt_codigo
        AND c.eta_codigo = ANY (privado.mis_establecimientos())
        AND has_column_privilege(session_user, 'datos.conteo_detalle', 'existencia', 'SELECT')
$$;

GRANT EXECUTE ON FUNCTION privado.conteo_diferencias(text) TO bodega, adm_bodega, contador, auditor, admin;

-- The header of a sheet: how many items it has, and how many are counted.
CREATE FUNCTION privado.conteo_cabecera(p_cnt_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'cnt_codigo', c.cnt_codigo,
        'bodega', c.bod_codigo,
        'cnt_fecha', c.cnt_fecha,
        'cnt_observacion', c.cnt_observacion,
        'cnt_estado', c.cnt_estado,
        'cnt_cierre', c.cnt_cierre,
        'cnt_motivo', c.cnt_motivo,
        'usr_id', c.usr_id,
        'articulos', (SELECT count(*) FROM datos.conteo_detalle AS d WHERE d.cnt_codigo = c.cnt_codigo),
        'contados', (SELECT count(d.contado) FROM datos.conteo_detalle AS d WHERE d.cnt_codigo = c.cnt_codigo)
    )
    FROM datos.conteo AS c
    WHERE c.cnt_codigo = p_cnt_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.conteo_cabecera(text) TO bodega, adm_bodega, contador, auditor, admin;

-- A sheet with its lines, as each of its acts answers it.
CREATE FUNCTION privado.conteo_documento(p_cnt_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.json_unir(privado.conteo_cabecera(p_cnt_codigo), json_build_object('lineas', (
        SELECT coalesce(json_agg(privado.json_unir(
            json_build_object(
                'prd_codigo', CASE WHEN d.itm_codigo NOT LIKE 'MP%' THEN d.itm_codigo END,
                'mp_codigo', CASE WHEN d.itm_codigo LIKE 'MP%' THEN d.itm_codigo END,
                'nombre', privado.articulo_nombre(d.itm_codigo),
                'contado', trim_scale(d.contado),
                'contado_en', d.contado_en,
                'contado_por', d.contado_por
            ),
            f.cifras
        ) ORDER BY d.itm_codigo), '[]'::json)
        FROM datos.conteo_detalle AS d
        LEFT JOIN privado.conteo_diferencias(p_cnt_codigo) AS f USING (itm_codigo)
        WHERE d.cnt_codigo = p_cnt_codigo
    )))
$$;

GRANT EXECUTE ON FUNCTION privado.conteo_documento(text) TO bodega, adm_bodega, contador, auditor, admin;

-- Sheets of one's branches, the newest first: of one state, or of one bodega.
CREATE FUNCTION api.conteo_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_estado text DEFAULT NULL, p_bodega text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.conteo_cabecera(g.cnt_codigo) ORDER BY g.cnt_codigo DESC) INTO v_filas
    FROM (
        SELECT c.cnt_codigo FROM datos.conteo AS c
        WHERE
            (nullif(p_estado, '') IS NULL OR c.cnt_estado = p_estado)
            AND (nullif(p_bodega, '') IS NULL OR c.bod_codigo = p_bodega)
        ORDER BY c.cnt_codigo DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.conteo AS c
        WHERE
            (nullif(p_estado, '') IS NULL OR c.cnt_estado = p_estado)
            AND (nullif(p_bodega, '') IS NULL OR c.bod_codigo = p_bodega)
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.conteo_listar(int, int, text, text) TO bodega, adm_bodega, contador, auditor, admin;

-- A sheet the caller sees.
CREATE FUNCTION api.conteo_obtener(p_cnt_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM datos.conteo AS c WHERE c.cnt_codigo = p_cnt_codigo) THEN
        PERFORM privado.rechazar(404, 'conteo_existe', 'No existe ese conteo.');
    END IF;
    RETURN privado.conteo_documento(p_cnt_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.conteo_obtener(text) TO bodega, adm_bodega, contador, auditor, admin;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_conteo_igual_kardex() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(d.cnt_codigo, k.doc_codigo) || ' ' || coalesce(d.itm_codigo, k.itm_codigo)
    FROM (
        SELECT cnt_codigo, itm_codigo, diferencia FROM datos.conteo_detalle WHERE diferencia <> 0
    ) AS d
    FULL JOIN (
        SELECT doc_codigo, itm_codigo, sum(krd_signo * krd_cantidad) AS movido
        FROM datos.kardex
        WHERE doc_tipo = 'CNT'
        GROUP BY doc_codigo, itm_codigo
    ) AS k ON k.doc_codigo = d.cnt_codigo AND k.itm_codigo = d.itm_codigo
    WHERE d.diferencia IS DISTINCT FROM k.movido
$$;

COMMENT ON FUNCTION privado.doctor_conteo_igual_kardex()
IS 'Cada diferencia de un conteo está en el kardex, y nada más de ese conteo.';

-- Grants and policies ------------------------------------------------------------------------------------------------

CREATE TRIGGER conteo_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.conteo
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cnt_codigo');

CREATE TRIGGER conteo_detalle_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.conteo_detalle
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cnt_codigo');

GRANT SELECT ON datos.conteo TO bodega, adm_bodega, contador, auditor, admin;
GRANT SELECT (cnt_codigo, itm_codigo, contado, contado_en, contado_por) ON datos.conteo_detalle TO bodega;
GRANT SELECT ON datos.conteo_detalle TO adm_bodega, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.conteo, datos.conteo_detalle TO pos_api;

CREATE POLICY conteo_sucursal ON datos.conteo
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
CREATE POLICY conteo_detalle_de_conteo ON datos.conteo_detalle
USING (EXISTS (SELECT FROM datos.conteo AS c WHERE c.cnt_codigo = conteo_detalle.cnt_codigo));
