-- Factura: the sales document.
--
-- PEN is a draft: lines come and go, totals follow, nothing is posted; it is deleted, or discarded as ANU without
-- number. APR is issued (factura_aprobar.sql): numbered, posted to both ledgers, the client's data frozen, nothing of
-- it ever changes. ANU keeps its number (factura_anular.sql). Every refused transition is a 409 with its rule.
--
-- A draft belongs to the seller's place: branch, emission point, and the stock location the point names. People see
-- the invoices of their branches; who only works a till, those of their own sessions. Every act locks the invoice first, then existencia in item order, then guarded
-- balances, then the counter of the series.

-- Reading ------------------------------------------------------------------------------------------------------------

-- An invoice as lists show it. Until it is issued the client is whoever the client is today.
CREATE FUNCTION privado.factura_fila(f datos.factura, c datos.cliente) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'fac_codigo', f.fac_codigo,
        'fac_numero', f.fac_numero,
        'cli_codigo', f.cli_codigo,
        'cli_nombre', coalesce(f.cli_nombre, c.cli_nombre),
        'fac_fecha', f.fac_fecha,
        'fac_subtotal', f.fac_subtotal::text,
        'fac_iva', f.fac_iva::text,
        'fac_total', f.fac_total::text,
        'fac_estado', f.fac_estado
    )
$$;

GRANT EXECUTE ON FUNCTION privado.factura_fila(datos.factura, datos.cliente)
TO ventas, adm_ventas, adm_fact, cajero, contador, auditor, admin;

-- An invoice with its lines. The header also holds a copy of itself under `factura`: two generations of clients read
-- it at two depths. NULL if the caller sees no such invoice. plpgsql keeps its plans, which are most of the cost.
CREATE FUNCTION privado.factura_documento(p_fac_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_cabecera json;
    v_detalle json;
BEGIN
    SELECT privado.json_unir(privado.factura_fila(f, c), json_build_object(
        'cli_ruc_ced', coalesce(f.cli_ruc_ced, c.cli_ruc_ced),
        'fac_descripcion', f.fac_descripcion,
        'fac_fecha_aprobacion', f.fac_fecha_aprobacion,
        'fac_fecha_anulacion', f.fac_fecha_anulacion,
        'fac_motivo_anulacion', f.fac_motivo_anulacion,
        'punto_emision', f.eta_codigo || '-' || f.pto_codigo,
        'usr_id', f.usr_id
    ))
    INTO v_cabecera
    FROM datos.factura AS f
    JOIN datos.cliente AS c USING (cli_codigo)
    WHERE f.fac_codigo = p_fac_codigo;
    IF v_cabecera IS NULL THEN
        RETURN NULL;
    END IF;

    SELECT coalesce(json_agg(json_build_object(
        'pxfa_codigo', d.pxfa_codigo,
        'prd_codigo', d.prd_codigo,
        'prd_nombre', d.prd_nombre,
        'pxfa_cantidad', trim_scale(d.pxfa_cantidad),
        'prd_precio_venta', d.prd_precio_venta::text,
        'pxfa_descuento', d.pxfa_descuento::text,
        'iva_porcentaje', trim_scale(d.iva_porcentaje),
        'pxfa_subtotal', d.pxfa_subtotal::text,
        'pxfa_iva', d.pxfa_iva::text
    ) ORDER BY d.pxfa_codigo), '[]'::json)
    INTO v_detalle
    FROM datos.factura_detalle AS d
    WHERE d.fac_codigo = p_fac_codigo;
    RETURN json_build_object(
        'factura', privado.json_unir(v_cabecera, json_build_object('factura', v_cabecera)),
        'detalle', v_detalle
    );
END
$$;

GRANT EXECUTE ON FUNCTION privado.factura_documento(text)
TO ventas, adm_ventas, adm_fact, cajero, contador, auditor, admin;

-- The invoices of the caller's branches, newest first. A search is a code or its beginning, a legal number whole or
-- without its zeros, or words of the client. The plan depends on which, so it is made each time.
CREATE FUNCTION api.factura_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_todas boolean := coalesce(btrim(p_search), '') = '';
    v_claves text[] := CASE WHEN NOT v_todas THEN privado.factura_claves(btrim(p_search)) END;
    v_total bigint;
    v_filas json;
BEGIN
    SELECT count(*) INTO v_total
    FROM (SELECT FROM datos.factura AS f WHERE v_todas OR f.fac_codigo = ANY (v_claves) LIMIT 10001) AS t;

    SELECT json_agg(privado.factura_fila(g.f, g.c) ORDER BY (g.f).fac_fecha DESC, (g.f).fac_codigo DESC) INTO v_filas
    FROM (
        SELECT f, c
        FROM datos.factura AS f
        JOIN datos.cliente AS c USING (cli_codigo)
        WHERE v_todas OR f.fac_codigo = ANY (v_claves)
        ORDER BY f.fac_fecha DESC, f.fac_codigo DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;

    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.factura_listar(int, int, text) TO ventas, adm_ventas, adm_fact, contador, auditor, admin;

-- The codes a search names in the caller's branches, newest first, at most as many as a list counts. Definer, for the
-- text index; the caller reads the rows again under the policies.
CREATE FUNCTION privado.factura_claves(p_search text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_mias text[] := privado.mis_establecimientos();
    v_patrones text[] := privado.patrones(p_search);
    v_codigo text := upper(p_search);
    v_partes text[] := regexp_match(p_search, '^(?:([0-9]{3})-([0-9]{3})-)?0*([0-9]{1,9})$');
BEGIN
    IF v_codigo ~ '^FAC[0-9]{0,7}$' THEN
        RETURN ARRAY(
            SELECT f.fac_codigo FROM datos.factura AS f
            WHERE
                f.fac_codigo BETWEEN rpad(v_codigo, 10, '0') AND rpad(v_codigo, 10, '9')
                AND f.eta_codigo = ANY (v_mias)
            ORDER BY f.fac_codigo DESC LIMIT 10001
        );
    END IF;
    RETURN ARRAY(
        SELECT f.fac_codigo
        FROM datos.punto_emision AS p
        JOIN datos.factura AS f USING (eta_codigo, pto_codigo)
        WHERE
            f.fac_secuencial = v_partes[3]::bigint AND p.eta_codigo = ANY (v_mias)
            AND p.eta_codigo = coalesce(v_partes[1], p.eta_codigo)
            AND p.pto_codigo = coalesce(v_partes[2], p.pto_codigo)
    ) || ARRAY(
        SELECT f.fac_codigo
        FROM datos.cliente AS c
        JOIN datos.factura AS f USING (cli_codigo)
        WHERE
            c.busqueda LIKE v_patrones[1] AND c.busqueda LIKE ALL (v_patrones)
            AND f.eta_codigo = ANY (v_mias)
        ORDER BY f.fac_fecha DESC LIMIT 10001
    );
END
$$;

GRANT EXECUTE ON FUNCTION privado.factura_claves(text) TO ventas, adm_ventas, adm_fact, contador, auditor, admin;

-- One invoice with its lines.
CREATE FUNCTION api.factura_obtener(p_fac_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_documento json := privado.factura_documento(p_fac_codigo);
BEGIN
    IF v_documento IS NULL THEN
        PERFORM privado.rechazar(404, 'factura_existe', 'No existe esa factura.');
    END IF;
    RETURN v_documento;
END
$$;

GRANT EXECUTE ON FUNCTION api.factura_obtener(text) TO ventas, adm_ventas, adm_fact, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Locks an invoice the caller sees. Runs with the rights of the act that calls it, so the policies bind.
CREATE FUNCTION privado.factura_bloquear(p_fac_codigo text) RETURNS datos.factura
LANGUAGE plpgsql AS $$
DECLARE
    v_fac datos.factura;
BEGIN
    SELECT f.* INTO v_fac FROM datos.factura AS f WHERE f.fac_codigo = p_fac_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'factura_existe', 'No existe esa factura.');
    END IF;
    RETURN v_fac;
END
$$;

-- Locks a draft the caller sees; refuses an invoice that is no longer one.
CREATE FUNCTION privado.factura_borrador(p_fac_codigo text) RETURNS datos.factura
LANGUAGE plpgsql AS $$
DECLARE
    v_fac datos.factura := privado.factura_bloquear(p_fac_codigo);
BEGIN
    IF v_fac.fac_estado <> 'PEN' THEN
        PERFORM privado.rechazar(409, 'factura_abierta', 'La factura ya no está en borrador.');
    END IF;
    RETURN v_fac;
END
$$;

-- Where an invoice is issued: the emission point named (`001-002`, of the caller's branches), else the caller's own.
CREATE FUNCTION privado.factura_lugar(p_punto_emision text)
RETURNS TABLE (eta_codigo text, pto_codigo text, bod_codigo text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF nullif(p_punto_emision, '') IS NULL THEN
        RETURN QUERY SELECT l.eta_codigo, l.pto_codigo, l.bod_codigo FROM privado.mi_lugar() AS l;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT p.eta_codigo, p.pto_codigo, p.bod_codigo
    FROM datos.punto_emision AS p
    WHERE
        p.eta_codigo = split_part(p_punto_emision, '-', 1) AND p.pto_codigo = split_part(p_punto_emision, '-', 2)
        AND p.eta_codigo = ANY (privado.mis_establecimientos()) AND p.pto_estado = 'ACT';
    IF NOT FOUND THEN
        PERFORM privado.rechazar(403, 'punto_emision_ajeno', 'Ese punto de emisión no es de sus establecimientos.');
    END IF;
END
$$;

-- Opens a draft for an active client.
CREATE FUNCTION api.factura_crear(
    p_cli_codigo text, p_fac_descripcion text DEFAULT NULL, p_punto_emision text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text;
BEGIN
    IF NOT EXISTS (SELECT FROM datos.cliente AS c WHERE c.cli_codigo = p_cli_codigo AND c.cli_estado = 'ACT') THEN
        PERFORM privado.rechazar(422, 'cliente_activo', 'El cliente no existe o no está activo.');
    END IF;
    INSERT INTO datos.factura (fac_codigo, eta_codigo, pto_codigo, bod_codigo, cli_codigo, fac_descripcion)
    SELECT
        privado.codigo('FAC', 7, nextval('datos.factura_codigo')),
        l.eta_codigo, l.pto_codigo, l.bod_codigo, p_cli_codigo, coalesce(p_fac_descripcion, '')
    FROM privado.factura_lugar(p_punto_emision) AS l
    RETURNING fac_codigo INTO v_codigo;
    RETURN json_build_object('fac_codigo', v_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.factura_crear(text, text, text) TO ventas, adm_ventas, admin;

-- Deletes a draft: one's own, or anybody's for who oversees sales.
CREATE FUNCTION api.factura_eliminar(p_fac_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac datos.factura := privado.factura_borrador(p_fac_codigo);
BEGIN
    IF v_fac.usr_id <> session_user THEN
        PERFORM privado.reservar(
            ARRAY['adm_ventas', 'admin'], 'factura_ajena', 'Solo quien abrió el borrador lo elimina.'
        );
    END IF;
    DELETE FROM datos.factura_detalle AS d WHERE d.fac_codigo = p_fac_codigo;
    DELETE FROM datos.factura AS f WHERE f.fac_codigo = p_fac_codigo;
    RETURN json_build_object('message', 'Borrador eliminado.', 'fac_codigo', p_fac_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.factura_eliminar(text) TO ventas, adm_ventas, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

-- Last line of defence: an issued invoice changes in one way only, into an annulled one.
CREATE FUNCTION privado.factura_inmutable() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.factura := OLD;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.fac_estado = 'APR' AND NEW.fac_estado = 'ANU' THEN
        v_antes.fac_estado := NEW.fac_estado;
        v_antes.fac_fecha_anulacion := NEW.fac_fecha_anulacion;
        v_antes.fac_motivo_anulacion := NEW.fac_motivo_anulacion;
        IF v_antes IS NOT DISTINCT FROM NEW THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM privado.rechazar(409, 'factura_inmutable', 'La factura emitida no se modifica.');
    RETURN NULL;
END
$$;

CREATE TRIGGER factura_inmutable AFTER UPDATE OR DELETE ON datos.factura
FOR EACH ROW WHEN (OLD.fac_estado <> 'PEN') EXECUTE FUNCTION privado.factura_inmutable();

-- The totals of a draft follow its lines and are not audited; whatever else happens to the header is.
CREATE TRIGGER factura_auditoria
AFTER INSERT OR DELETE OR UPDATE OF fac_estado, cli_codigo, fac_descripcion ON datos.factura
FOR EACH ROW EXECUTE FUNCTION privado.auditar('fac_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.factura TO ventas, adm_ventas, adm_fact, cajero, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON datos.factura TO pos_api;

CREATE POLICY factura_sucursal ON datos.factura
USING (
    eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[])
    AND ((SELECT privado.ve_facturas()) OR (ses_id IS NOT NULL AND usr_id = session_user))
);
