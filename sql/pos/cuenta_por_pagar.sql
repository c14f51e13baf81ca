-- Cuenta por pagar: what one document left the company owing a supplier. The sum of the open ones is the supplier's
-- account in the libro. A payment is never more than what is owed; from a drawer it needs the payer's own open session.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A debt as the API shows it.
CREATE FUNCTION privado.cuenta_por_pagar_fila(c datos.cuenta_por_pagar) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', c.cxp_id,
        'prv_codigo', c.prv_codigo,
        'prv_razonsocial', (SELECT p.prv_razonsocial FROM datos.proveedor AS p WHERE p.prv_codigo = c.prv_codigo),
        'establecimiento', c.eta_codigo,
        'documento', c.doc_codigo,
        'nro_documento', c.nro_documento,
        'fecha', c.cxp_fecha,
        'monto', c.cxp_monto::text,
        'saldo', c.cxp_saldo::text,
        'estado', c.cxp_estado
    )
$$;

GRANT EXECUTE ON FUNCTION privado.cuenta_por_pagar_fila(datos.cuenta_por_pagar) TO personal;

-- Debts, the newest first; of one state, of one supplier.
CREATE FUNCTION api.cuenta_por_pagar_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_estado text DEFAULT NULL, p_prv_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.cuenta_por_pagar_fila(g.c)) INTO v_filas
    FROM (
        SELECT c FROM datos.cuenta_por_pagar AS c
        WHERE
            (nullif(p_estado, '') IS NULL OR c.cxp_estado = p_estado)
            AND (nullif(p_prv_codigo, '') IS NULL OR c.prv_codigo = p_prv_codigo)
        ORDER BY c.cxp_id DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.cuenta_por_pagar AS c
        WHERE
            (nullif(p_estado, '') IS NULL OR c.cxp_estado = p_estado)
            AND (nullif(p_prv_codigo, '') IS NULL OR c.prv_codigo = p_prv_codigo)
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.cuenta_por_pagar_listar(int, int, text, text) TO adm_compras, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Opens the debt that a document left. Nothing is owed for nothing.
CREATE FUNCTION privado.cuenta_por_pagar_abrir(
    p_eta text, p_prv text, p_doc_tipo text, p_doc_codigo text, p_nro text, p_monto numeric
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO datos.cuenta_por_pagar (
        eta_codigo, prv_codigo, doc_tipo, doc_codigo, nro_documento, cxp_monto, cxp_saldo
    )
    SELECT p_eta, p_prv, p_doc_tipo, p_doc_codigo, p_nro, p_monto, p_monto WHERE p_monto > 0
$$;

-- The account that a payment leaves by: the caller's own open session (sesion_caja.sql) or the bank.
CREATE FUNCTION privado.cuenta_de_pago(p_pago text, OUT clase text, OUT ref text)
LANGUAGE plpgsql AS $$
BEGIN
    IF p_pago IS NULL OR p_pago NOT IN ('CAJA', 'BANCO') THEN
        PERFORM privado.rechazar(422, 'pago_conocido', 'El pago es CAJA o BANCO.');
    END IF;
    clase := p_pago;
    ref := CASE p_pago WHEN 'CAJA' THEN (privado.sesion_caja_exigir()).id::text ELSE '' END;
END
$$;

-- Pays part or all of a debt.
CREATE FUNCTION api.cuenta_por_pagar_pagar(p_cxp_id bigint, p_monto numeric, p_pago text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cuenta record := privado.cuenta_de_pago(p_pago);
    v_cxp datos.cuenta_por_pagar;
BEGIN
    SELECT c.* INTO v_cxp FROM datos.cuenta_por_pagar AS c WHERE c.cxp_id = p_cxp_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'cuenta_por_pagar_existe', 'No existe esa cuenta por pagar.');
    ELSIF v_cxp.cxp_estado <> 'PEN' THEN
        PERFORM privado.rechazar(409, 'cuenta_por_pagar_abierta', 'La cuenta ya está cerrada.');
    END IF;
    PERFORM privado.monto_exigir(p_monto);
    IF p_monto > v_cxp.cxp_saldo THEN
        PERFORM privado.rechazar(409, 'pago_dentro_de_la_deuda', 'El pago excede lo que se debe.');
    END IF;
    UPDATE datos.cuenta_por_pagar AS c
    SET
        cxp_saldo = c.cxp_saldo - p_monto,
        cxp_estado = CASE WHEN c.cxp_saldo = p_monto THEN 'PAG' ELSE 'PEN' END
    WHERE c.cxp_id = p_cxp_id
    RETURNING c.* INTO v_cxp;
    PERFORM privado.asentar(
        v_cxp.eta_codigo, 'CXP', p_cxp_id::text, 'Pago a proveedor',
        ARRAY['PROVEEDOR', v_cuenta.clase], ARRAY[v_cxp.prv_codigo, v_cuenta.ref], ARRAY[p_monto, -p_monto]
    );
    RETURN privado.cuenta_por_pagar_fila(v_cxp);
END
$$;

GRANT EXECUTE ON FUNCTION api.cuenta_por_pagar_pagar(bigint, numeric, text) TO adm_compras, admin;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_pago_igual_cuenta() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(c.prv_codigo, l.ref)
    FROM (SELECT prv_codigo, sum(cxp_saldo) AS saldo FROM datos.cuenta_por_pagar GROUP BY prv_codigo) AS c
    FULL JOIN (
        SELECT t.ref, s.saldo FROM datos.cuenta AS t JOIN datos.saldo AS s USING (cta_id) WHERE t.clase = 'PROVEEDOR'
    ) AS l ON l.ref = c.prv_codigo
    WHERE coalesce(c.saldo, 0) <> -coalesce(l.saldo, 0)
$$;

COMMENT ON FUNCTION privado.doctor_pago_igual_cuenta()
IS 'Lo que se debe a cada proveedor es la suma de sus cuentas por pagar abiertas.';

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER cuenta_por_pagar_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.cuenta_por_pagar
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cxp_id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.cuenta_por_pagar TO adm_compras, contador, auditor, admin;
GRANT SELECT, UPDATE ON datos.cuenta_por_pagar TO pos_api;

CREATE POLICY cuenta_por_pagar_sucursal ON datos.cuenta_por_pagar
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
