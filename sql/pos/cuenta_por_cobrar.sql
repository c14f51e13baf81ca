-- Cuenta por cobrar: what one document left a client owing. The sum of the open ones is the client's account in the
-- libro; the limit is judged on that account, over all branches, after its row is locked.

-- Opens the debt of a document that was just posted to the client's account. Refuses what exceeds the limit.
CREATE FUNCTION privado.cuenta_por_cobrar_abrir(
    p_eta text, p_cli_codigo text, p_doc_tipo text, p_doc_codigo text, p_monto numeric
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cliente datos.cliente;
BEGIN
    SELECT c.* INTO STRICT v_cliente FROM datos.cliente AS c WHERE c.cli_codigo = p_cli_codigo;
    IF v_cliente.cli_tipo_id = 'FINAL' THEN
        PERFORM privado.rechazar(409, 'consumidor_final_sin_credito', 'A consumidor final no se le vende a crédito.');
    END IF;
    IF privado.cliente_deuda(p_cli_codigo) > v_cliente.cli_limite_credito THEN
        PERFORM privado.rechazar(409, 'limite_credito', 'La deuda del cliente superaría su límite de crédito.');
    END IF;
    IF p_monto > 0 THEN
        INSERT INTO datos.cuenta_por_cobrar (eta_codigo, cli_codigo, doc_tipo, doc_codigo, cxc_monto, cxc_saldo)
        VALUES (p_eta, p_cli_codigo, p_doc_tipo, p_doc_codigo, p_monto, p_monto);
    END IF;
END
$$;

-- Closes the debt of an annulled document. Money already collected on it must go back first.
CREATE FUNCTION privado.cuenta_por_cobrar_anular(p_doc_tipo text, p_doc_codigo text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cxc datos.cuenta_por_cobrar;
BEGIN
    SELECT c.* INTO v_cxc FROM datos.cuenta_por_cobrar AS c
    WHERE c.doc_tipo = p_doc_tipo AND c.doc_codigo = p_doc_codigo FOR UPDATE;
    IF v_cxc.cxc_saldo < v_cxc.cxc_monto THEN
        PERFORM privado.rechazar(409, 'documento_cobrado', 'El documento ya tiene cobros.');
    END IF;
    UPDATE datos.cuenta_por_cobrar AS c SET cxc_saldo = 0, cxc_estado = 'ANU' WHERE c.cxc_codigo = v_cxc.cxc_codigo;
END
$$;

CREATE TRIGGER cuenta_por_cobrar_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.cuenta_por_cobrar
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cxc_codigo');

GRANT SELECT ON datos.cuenta_por_cobrar TO adm_ventas, contador, auditor, admin;

CREATE POLICY cuenta_por_cobrar_sucursal ON datos.cuenta_por_cobrar
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
