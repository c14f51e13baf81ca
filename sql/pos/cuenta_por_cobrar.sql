-- Cuenta por cobrar: what one document left a client owing. The sum of the open ones is the client's account in the
-- libro; the limit is judged on that account, over all branches, after its row is locked.

-- Opens the debt of a document that was just posted to the client's account. Refuses what exceeds the limit; nothing is
-- owed for nothing.
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
    IF p_monto = 0 THEN
        RETURN;
    ELSIF privado.cliente_deuda(p_cli_codigo) > v_cliente.cli_limite_credito THEN
        PERFORM privado.rechazar(409, 'limite_credito', 'La deuda del cliente superaría su límite de crédito.');
    END IF;
    INSERT INTO datos.cuenta_por_cobrar (eta_codigo, cli_codigo, doc_tipo, doc_codigo, cxc_monto, cxc_saldo)
    VALUES (p_eta, p_cli_codigo, p_doc_tipo, p_doc_codigo, p_monto, p_monto);
END
$$;

-- A debt as the API shows it.
CREATE FUNCTION privado.cuenta_por_cobrar_fila(c datos.cuenta_por_cobrar) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', c.cxc_codigo,
        'cli_codigo', c.cli_codigo,
        'cli_nombre', (SELECT k.cli_nombre FROM datos.cliente AS k WHERE k.cli_codigo = c.cli_codigo),
        'establecimiento', c.eta_codigo,
        'documento', c.doc_codigo,
        'fecha', c.cxc_fecha,
        'monto', c.cxc_monto::text,
        'saldo', c.cxc_saldo::text,
        'estado', c.cxc_estado
    )
$$;

GRANT EXECUTE ON FUNCTION privado.cuenta_por_cobrar_fila(datos.cuenta_por_cobrar) TO personal;

-- Debts of one's branches, the newest first: of one state, of one client.
CREATE FUNCTION api.cuenta_por_cobrar_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_estado text DEFAULT NULL, p_cli_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.cuenta_por_cobrar_fila(g.c)) INTO v_filas
    FROM (
        SELECT c FROM datos.cuenta_por_cobrar AS c
        WHERE
            (nullif(p_estado, '') IS NULL OR c.cxc_estado = p_estado)
            AND (nullif(p_cli_codigo, '') IS NULL OR c.cli_codigo = p_cli_codigo)
        ORDER BY c.cxc_codigo DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.cuenta_por_cobrar AS c
        WHERE
            (nullif(p_estado, '') IS NULL OR c.cxc_estado = p_estado)
            AND (nullif(p_cli_codigo, '') IS NULL OR c.cli_codigo = p_cli_codigo)
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.cuenta_por_cobrar_listar(int, int, text, text)
TO adm_ventas, cajero, contador, auditor, admin;

-- Refuses to have taken from what the company owes a client more than there was, or any of CONSUMIDOR FINAL's. After the
-- asiento that took it, so that the row is locked, and in its turn among the others.
CREATE FUNCTION privado.saldo_a_favor_juzgar(p_cli_codigo text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM datos.cliente AS c WHERE c.cli_codigo = p_cli_codigo AND c.cli_tipo_id = 'FINAL') THEN
        PERFORM privado.rechazar(409, 'consumidor_final_sin_saldo', 'Consumidor final no tiene saldo a favor.');
    ELSIF privado.saldo_de('SALDO_CLIENTE', p_cli_codigo) > 0 THEN
        PERFORM privado.rechazar(409, 'saldo_suficiente', 'El cliente no tiene tanto saldo a favor.');
    END IF;
END
$$;

-- The account that a debt is collected by, or a credit paid; cash is in the caller's own open session (sesion_caja.sql).
CREATE FUNCTION privado.cuenta_de_metodo(p_metodo text, p_cli_codigo text, OUT clase text, OUT ref text)
LANGUAGE plpgsql AS $$
BEGIN
    clase := privado.metodo_clase(p_metodo);
    IF clase IS NULL OR clase = 'CLIENTE' THEN
        PERFORM privado.rechazar(422, 'metodo_conocido', 'El método es EFECTIVO, QR, TRANSFERENCIA, TARJETA o SALDO.');
    END IF;
    ref := CASE clase
        WHEN 'CAJA' THEN (privado.sesion_caja_exigir()).id::text
        WHEN 'SALDO_CLIENTE' THEN p_cli_codigo
        ELSE ''
    END;
END
$$;

-- Refuses what is not an amount of money.
CREATE FUNCTION privado.monto_exigir(p_monto numeric) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF p_monto IS NULL OR p_monto <= 0 OR p_monto = 'NaN' OR p_monto <> round(p_monto, 2) THEN
        PERFORM privado.rechazar(422, 'monto_positivo', 'El monto debe ser mayor que cero, con dos decimales a lo sumo.');
    END IF;
END
$$;

-- Collects part or all of a debt.
CREATE FUNCTION api.cuenta_por_cobrar_cobrar(
    p_cxc_codigo bigint, p_monto numeric, p_metodo text, p_referencia text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cuenta record;
    v_cxc datos.cuenta_por_cobrar;
BEGIN
    SELECT * INTO v_cuenta FROM privado.cuenta_de_metodo(
        p_metodo, (SELECT c.cli_codigo FROM datos.cuenta_por_cobrar AS c WHERE c.cxc_codigo = p_cxc_codigo)
    );
    SELECT c.* INTO v_cxc FROM datos.cuenta_por_cobrar AS c WHERE c.cxc_codigo = p_cxc_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'cuenta_por_cobrar_existe', 'No existe esa cuenta por cobrar.');
    ELSIF v_cxc.cxc_estado <> 'PEN' THEN
        PERFORM privado.rechazar(409, 'cuenta_por_cobrar_abierta', 'La cuenta ya está cerrada.');
    END IF;
    PERFORM privado.monto_exigir(p_monto);
    IF p_monto > v_cxc.cxc_saldo THEN
        PERFORM privado.rechazar(409, 'cobro_dentro_del_monto', 'El cobro excede lo que se debe.');
    END IF;
    UPDATE datos.cuenta_por_cobrar AS c
    SET
        cxc_saldo = c.cxc_saldo - p_monto,
        cxc_estado = CASE WHEN c.cxc_saldo = p_monto THEN 'PAG' ELSE 'PEN' END
    WHERE c.cxc_codigo = p_cxc_codigo
    RETURNING c.* INTO v_cxc;
    PERFORM privado.asentar(
        v_cxc.eta_codigo, 'CXC', p_cxc_codigo::text,
        left('Cobro ' || p_metodo || coalesce(' ' || nullif(btrim(p_referencia), ''), ''), 200),
        ARRAY['CLIENTE', v_cuenta.clase], ARRAY[v_cxc.cli_codigo, v_cuenta.ref], ARRAY[-p_monto, p_monto]
    );
    IF v_cuenta.clase = 'SALDO_CLIENTE' THEN
        PERFORM privado.saldo_a_favor_juzgar(v_cxc.cli_codigo);
    END IF;
    RETURN privado.cuenta_por_cobrar_fila(v_cxc);
END
$$;

GRANT EXECUTE ON FUNCTION api.cuenta_por_cobrar_cobrar(bigint, numeric, text, text) TO cajero, adm_ventas, admin;

-- Pays a client what the company owes them: in cash from the caller's own drawer or, by who oversees sales, by transfer.
CREATE FUNCTION api.cliente_saldo_retirar(p_cli_codigo text, p_monto numeric, p_metodo text DEFAULT 'EFECTIVO')
RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cuenta record := privado.cuenta_de_metodo(p_metodo, p_cli_codigo);
    v_eta text;
BEGIN
    IF NOT EXISTS (SELECT FROM datos.cliente AS c WHERE c.cli_codigo = p_cli_codigo) THEN
        PERFORM privado.rechazar(404, 'cliente_existe', 'No existe ese cliente.');
    ELSIF p_metodo NOT IN ('EFECTIVO', 'TRANSFERENCIA') THEN
        PERFORM privado.rechazar(422, 'metodo_conocido', 'Un saldo se retira en EFECTIVO o por TRANSFERENCIA.');
    END IF;
    PERFORM privado.monto_exigir(p_monto);
    IF v_cuenta.clase = 'CAJA' THEN
        v_eta := (SELECT s.eta_codigo FROM datos.sesion_caja AS s WHERE s.id = v_cuenta.ref::bigint);
    ELSE
        PERFORM privado.reservar('{adm_ventas,admin}', 'retiro_de_caja', 'Un saldo se entrega de la propia caja.');
        v_eta := (SELECT l.eta_codigo FROM privado.mi_lugar() AS l);
    END IF;
    PERFORM privado.asentar(
        v_eta, 'SAL', p_cli_codigo, 'Retiro de saldo a favor',
        ARRAY['SALDO_CLIENTE', v_cuenta.clase], ARRAY[p_cli_codigo, v_cuenta.ref], ARRAY[p_monto, -p_monto]
    );
    PERFORM privado.saldo_a_favor_juzgar(p_cli_codigo);
    RETURN json_build_object(
        'cli_codigo', p_cli_codigo, 'saldo', (-privado.saldo_de('SALDO_CLIENTE', p_cli_codigo))::text
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.cliente_saldo_retirar(text, numeric, text) TO cajero, adm_ventas, admin;

-- For the doctor: nobody took more than they were owed.
CREATE FUNCTION privado.doctor_saldo_a_favor() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.ref FROM datos.cuenta AS c JOIN datos.saldo AS s USING (cta_id)
    WHERE c.clase = 'SALDO_CLIENTE' AND s.saldo > 0
$$;

COMMENT ON FUNCTION privado.doctor_saldo_a_favor() IS 'Ningún cliente retiró más de lo que tenía a favor.';

CREATE TRIGGER cuenta_por_cobrar_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.cuenta_por_cobrar
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cxc_codigo');

GRANT SELECT ON datos.cuenta_por_cobrar TO adm_ventas, cajero, contador, auditor, admin;
GRANT SELECT, UPDATE ON datos.cuenta_por_cobrar TO pos_api;

CREATE POLICY cuenta_por_cobrar_sucursal ON datos.cuenta_por_cobrar
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
