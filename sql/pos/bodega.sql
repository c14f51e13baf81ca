-- Bodega: where goods stand. WEB and TRANSITO belong to no branch and are nobody's to write; the others are of a branch
-- and stay in it. Staff sees those of its branches, administrators write them. One with goods, with an emission point
-- that sells from it, or with documents under way is not retired; creating a retired one brings it back.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A bodega as the API shows it.
CREATE FUNCTION privado.bodega_fila(b datos.bodega) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'bod_codigo', b.bod_codigo,
        'eta_codigo', b.eta_codigo,
        'bod_nombre', b.bod_nombre,
        'bod_vendible', b.bod_vendible,
        'bod_estado', b.bod_estado
    )
$$;

GRANT EXECUTE ON FUNCTION privado.bodega_fila(datos.bodega) TO personal;

-- The active bodegas the caller sees, by code.
CREATE FUNCTION api.bodega_listar(p_page int DEFAULT NULL, p_limit int DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.sobre(
        (
            SELECT json_agg(privado.bodega_fila(g.b) ORDER BY (g.b).bod_codigo)
            FROM (
                SELECT b FROM datos.bodega AS b
                WHERE b.bod_estado = 'ACT'
                ORDER BY b.bod_codigo
                LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
            ) AS g
        ),
        p_page, p_limit, (SELECT count(*) FROM datos.bodega AS b WHERE b.bod_estado = 'ACT')
    )
$$;

GRANT EXECUTE ON FUNCTION api.bodega_listar(int, int) TO personal;

-- One bodega the caller sees, whatever its state.
CREATE FUNCTION api.bodega_obtener(p_bod_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_fila json := (SELECT privado.bodega_fila(b) FROM datos.bodega AS b WHERE b.bod_codigo = p_bod_codigo);
BEGIN
    IF v_fila IS NULL THEN
        PERFORM privado.rechazar(404, 'bodega_existe', 'No existe esa bodega.');
    END IF;
    RETURN v_fila;
END
$$;

GRANT EXECUTE ON FUNCTION api.bodega_obtener(text) TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Adds a stock location to a branch, or brings back a retired one of that branch.
CREATE FUNCTION api.bodega_crear(
    p_bod_codigo text, p_eta_codigo text, p_bod_nombre text, p_bod_vendible boolean DEFAULT true
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bodega datos.bodega;
BEGIN
    PERFORM privado.establecimiento_sostener(p_eta_codigo);
    INSERT INTO datos.bodega AS b (bod_codigo, eta_codigo, bod_nombre, bod_vendible)
    VALUES (p_bod_codigo, p_eta_codigo, btrim(p_bod_nombre), coalesce(p_bod_vendible, true))
    ON CONFLICT ON CONSTRAINT bodega_unica DO UPDATE
    SET bod_nombre = excluded.bod_nombre, bod_vendible = excluded.bod_vendible, bod_estado = 'ACT'
    WHERE b.bod_estado = 'INA' AND b.eta_codigo = excluded.eta_codigo
    RETURNING b.* INTO v_bodega;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(409, 'bodega_unica', 'Ya existe una bodega con ese código.');
    END IF;
    RETURN privado.bodega_fila(v_bodega);
END
$$;

GRANT EXECUTE ON FUNCTION api.bodega_crear(text, text, text, boolean) TO admin;

-- Locks an active bodega of a branch that is about to change.
CREATE FUNCTION privado.bodega_bloquear(p_bod_codigo text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM datos.bodega AS b
    WHERE b.bod_codigo = p_bod_codigo AND b.bod_estado = 'ACT' AND b.eta_codigo IS NOT NULL
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'bodega_existe', 'No existe esa bodega.');
    END IF;
END
$$;

-- Changes the name of a bodega, or whether the counter sells from it.
CREATE FUNCTION api.bodega_actualizar(
    p_bod_codigo text, p_bod_nombre text DEFAULT NULL, p_bod_vendible boolean DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bodega datos.bodega;
BEGIN
    PERFORM privado.bodega_bloquear(p_bod_codigo);
    UPDATE datos.bodega AS b
    SET
        bod_nombre = coalesce(nullif(btrim(p_bod_nombre), ''), b.bod_nombre),
        bod_vendible = coalesce(p_bod_vendible, b.bod_vendible)
    WHERE b.bod_codigo = p_bod_codigo
    RETURNING b.* INTO v_bodega;
    RETURN privado.bodega_fila(v_bodega);
END
$$;

GRANT EXECUTE ON FUNCTION api.bodega_actualizar(text, text, boolean) TO admin;

-- Whether a bodega is needed. Its balances are locked, so goods on their way in are waited for and seen.
CREATE FUNCTION privado.bodega_en_uso(p_bod_codigo text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM datos.existencia AS e WHERE e.bod_codigo = p_bod_codigo ORDER BY e.itm_codigo FOR UPDATE;
    RETURN
        EXISTS (SELECT FROM datos.existencia AS e WHERE e.bod_codigo = p_bod_codigo AND e.exi_cantidad > 0)
        OR EXISTS (SELECT FROM datos.punto_emision AS p WHERE p.bod_codigo = p_bod_codigo AND p.pto_estado = 'ACT')
        OR EXISTS (SELECT FROM datos.orden_compra AS o
            WHERE o.bod_codigo = p_bod_codigo
            AND (o.oc_estado = 'PEN' OR (o.oc_estado = 'APR' AND o.oc_recepcion IN ('PENDIENTE', 'PARCIAL'))))
        OR EXISTS (SELECT FROM datos.cupo_web AS c
            WHERE c.bod_codigo = p_bod_codigo AND c.cup_estado IN ('PENDIENTE', 'SUBIENDO', 'BAJANDO'))
        OR EXISTS (SELECT FROM datos.transferencia AS t
            WHERE p_bod_codigo IN (t.bod_origen, t.bod_destino) AND t.tra_estado IN ('ENVIADA', 'PARCIAL'))
        OR EXISTS (SELECT FROM datos.conteo AS c WHERE c.bod_codigo = p_bod_codigo AND c.cnt_estado = 'PEN');
END
$$;

-- Retires a bodega that nothing needs.
CREATE FUNCTION api.bodega_eliminar(p_bod_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.bodega_bloquear(p_bod_codigo);
    IF privado.bodega_en_uso(p_bod_codigo) THEN
        PERFORM privado.rechazar(
            409, 'bodega_en_uso', 'La bodega tiene existencia, documentos en curso o un punto de emisión activo.'
        );
    END IF;
    UPDATE datos.bodega SET bod_estado = 'INA' WHERE bod_codigo = p_bod_codigo;
    RETURN json_build_object('message', 'Bodega retirada.', 'bod_codigo', p_bod_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.bodega_eliminar(text) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER bodega_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.bodega
FOR EACH ROW EXECUTE FUNCTION privado.auditar('bod_codigo');

-- What an annulled sale brings back may land in a bodega retired since: it is worth a look.
CREATE FUNCTION privado.aviso_bodega_retirada_con_existencia() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.itm_codigo || ' ' || e.bod_codigo
    FROM datos.existencia AS e
    JOIN datos.bodega AS b USING (bod_codigo)
    WHERE b.bod_estado = 'INA' AND e.exi_cantidad > 0
$$;

COMMENT ON FUNCTION privado.aviso_bodega_retirada_con_existencia() IS 'Hay existencia en una bodega retirada.';

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.bodega TO personal;
GRANT SELECT, INSERT, UPDATE ON datos.bodega TO pos_api;

CREATE POLICY bodega_propia ON datos.bodega
USING (eta_codigo IS NULL OR eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
