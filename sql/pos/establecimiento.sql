-- Establecimiento: a branch of the company. Staff sees its own, who oversees an area all of them; administrators write
-- them. One where a bodega or an emission point is active is not retired; creating a retired one brings it back.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A branch as the API shows it.
CREATE FUNCTION privado.establecimiento_fila(e datos.establecimiento) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'eta_codigo', e.eta_codigo,
        'eta_nombre', e.eta_nombre,
        'eta_direccion', e.eta_direccion,
        'eta_estado', e.eta_estado
    )
$$;

GRANT EXECUTE ON FUNCTION privado.establecimiento_fila(datos.establecimiento) TO personal;

-- The caller's active branches, by code.
CREATE FUNCTION api.establecimiento_listar(p_page int DEFAULT NULL, p_limit int DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.sobre(
        (
            SELECT json_agg(privado.establecimiento_fila(g.e) ORDER BY (g.e).eta_codigo)
            FROM (
                SELECT e FROM datos.establecimiento AS e
                WHERE e.eta_estado = 'ACT'
                ORDER BY e.eta_codigo
                LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
            ) AS g
        ),
        p_page, p_limit, (SELECT count(*) FROM datos.establecimiento AS e WHERE e.eta_estado = 'ACT')
    )
$$;

GRANT EXECUTE ON FUNCTION api.establecimiento_listar(int, int) TO personal;

-- One branch of the caller, whatever its state.
CREATE FUNCTION api.establecimiento_obtener(p_eta_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_fila json := (
        SELECT privado.establecimiento_fila(e) FROM datos.establecimiento AS e WHERE e.eta_codigo = p_eta_codigo
    );
BEGIN
    IF v_fila IS NULL THEN
        PERFORM privado.rechazar(404, 'establecimiento_existe', 'No existe ese establecimiento.');
    END IF;
    RETURN v_fila;
END
$$;

GRANT EXECUTE ON FUNCTION api.establecimiento_obtener(text) TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Opens a branch, or a retired one again. It has neither stock location nor emission point yet.
CREATE FUNCTION api.establecimiento_crear(
    p_eta_codigo text, p_eta_nombre text, p_eta_direccion text DEFAULT ''
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_lugar datos.establecimiento;
BEGIN
    UPDATE datos.establecimiento AS e
    SET
        eta_nombre = btrim(p_eta_nombre),
        eta_direccion = btrim(coalesce(p_eta_direccion, '')),
        eta_estado = 'ACT'
    WHERE e.eta_codigo = p_eta_codigo AND e.eta_estado = 'INA'
    RETURNING e.* INTO v_lugar;
    IF NOT FOUND THEN
        -- Without RETURNING: a branch born right now is in nobody's list of branches yet.
        INSERT INTO datos.establecimiento (eta_codigo, eta_nombre, eta_direccion)
        VALUES (p_eta_codigo, btrim(p_eta_nombre), btrim(coalesce(p_eta_direccion, '')));
        SELECT e.* INTO v_lugar FROM datos.establecimiento AS e WHERE e.eta_codigo = p_eta_codigo;
    END IF;
    RETURN privado.establecimiento_fila(v_lugar);
END
$$;

GRANT EXECUTE ON FUNCTION api.establecimiento_crear(text, text, text) TO admin;

-- Locks an active branch that is about to change. Who gives it a bodega or a point right now is waited for.
CREATE FUNCTION privado.establecimiento_bloquear(p_eta_codigo text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM datos.establecimiento AS e WHERE e.eta_codigo = p_eta_codigo AND e.eta_estado = 'ACT' FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'establecimiento_existe', 'No existe ese establecimiento.');
    END IF;
END
$$;

-- Changes the name or the address of a branch.
CREATE FUNCTION api.establecimiento_actualizar(
    p_eta_codigo text, p_eta_nombre text DEFAULT NULL, p_eta_direccion text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_lugar datos.establecimiento;
BEGIN
    PERFORM privado.establecimiento_bloquear(p_eta_codigo);
    UPDATE datos.establecimiento AS e
    SET
        eta_nombre = coalesce(nullif(btrim(p_eta_nombre), ''), e.eta_nombre),
        eta_direccion = coalesce(btrim(p_eta_direccion), e.eta_direccion)
    WHERE e.eta_codigo = p_eta_codigo
    RETURNING e.* INTO v_lugar;
    RETURN privado.establecimiento_fila(v_lugar);
END
$$;

GRANT EXECUTE ON FUNCTION api.establecimiento_actualizar(text, text, text) TO admin;

-- Retires a branch whose bodegas and emission points are retired.
CREATE FUNCTION api.establecimiento_eliminar(p_eta_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.establecimiento_bloquear(p_eta_codigo);
    IF EXISTS (SELECT FROM datos.bodega AS b WHERE b.eta_codigo = p_eta_codigo AND b.bod_estado = 'ACT')
        OR EXISTS (SELECT FROM datos.punto_emision AS p WHERE p.eta_codigo = p_eta_codigo AND p.pto_estado = 'ACT')
    THEN
        PERFORM privado.rechazar(
            409, 'establecimiento_en_uso', 'El establecimiento tiene bodegas o puntos de emisión activos.'
        );
    END IF;
    UPDATE datos.establecimiento SET eta_estado = 'INA' WHERE eta_codigo = p_eta_codigo;
    RETURN json_build_object('message', 'Establecimiento retirado.', 'eta_codigo', p_eta_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.establecimiento_eliminar(text) TO admin;

-- Holds an active branch while something is opened in it. DEFINER: it locks for whoever opens a point.
CREATE FUNCTION privado.establecimiento_sostener(p_eta_codigo text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_estado text;
BEGIN
    SELECT e.eta_estado INTO v_estado FROM datos.establecimiento AS e WHERE e.eta_codigo = p_eta_codigo FOR KEY SHARE;
    IF NOT FOUND AND p_eta_codigo IS NOT NULL THEN
        PERFORM privado.rechazar(422, 'establecimiento_existe', 'No existe ese establecimiento.');
    ELSIF v_estado = 'INA' THEN
        PERFORM privado.rechazar(409, 'establecimiento_activo', 'El establecimiento está retirado.');
    END IF;
END
$$;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER establecimiento_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.establecimiento
FOR EACH ROW EXECUTE FUNCTION privado.auditar('eta_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.establecimiento TO personal;
GRANT SELECT, INSERT, UPDATE ON datos.establecimiento TO pos_api;

-- A branch about to be born is in nobody's list yet, so its birth asks for the administrator instead.
CREATE POLICY establecimiento_alta ON datos.establecimiento FOR INSERT WITH CHECK (privado.es('admin'));

CREATE POLICY establecimiento_propio ON datos.establecimiento
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
