-- Lugar: the company, and who works where. Its places are in establecimiento.sql, bodega.sql and punto_emision.sql.
--
-- A person has one or more branches, one of them principal, each with the emission point they issue from; the point
-- names the stock location. A call that names no place acts in the principal one. Everybody below the administrators
-- of an area sees the rows of their own branches only: that is the one question mis_establecimientos answers, and
-- every policy of a branch-bound table asks it. WEB and TRANSITO belong to no branch and are seen by all.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Whether the caller oversees an area, and so sees the rows of every branch.
-- These two run in every read under a policy, so they are plpgsql: it keeps its plans, LANGUAGE sql makes them each time.
CREATE FUNCTION privado.ve_todo() RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN
        pg_catalog.pg_has_role(session_user, 'admin', 'MEMBER')
        OR pg_catalog.pg_has_role(session_user, 'adm_ventas', 'MEMBER')
        OR pg_catalog.pg_has_role(session_user, 'adm_bodega', 'MEMBER')
        OR pg_catalog.pg_has_role(session_user, 'adm_fact', 'MEMBER')
        OR pg_catalog.pg_has_role(session_user, 'adm_compras', 'MEMBER')
        OR pg_catalog.pg_has_role(session_user, 'contador', 'MEMBER')
        OR pg_catalog.pg_has_role(session_user, 'auditor', 'MEMBER')
        OR pg_catalog.pg_has_role(session_user, 'puente', 'MEMBER');
END
$$;

GRANT EXECUTE ON FUNCTION privado.ve_todo() TO personal, puente;

-- Whether the caller sees the invoices of a branch, and not only what they sold at a till.
CREATE FUNCTION privado.ve_facturas() RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN pg_catalog.pg_has_role(session_user, 'ventas', 'MEMBER') OR privado.ve_todo();
END
$$;

GRANT EXECUTE ON FUNCTION privado.ve_facturas() TO personal, puente;

-- The branches whose rows the caller may see. DEFINER: policies ask it, so none may filter it.
CREATE FUNCTION privado.mis_establecimientos() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF privado.ve_todo() THEN
        RETURN ARRAY(SELECT e.eta_codigo FROM datos.establecimiento AS e);
    END IF;
    RETURN ARRAY(
        SELECT u.eta_codigo FROM datos.usuario_establecimiento AS u WHERE u.usr_login = session_user
    );
END
$$;

GRANT EXECUTE ON FUNCTION privado.mis_establecimientos() TO personal, puente;

-- Where a call that names no place acts: the caller's principal branch, its point and its stock location.
CREATE FUNCTION privado.mi_lugar() RETURNS TABLE (eta_codigo text, pto_codigo text, bod_codigo text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT p.eta_codigo, p.pto_codigo, p.bod_codigo
    FROM datos.usuario_establecimiento AS u
    JOIN datos.punto_emision AS p USING (eta_codigo, pto_codigo)
    JOIN datos.establecimiento AS e USING (eta_codigo)
    WHERE u.usr_login = session_user AND u.principal AND e.eta_estado = 'ACT' AND p.pto_estado = 'ACT';
    IF NOT FOUND THEN
        PERFORM privado.rechazar(
            422, 'sin_establecimiento', 'Su usuario no tiene un establecimiento principal activo donde trabajar.'
        );
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION privado.mi_lugar() TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Describes the company; the first call makes its row, later ones change what they name.
CREATE FUNCTION api.empresa_actualizar(
    p_emp_ruc text DEFAULT NULL,
    p_emp_razon_social text DEFAULT NULL,
    p_emp_nombre_comercial text DEFAULT NULL,
    p_emp_direccion text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_empresa datos.empresa;
BEGIN
    UPDATE datos.empresa
    SET
        emp_ruc = coalesce(p_emp_ruc, emp_ruc),
        emp_razon_social = coalesce(p_emp_razon_social, emp_razon_social),
        emp_nombre_comercial = coalesce(p_emp_nombre_comercial, emp_nombre_comercial),
        emp_direccion = coalesce(p_emp_direccion, emp_direccion)
    RETURNING * INTO v_empresa;
    IF NOT FOUND THEN
        INSERT INTO datos.empresa (emp_ruc, emp_razon_social, emp_nombre_comercial, emp_direccion)
        VALUES (p_emp_ruc, p_emp_razon_social, coalesce(p_emp_nombre_comercial, ''), coalesce(p_emp_direccion, ''))
        RETURNING * INTO v_empresa;
    END IF;
    RETURN json_build_object(
        'emp_ruc', v_empresa.emp_ruc,
        'emp_razon_social', v_empresa.emp_razon_social,
        'emp_nombre_comercial', v_empresa.emp_nombre_comercial,
        'emp_direccion', v_empresa.emp_direccion
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.empresa_actualizar(text, text, text, text) TO admin;

-- Gives a person a branch and the point they issue from there. The first one is principal, whatever is asked.
CREATE FUNCTION api.usuario_establecimiento_asignar(
    p_login text, p_eta_codigo text, p_pto_codigo text, p_principal boolean DEFAULT false
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_principal boolean := coalesce(p_principal, false) OR NOT EXISTS (
        SELECT FROM datos.usuario_establecimiento
        WHERE usr_login = p_login AND principal AND eta_codigo <> p_eta_codigo
    );
BEGIN
    IF v_principal THEN
        UPDATE datos.usuario_establecimiento SET principal = false
        WHERE usr_login = p_login AND principal AND eta_codigo <> p_eta_codigo;
    END IF;
    INSERT INTO datos.usuario_establecimiento (usr_login, eta_codigo, pto_codigo, principal)
    VALUES (p_login, p_eta_codigo, p_pto_codigo, v_principal)
    ON CONFLICT (usr_login, eta_codigo)
    DO UPDATE SET pto_codigo = excluded.pto_codigo, principal = excluded.principal;
    RETURN json_build_object(
        'usr_login', p_login, 'eta_codigo', p_eta_codigo, 'pto_codigo', p_pto_codigo, 'principal', v_principal
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_establecimiento_asignar(text, text, text, boolean) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER empresa_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.empresa
FOR EACH ROW EXECUTE FUNCTION privado.auditar('emp_id');

CREATE TRIGGER usuario_establecimiento_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.usuario_establecimiento
FOR EACH ROW EXECUTE FUNCTION privado.auditar('usr_login');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.empresa, datos.usuario_establecimiento TO personal;
GRANT SELECT, INSERT, UPDATE ON datos.empresa, datos.usuario_establecimiento TO pos_api;

CREATE POLICY empresa_una ON datos.empresa USING (true);

CREATE POLICY usuario_establecimiento_propio ON datos.usuario_establecimiento
USING (usr_login = session_user OR privado.es('admin') OR privado.es('auditor'));
