-- Punto de emisión: the point of a branch that issues, with the bodega of that branch it sells from. Staff sees those of
-- its branches; adm_fact and administrators write them. One where somebody works, with registers or drafts, or that issues
-- for the shop is not retired; creating a retired one brings it back and its numbers go on.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A point as the API shows it; `punto_emision` is how other calls name it.
CREATE FUNCTION privado.punto_emision_fila(p datos.punto_emision) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'punto_emision', p.eta_codigo || '-' || p.pto_codigo,
        'eta_codigo', p.eta_codigo,
        'pto_codigo', p.pto_codigo,
        'bod_codigo', p.bod_codigo,
        'pto_estado', p.pto_estado
    )
$$;

GRANT EXECUTE ON FUNCTION privado.punto_emision_fila(datos.punto_emision) TO personal;

-- The active points of the caller's branches, by code.
CREATE FUNCTION api.punto_emision_listar(p_page int DEFAULT NULL, p_limit int DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.sobre(
        (
            SELECT json_agg(privado.punto_emision_fila(g.p) ORDER BY (g.p).eta_codigo, (g.p).pto_codigo)
            FROM (
                SELECT p FROM datos.punto_emision AS p
                WHERE p.pto_estado = 'ACT'
                ORDER BY p.eta_codigo, p.pto_codigo
                LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
            ) AS g
        ),
        p_page, p_limit, (SELECT count(*) FROM datos.punto_emision AS p WHERE p.pto_estado = 'ACT')
    )
$$;

GRANT EXECUTE ON FUNCTION api.punto_emision_listar(int, int) TO personal;

-- One point of the caller's branches, whatever its state.
CREATE FUNCTION api.punto_emision_obtener(p_eta_codigo text, p_pto_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_fila json := (
        SELECT privado.punto_emision_fila(p) FROM datos.punto_emision AS p
        WHERE p.eta_codigo = p_eta_codigo AND p.pto_codigo = p_pto_codigo
    );
BEGIN
    IF v_fila IS NULL THEN
        PERFORM privado.rechazar(404, 'punto_emision_existe', 'No existe ese punto de emisión.');
    END IF;
    RETURN v_fila;
END
$$;

GRANT EXECUTE ON FUNCTION api.punto_emision_obtener(text, text) TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Refuses a retired bodega, and holds an active one while a point is given it.
CREATE FUNCTION privado.bodega_sostener(p_bod_codigo text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_estado text;
BEGIN
    SELECT b.bod_estado INTO v_estado FROM datos.bodega AS b WHERE b.bod_codigo = p_bod_codigo FOR KEY SHARE;
    IF v_estado = 'INA' THEN
        PERFORM privado.rechazar(409, 'bodega_activa', 'La bodega está retirada.');
    END IF;
END
$$;

-- Adds an emission point, which sells from one stock location of its own branch, or brings a retired one back.
CREATE FUNCTION api.punto_emision_crear(p_eta_codigo text, p_pto_codigo text, p_bod_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_punto datos.punto_emision;
BEGIN
    PERFORM privado.establecimiento_sostener(p_eta_codigo);
    PERFORM privado.bodega_sostener(p_bod_codigo);
    INSERT INTO datos.punto_emision AS p (eta_codigo, pto_codigo, bod_codigo)
    VALUES (p_eta_codigo, p_pto_codigo, p_bod_codigo)
    ON CONFLICT ON CONSTRAINT punto_emision_unico DO UPDATE
    SET bod_codigo = excluded.bod_codigo, pto_estado = 'ACT'
    WHERE p.pto_estado = 'INA'
    RETURNING p.* INTO v_punto;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(409, 'punto_emision_unico', 'Ya existe ese punto de emisión en el establecimiento.');
    END IF;
    RETURN privado.punto_emision_fila(v_punto);
END
$$;

GRANT EXECUTE ON FUNCTION api.punto_emision_crear(text, text, text) TO adm_fact, admin;

-- Locks an active point that is about to change. Who is put to work there right now is waited for.
CREATE FUNCTION privado.punto_emision_bloquear(p_eta_codigo text, p_pto_codigo text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM datos.punto_emision AS p
    WHERE p.eta_codigo = p_eta_codigo AND p.pto_codigo = p_pto_codigo AND p.pto_estado = 'ACT'
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'punto_emision_existe', 'No existe ese punto de emisión.');
    END IF;
END
$$;

-- Makes a point sell from another bodega of its branch. Drafts and issued invoices keep theirs.
CREATE FUNCTION api.punto_emision_actualizar(
    p_eta_codigo text, p_pto_codigo text, p_bod_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_punto datos.punto_emision;
BEGIN
    PERFORM privado.punto_emision_bloquear(p_eta_codigo, p_pto_codigo);
    PERFORM privado.bodega_sostener(p_bod_codigo);
    UPDATE datos.punto_emision AS p SET bod_codigo = coalesce(nullif(p_bod_codigo, ''), p.bod_codigo)
    WHERE p.eta_codigo = p_eta_codigo AND p.pto_codigo = p_pto_codigo
    RETURNING p.* INTO v_punto;
    RETURN privado.punto_emision_fila(v_punto);
END
$$;

GRANT EXECUTE ON FUNCTION api.punto_emision_actualizar(text, text, text) TO adm_fact, admin;

-- Whether a point is needed: somebody active works there, it has registers or drafts, or it issues for the shop.
CREATE FUNCTION privado.punto_emision_en_uso(p_eta_codigo text, p_pto_codigo text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        EXISTS (
            SELECT FROM datos.usuario_establecimiento AS l
            JOIN datos.usuario AS u USING (usr_login)
            WHERE l.eta_codigo = p_eta_codigo AND l.pto_codigo = p_pto_codigo AND u.usr_estado <> 'INA'
        )
        OR EXISTS (
            SELECT FROM datos.caja AS c
            WHERE c.eta_codigo = p_eta_codigo AND c.pto_codigo = p_pto_codigo AND c.estado = 'ACT'
        )
        OR EXISTS (
            SELECT FROM datos.factura AS f
            WHERE f.eta_codigo = p_eta_codigo AND f.pto_codigo = p_pto_codigo AND f.fac_estado = 'PEN'
        )
        OR privado.ajuste('punto_emision_web') = p_eta_codigo || '-' || p_pto_codigo
$$;

-- Retires a point that nothing needs.
CREATE FUNCTION api.punto_emision_eliminar(p_eta_codigo text, p_pto_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.punto_emision_bloquear(p_eta_codigo, p_pto_codigo);
    IF privado.punto_emision_en_uso(p_eta_codigo, p_pto_codigo) THEN
        PERFORM privado.rechazar(
            409, 'punto_emision_en_uso', 'En ese punto trabaja alguien, hay cajas o borradores, o emite por la tienda.'
        );
    END IF;
    UPDATE datos.punto_emision SET pto_estado = 'INA' WHERE eta_codigo = p_eta_codigo AND pto_codigo = p_pto_codigo;
    RETURN json_build_object(
        'message', 'Punto de emisión retirado.', 'eta_codigo', p_eta_codigo, 'pto_codigo', p_pto_codigo
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.punto_emision_eliminar(text, text) TO adm_fact, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER punto_emision_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.punto_emision
FOR EACH ROW EXECUTE FUNCTION privado.auditar('pto_codigo');

-- Nobody is put to work, and no draft opened, at a retired point. After the foreign key's own trigger, whose lock keeps
-- the point as it is.
CREATE FUNCTION privado.punto_emision_vigente() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM datos.punto_emision AS p
        WHERE p.eta_codigo = NEW.eta_codigo AND p.pto_codigo = NEW.pto_codigo AND p.pto_estado = 'INA'
    ) THEN
        PERFORM privado.rechazar(422, 'punto_emision_activo', 'El punto de emisión fue retirado.');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER usuario_punto_vigente AFTER INSERT OR UPDATE OF pto_codigo ON datos.usuario_establecimiento
FOR EACH ROW EXECUTE FUNCTION privado.punto_emision_vigente();
CREATE TRIGGER factura_punto_vigente AFTER INSERT ON datos.factura
FOR EACH ROW EXECUTE FUNCTION privado.punto_emision_vigente();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.punto_emision TO personal;
GRANT SELECT, INSERT, UPDATE ON datos.punto_emision TO pos_api;

CREATE POLICY punto_emision_propio ON datos.punto_emision
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
