-- Transferencia: goods sent from one bodega to another.
--
-- Sending takes units and their value out of the origin into TRANSITO, in one act: nothing is sent that is not there.
-- From then on who stands at the destination receives, in one or many parts; who stands at the origin takes back; and
-- the administrator of the stockroom writes off what was lost, with a reason. What nobody did anything with stays on
-- the way. A line's value goes with its units, by proportion, and the last unit takes the rest: what TRANSITO holds is
-- at any time the sum of what the lines still have on the way, in units and in value.
--
-- Seen from both ends. The steps that move goods are in transferencia_mover.sql.

-- Reading ------------------------------------------------------------------------------------------------------------

-- What the lines of a transfer are worth; no rows for who may not see cost.
CREATE FUNCTION privado.transferencia_valores(p_tra_codigo text) RETURNS TABLE (itm_codigo text, costo json)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.itm_codigo, json_build_object(
        'costo_unitario', round(d.valor / d.cantidad, 6)::text,
        'valor', round(d.valor, 2)::text,
        'valor_pendiente', round(d.valor_pendiente, 2)::text
    )
    FROM datos.transferencia_detalle AS d
    JOIN datos.transferencia AS t USING (tra_codigo)
    WHERE
        d.tra_codigo = p_tra_codigo
        AND ARRAY[t.eta_origen, t.eta_destino] && privado.mis_establecimientos()
        AND has_column_privilege(session_user, 'datos.transferencia_detalle', 'valor', 'SELECT')
$$;

GRANT EXECUTE ON FUNCTION privado.transferencia_valores(text) TO bodega, adm_bodega, contador, auditor, admin;

-- What an item is called, product or material.
CREATE FUNCTION privado.articulo_nombre(p_itm_codigo text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT p.prd_nombre FROM datos.producto AS p WHERE p.prd_codigo = p_itm_codigo),
        (SELECT m.mp_descripcion FROM datos.materia_prima AS m WHERE m.mp_codigo = p_itm_codigo)
    )
$$;

GRANT EXECUTE ON FUNCTION privado.articulo_nombre(text) TO bodega, adm_bodega, contador, auditor, admin;

-- A transfer with its lines, as the list and each act answer it.
CREATE FUNCTION privado.transferencia_documento(p_tra_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'tra_codigo', t.tra_codigo,
        'bodega', t.bod_origen,
        'bodega_destino', t.bod_destino,
        'tra_fecha', t.tra_fecha,
        'tra_observacion', t.tra_observacion,
        'tra_estado', t.tra_estado,
        'tra_motivo', t.tra_motivo,
        'usr_id', t.usr_id,
        'lineas', (
            SELECT json_agg(privado.json_unir(
                json_build_object(
                    'prd_codigo', CASE WHEN d.itm_codigo NOT LIKE 'MP%' THEN d.itm_codigo END,
                    'mp_codigo', CASE WHEN d.itm_codigo LIKE 'MP%' THEN d.itm_codigo END,
                    'nombre', privado.articulo_nombre(d.itm_codigo),
                    'cantidad', trim_scale(d.cantidad),
                    'recibida', trim_scale(d.recibida),
                    'devuelta', trim_scale(d.devuelta),
                    'baja', trim_scale(d.baja),
                    'pendiente', trim_scale(d.pendiente)
                ),
                v.costo
            ) ORDER BY d.itm_codigo)
            FROM datos.transferencia_detalle AS d
            LEFT JOIN privado.transferencia_valores(t.tra_codigo) AS v USING (itm_codigo)
            WHERE d.tra_codigo = t.tra_codigo
        )
    )
    FROM datos.transferencia AS t
    WHERE t.tra_codigo = p_tra_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.transferencia_documento(text) TO bodega, adm_bodega, contador, auditor, admin;

-- Transfers from or to one's branches, the newest first: of one state, or from or to one bodega.
CREATE FUNCTION api.transferencia_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_estado text DEFAULT NULL, p_bodega text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.transferencia_documento(g.tra_codigo) ORDER BY g.tra_codigo DESC) INTO v_filas
    FROM (
        SELECT t.tra_codigo FROM datos.transferencia AS t
        WHERE
            (nullif(p_estado, '') IS NULL OR t.tra_estado = p_estado)
            AND (nullif(p_bodega, '') IS NULL OR t.bod_origen = p_bodega OR t.bod_destino = p_bodega)
        ORDER BY t.tra_codigo DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.transferencia AS t
        WHERE
            (nullif(p_estado, '') IS NULL OR t.tra_estado = p_estado)
            AND (nullif(p_bodega, '') IS NULL OR t.bod_origen = p_bodega OR t.bod_destino = p_bodega)
        LIMIT 10001
    ) AS c;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.transferencia_listar(int, int, text, text)
TO bodega, adm_bodega, contador, auditor, admin;

-- A transfer the caller sees.
CREATE FUNCTION api.transferencia_obtener(p_tra_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_documento json := privado.transferencia_documento(p_tra_codigo);
BEGIN
    IF v_documento IS NULL THEN
        PERFORM privado.rechazar(404, 'transferencia_existe', 'No existe ese envío.');
    END IF;
    RETURN v_documento;
END
$$;

GRANT EXECUTE ON FUNCTION api.transferencia_obtener(text) TO bodega, adm_bodega, contador, auditor, admin;

-- Every active bodega of every branch, by code and name alone: where one may send. DEFINER: also to others' branches.
CREATE FUNCTION privado.transferencia_destinos() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'bod_codigo', b.bod_codigo, 'bod_nombre', b.bod_nombre, 'eta_codigo', b.eta_codigo
    ) ORDER BY b.bod_codigo), '[]')
    FROM datos.bodega AS b
    WHERE b.eta_codigo IS NOT NULL AND b.bod_estado = 'ACT'
$$;

GRANT EXECUTE ON FUNCTION privado.transferencia_destinos() TO bodega, adm_bodega, admin;

-- Where one may send, as a bare array for selects.
CREATE FUNCTION api.transferencia_destino_listar() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.transferencia_destinos()
$$;

GRANT EXECUTE ON FUNCTION api.transferencia_destino_listar() TO bodega, adm_bodega, admin;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_transito_igual_envios() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(e.itm_codigo, d.itm_codigo)
    FROM (SELECT itm_codigo, exi_cantidad, exi_valor FROM datos.existencia WHERE bod_codigo = 'TRANSITO') AS e
    FULL JOIN (
        SELECT itm_codigo, sum(pendiente) AS cantidad, sum(valor_pendiente) AS valor
        FROM datos.transferencia_detalle
        WHERE pendiente > 0
        GROUP BY itm_codigo
    ) AS d USING (itm_codigo)
    WHERE (coalesce(e.exi_cantidad, 0), coalesce(e.exi_valor, 0)) <> (coalesce(d.cantidad, 0), coalesce(d.valor, 0))
$$;

COMMENT ON FUNCTION privado.doctor_transito_igual_envios()
IS 'Lo que está en tránsito es lo que los envíos tienen en camino, en cantidad y en valor.';

CREATE FUNCTION privado.doctor_envio_igual_kardex() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.tra_codigo || ' ' || d.itm_codigo
    FROM datos.transferencia_detalle AS d
    JOIN datos.transferencia AS t USING (tra_codigo)
    LEFT JOIN LATERAL (
        SELECT
            sum(k.krd_cantidad) FILTER (WHERE k.bod_codigo = 'TRANSITO' AND k.trn_cod = 'TRI') AS enviada,
            sum(k.krd_valor) FILTER (WHERE k.bod_codigo = 'TRANSITO' AND k.trn_cod = 'TRI') AS valor,
            sum(k.krd_cantidad) FILTER (WHERE k.bod_codigo = t.bod_destino AND k.trn_cod = 'TRI') AS recibida,
            sum(k.krd_cantidad) FILTER (WHERE k.bod_codigo = t.bod_origen AND k.trn_cod = 'TRI') AS devuelta,
            sum(k.krd_cantidad) FILTER (WHERE k.bod_codigo = 'TRANSITO' AND k.trn_cod = 'BAJ') AS baja
        FROM datos.kardex AS k
        WHERE k.doc_tipo = 'TRA' AND k.doc_codigo = d.tra_codigo AND k.itm_codigo = d.itm_codigo
    ) AS k ON true
    WHERE
        (d.cantidad, d.valor, d.recibida, d.devuelta, d.baja)
        IS DISTINCT FROM (k.enviada, k.valor, coalesce(k.recibida, 0), coalesce(k.devuelta, 0), coalesce(k.baja, 0))
$$;

COMMENT ON FUNCTION privado.doctor_envio_igual_kardex()
IS 'Cada línea de un envío salió, llegó, volvió o se perdió en el kardex como dice.';

-- Grants and policies ------------------------------------------------------------------------------------------------

CREATE TRIGGER transferencia_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.transferencia
FOR EACH ROW EXECUTE FUNCTION privado.auditar('tra_codigo');

CREATE TRIGGER transferencia_detalle_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.transferencia_detalle
FOR EACH ROW EXECUTE FUNCTION privado.auditar('tra_codigo');

GRANT SELECT ON datos.transferencia TO bodega, adm_bodega, contador, auditor, admin;
GRANT SELECT (tra_codigo, itm_codigo, cantidad, recibida, devuelta, baja, pendiente)
ON datos.transferencia_detalle TO bodega;
GRANT SELECT ON datos.transferencia_detalle TO adm_bodega, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.transferencia, datos.transferencia_detalle TO pos_api;

CREATE POLICY transferencia_de_un_extremo ON datos.transferencia
USING (ARRAY[eta_origen, eta_destino] && (SELECT privado.mis_establecimientos())::text[]);
CREATE POLICY transferencia_detalle_de_envio ON datos.transferencia_detalle
USING (EXISTS (SELECT FROM datos.transferencia AS t WHERE t.tra_codigo = transferencia_detalle.tra_codigo));
