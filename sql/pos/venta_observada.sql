-- Venta observada: a late sale that could not be invoiced as it was sold. The goods are gone and the money came in, so it
-- is kept whole: its cash is in the drawer of the session it arrived in, its transfers and cards in the bank, all against
-- POR_REGULARIZAR. Credit and a client's balance have moved nothing yet. Who oversees sales resolves it, once:
--
-- FACTURAR issues the invoice from today's stock at the total that was printed. Each line takes the price it printed, else
-- the one of its moment; if that does not make the printed total, all prices are scaled to it. They are special prices,
-- with the resolver's word, audited as such. Cents that no price can say are income, or a shortage. The invoice is of the
-- seller, whose commission it earns, and of no session: theirs may be closed. A client may be named for it, where the sale
-- was more than CONSUMIDOR FINAL may buy or the client was not to be found.
--
-- DEVOLVER gives the money back, each part the way it came or as `reembolso` says: cash from the resolver's own open
-- session, the rest from the bank.

-- Reading ------------------------------------------------------------------------------------------------------------

-- An observed sale, whole.
CREATE FUNCTION privado.venta_observada_fila(o datos.venta_observada) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_lineas json := (
        SELECT json_agg(json_build_object(
            'prd_codigo', l.prd_codigo, 'cantidad', trim_scale(l.cantidad), 'precio', l.precio::text
        ) ORDER BY l.linea)
        FROM datos.venta_observada_linea AS l WHERE l.id = o.id
    );
    v_pagos json := (
        SELECT json_agg(json_build_object(
            'metodo', p.metodo, 'monto', p.monto::text, 'recibido', p.recibido::text, 'referencia', p.referencia
        ) ORDER BY p.linea)
        FROM datos.venta_observada_pago AS p WHERE p.id = o.id
    );
BEGIN
    RETURN (
        SELECT json_build_object(
            'id', o.id, 'usr_id', d.usr_id, 'sesion', d.ses_id, 'punto_emision', o.eta_codigo || '-' || o.pto_codigo,
            'cli_codigo', o.cli_codigo, 'vendida_en', d.vendida_en, 'recibida_en', d.recibida_en,
            'total_impreso', d.total_impreso::text, 'regla', o.regla, 'message', o.mensaje, 'estado', o.estado,
            'observacion', o.observacion, 'resuelta_por', o.resuelta_por, 'fecha_resolucion', o.fecha_resolucion,
            'fac_codigo', CASE o.estado WHEN 'FACTURADA' THEN d.fac_codigo END,
            'lineas', v_lineas, 'pagos', v_pagos
        )
        FROM datos.venta_diferida AS d WHERE d.id = o.id
    );
END
$$;

GRANT EXECUTE ON FUNCTION privado.venta_observada_fila(datos.venta_observada)
TO cajero, adm_ventas, contador, auditor, admin;

-- Observed sales, the newest first: one's own, or everybody's for who oversees sales; those of one state.
CREATE FUNCTION api.venta_observada_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_estado text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_total bigint;
    v_filas json;
BEGIN
    SELECT count(*) INTO v_total FROM (
        SELECT FROM datos.venta_observada AS o
        WHERE nullif(p_estado, '') IS NULL OR o.estado = p_estado LIMIT 10001
    ) AS t;
    SELECT json_agg(privado.venta_observada_fila(g.o) ORDER BY (g.o).fecha DESC, (g.o).id) INTO v_filas
    FROM (
        SELECT o FROM datos.venta_observada AS o
        WHERE nullif(p_estado, '') IS NULL OR o.estado = p_estado
        ORDER BY o.fecha DESC, o.id
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.venta_observada_listar(int, int, text) TO cajero, adm_ventas, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- The money an observed sale brought in, by account. What is not money moves nothing until it is resolved.
CREATE FUNCTION privado.venta_observada_cobrado(p_id uuid, OUT efectivo numeric, OUT banco numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        coalesce(sum(p.monto) FILTER (WHERE privado.metodo_clase(p.metodo) = 'CAJA'), 0),
        coalesce(sum(p.monto) FILTER (WHERE privado.metodo_clase(p.metodo) = 'BANCO'), 0)
    FROM datos.venta_observada_pago AS p
    WHERE p.id = p_id
$$;

-- Keeps a late sale whole and takes its money.
CREATE FUNCTION privado.venta_observar(
    p_ses datos.sesion_caja, p_bod text, v privado.venta_leida, p_regla text, p_mensaje text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cobrado record;
BEGIN
    INSERT INTO datos.venta_observada (id, eta_codigo, pto_codigo, bod_codigo, cli_codigo, regla, mensaje)
    VALUES (
        v.id, p_ses.eta_codigo, p_ses.pto_codigo, p_bod, privado.venta_cliente_dicho((v.venta).cli_codigo), p_regla,
        p_mensaje
    );
    INSERT INTO datos.venta_observada_linea (id, linea, prd_codigo, cantidad, precio)
    SELECT v.id, l.n, l.prd, l.cantidad, l.precio
    FROM unnest((v.venta).prd_codigo, (v.venta).cantidad, (v.venta).precio)
        WITH ORDINALITY AS l (prd, cantidad, precio, n);
    INSERT INTO datos.venta_observada_pago (id, linea, metodo, monto, recibido, referencia)
    SELECT v.id, p.linea, p.metodo, p.monto, p.recibido, p.referencia
    FROM privado.venta_pagos(v.total_impreso, (v.venta).metodo, (v.venta).monto, (v.venta).referencia) AS p;
    v_cobrado := privado.venta_observada_cobrado(v.id);
    PERFORM privado.asentar(
        p_ses.eta_codigo, 'OBS', v.id::text, 'Venta observada',
        ARRAY['CAJA', 'BANCO', 'POR_REGULARIZAR'], ARRAY[p_ses.id::text, '', ''],
        ARRAY[v_cobrado.efectivo, v_cobrado.banco, -v_cobrado.efectivo - v_cobrado.banco]
    );
END
$$;

-- Brings the prices of a draft to a total: scaled, special, without promotion. Answers the total they make.
CREATE FUNCTION privado.venta_observada_ajustar(p_fac_codigo text, p_total numeric, p_motivo text) RETURNS numeric
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_total numeric := privado.factura_valorar(p_fac_codigo, privado.hoy());
BEGIN
    IF v_total IN (p_total, 0) THEN
        RETURN v_total;
    END IF;
    UPDATE datos.factura_detalle AS d
    SET
        prd_precio_venta = round(
            round(d.prd_precio_venta * (100 - d.prd_promocion) * p_total, 30) / (100 * v_total), 2
        ),
        prd_promocion = 0,
        pxfa_motivo_precio = p_motivo
    WHERE d.fac_codigo = p_fac_codigo;
    RETURN privado.factura_valorar(p_fac_codigo, privado.hoy());
END
$$;

-- Judges, settles and issues the invoice of an observed sale; p_total is what its prices make.
CREATE FUNCTION privado.venta_observada_emitir(p datos.venta_observada, d datos.venta_diferida, p_cli text, p_total numeric)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_metodo text[];
    v_monto numeric[];
    v_deuda record;
    v_cobrado record := privado.venta_observada_cobrado(p.id);
    v_resto numeric := d.total_impreso - p_total;
BEGIN
    SELECT coalesce(array_agg(g.metodo), '{}'), coalesce(array_agg(g.monto), '{}') INTO v_metodo, v_monto
    FROM datos.venta_observada_pago AS g WHERE g.id = p.id AND g.metodo IN ('CREDITO', 'SALDO');
    PERFORM privado.factura_juzgar_emision(d.fac_codigo);
    v_deuda := privado.venta_cuentas(NULL, p_cli, v_metodo, v_monto);
    PERFORM privado.factura_emitir(
        d.fac_codigo,
        v_deuda.clases || ARRAY['POR_REGULARIZAR', CASE WHEN v_resto > 0 THEN 'OTROS_INGRESOS' ELSE 'FALTANTES' END],
        v_deuda.refs || ARRAY['', ''],
        v_deuda.montos || ARRAY[v_cobrado.efectivo + v_cobrado.banco, -v_resto]
    );
    IF 'SALDO' = ANY (v_metodo) THEN
        PERFORM privado.saldo_a_favor_juzgar(p_cli);
    END IF;
END
$$;

-- Invoices an observed sale. The draft is opened with the rights of the act that calls it, so the policies bind.
CREATE FUNCTION privado.venta_observada_facturar(p datos.venta_observada, p_cli_codigo text, p_observacion text)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_dif datos.venta_diferida;
    v_cli text := privado.venta_cliente(coalesce(nullif(p_cli_codigo, ''), p.cli_codigo));
    v_motivo text := 'Venta observada: ' || p_observacion;
    v_venta privado.venta_dicha;
BEGIN
    SELECT d.* INTO STRICT v_dif FROM datos.venta_diferida AS d WHERE d.id = p.id;
    SELECT
        array_agg(l.prd_codigo ORDER BY l.linea), array_agg(l.cantidad ORDER BY l.linea),
        array_agg(l.precio ORDER BY l.linea), array_agg(v_motivo ORDER BY l.linea)
    INTO v_venta.prd_codigo, v_venta.cantidad, v_venta.precio, v_venta.motivo_precio
    FROM datos.venta_observada_linea AS l WHERE l.id = p.id;
    INSERT INTO datos.factura (
        fac_codigo, eta_codigo, pto_codigo, bod_codigo, cli_codigo, fac_vendida_en, usr_id
    ) VALUES (v_dif.fac_codigo, p.eta_codigo, p.pto_codigo, p.bod_codigo, v_cli, v_dif.vendida_en, v_dif.usr_id);
    PERFORM privado.venta_lineas(v_dif.fac_codigo, v_venta, v_dif.vendida_en);
    PERFORM privado.venta_observada_emitir(
        p, v_dif, v_cli, privado.venta_observada_ajustar(v_dif.fac_codigo, v_dif.total_impreso, v_motivo)
    );
END
$$;

-- Gives the money of an observed sale back.
CREATE FUNCTION privado.venta_observada_devolver(p datos.venta_observada, p_reembolso text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v record := privado.venta_observada_cobrado(p.id);
    v_total numeric := v.efectivo + v.banco;
    v_efectivo numeric := CASE
        WHEN p_reembolso = 'EFECTIVO' THEN v_total
        WHEN p_reembolso IN ('TRANSFERENCIA', 'TARJETA') THEN 0
        ELSE v.efectivo
    END;
BEGIN
    IF nullif(p_reembolso, '') NOT IN ('EFECTIVO', 'TRANSFERENCIA', 'TARJETA') THEN
        PERFORM privado.rechazar(422, 'reembolso_conocido', 'El reembolso es EFECTIVO, TRANSFERENCIA o TARJETA.');
    END IF;
    PERFORM privado.asentar(
        p.eta_codigo, 'OBS', p.id::text, 'Venta observada: devolución',
        ARRAY['POR_REGULARIZAR', 'CAJA', 'BANCO'],
        ARRAY['', CASE WHEN v_efectivo > 0 THEN (privado.sesion_caja_exigir()).id::text END, ''],
        ARRAY[v_total, -v_efectivo, v_efectivo - v_total]
    );
END
$$;

-- Resolves an observed sale, once: FACTURAR or DEVOLVER.
CREATE FUNCTION api.venta_observada_resolver(
    p_id text, p_accion text, p_observacion text, p_cli_codigo text DEFAULT NULL, p_reembolso text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_id uuid := CASE WHEN p_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN p_id::uuid END;
    v_obs datos.venta_observada;
BEGIN
    SELECT o.* INTO v_obs FROM datos.venta_observada AS o WHERE o.id = v_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'venta_observada_existe', 'No existe esa venta observada.');
    ELSIF v_obs.estado <> 'PENDIENTE' THEN
        PERFORM privado.rechazar(409, 'venta_observada_pendiente', 'La venta observada ya se resolvió.');
    ELSIF coalesce(btrim(p_observacion), '') = '' THEN
        PERFORM privado.rechazar(422, 'observacion_requerida', 'Diga por qué se resuelve así.');
    ELSIF p_accion = 'FACTURAR' THEN
        PERFORM privado.venta_observada_facturar(v_obs, p_cli_codigo, left(btrim(p_observacion), 200));
    ELSIF p_accion = 'DEVOLVER' THEN
        PERFORM privado.venta_observada_devolver(v_obs, p_reembolso);
    ELSE
        PERFORM privado.rechazar(422, 'accion_conocida', 'La acción es FACTURAR o DEVOLVER.');
    END IF;
    UPDATE datos.venta_observada AS o
    SET
        estado = CASE p_accion WHEN 'FACTURAR' THEN 'FACTURADA' ELSE 'DEVUELTA' END,
        observacion = btrim(p_observacion), resuelta_por = session_user, fecha_resolucion = now()
    WHERE o.id = v_id
    RETURNING o.* INTO v_obs;
    RETURN privado.venta_observada_fila(v_obs);
END
$$;

GRANT EXECUTE ON FUNCTION api.venta_observada_resolver(text, text, text, text, text) TO adm_ventas, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER venta_observada_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.venta_observada
FOR EACH ROW EXECUTE FUNCTION privado.auditar('id');

CREATE TRIGGER venta_diferida_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.venta_diferida
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

CREATE TRIGGER venta_observada_linea_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.venta_observada_linea
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

CREATE TRIGGER venta_observada_pago_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.venta_observada_pago
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.venta_diferida, datos.venta_observada, datos.venta_observada_linea, datos.venta_observada_pago
TO cajero, adm_ventas, contador, auditor, admin, pos_api;
GRANT UPDATE ON datos.venta_observada TO pos_api;

CREATE POLICY venta_diferida_propia ON datos.venta_diferida
USING (usr_id = session_user OR (SELECT privado.ve_todo()));
CREATE POLICY venta_observada_propia ON datos.venta_observada
USING (EXISTS (SELECT FROM datos.venta_diferida AS d WHERE d.id = venta_observada.id));
CREATE POLICY venta_observada_linea_de_venta ON datos.venta_observada_linea
USING (EXISTS (SELECT FROM datos.venta_diferida AS d WHERE d.id = venta_observada_linea.id));
CREATE POLICY venta_observada_pago_de_venta ON datos.venta_observada_pago
USING (EXISTS (SELECT FROM datos.venta_diferida AS d WHERE d.id = venta_observada_pago.id));
