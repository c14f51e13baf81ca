-- Venta, payments: how a sale is settled, to the cent.
--
-- At most one payment in cash, whose amount is what was handed over; the others together never exceed the total, and
-- cash is due for the rest. The drawer receives what is due and the client the change. No payments, or cash without an
-- amount: exactly what is due. QR, transfer and card go to the bank; CREDITO opens a debt within the client's limit;
-- SALDO takes from what the company owes the client. Neither is for CONSUMIDOR FINAL.

-- Writing ------------------------------------------------------------------------------------------------------------

-- Judges the payments of a sale before they count: what each one is, apart from the others.
CREATE FUNCTION privado.venta_pagos_juzgar(p_metodo text[], p_monto numeric[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_monto numeric;
BEGIN
    FOR i IN 1 .. cardinality(p_metodo) LOOP
        v_monto := p_monto[i];
        IF privado.metodo_clase(p_metodo[i]) IS NULL THEN
            PERFORM privado.rechazar(422, 'pago_metodo_conocido', 'El método de pago no es válido.');
        ELSIF p_metodo[i] <> 'EFECTIVO' THEN
            PERFORM privado.monto_exigir(v_monto);
        ELSIF v_monto < 0 OR v_monto >= 1e10 OR v_monto <> round(v_monto, 2) THEN
            PERFORM privado.rechazar(422, 'pago_monto_positivo', 'El monto del pago no es válido.');
        END IF;
    END LOOP;
    IF cardinality(array_positions(p_metodo, 'EFECTIVO')) > 1 THEN
        PERFORM privado.rechazar(422, 'pago_un_efectivo', 'Una venta tiene a lo sumo un pago en efectivo.');
    END IF;
END
$$;

-- The payments of a sale, each with what it settles and what was handed over for it.
CREATE FUNCTION privado.venta_pagos(p_total numeric, p_metodo text[], p_monto numeric[], p_referencia text[])
RETURNS TABLE (linea bigint, metodo text, monto numeric, recibido numeric, referencia text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_metodo text[] := CASE WHEN coalesce(cardinality(p_metodo), 0) = 0 THEN '{EFECTIVO}' ELSE p_metodo END;
    v_monto numeric[] := CASE WHEN coalesce(cardinality(p_metodo), 0) = 0 THEN NULL ELSE p_monto END;
    v_efectivo int := array_position(v_metodo, 'EFECTIVO');
    v_otros numeric := 0;
    v_debido numeric;
BEGIN
    PERFORM privado.venta_pagos_juzgar(v_metodo, v_monto);
    FOR i IN 1 .. cardinality(v_metodo) LOOP
        v_otros := v_otros + CASE WHEN v_metodo[i] = 'EFECTIVO' THEN 0 ELSE v_monto[i] END;
    END LOOP;
    v_debido := p_total - v_otros;
    IF v_debido < 0 THEN
        PERFORM privado.rechazar(422, 'pago_excesivo', 'Los pagos que no son en efectivo exceden el total.');
    ELSIF v_debido > coalesce(v_monto[v_efectivo], CASE WHEN v_efectivo IS NULL THEN 0 ELSE v_debido END) THEN
        PERFORM privado.rechazar(422, 'pago_insuficiente', 'Los pagos no alcanzan el total de la venta.');
    END IF;
    RETURN QUERY
    SELECT
        p.n, p.metodo,
        CASE WHEN p.n = v_efectivo THEN v_debido ELSE p.monto END,
        CASE WHEN p.n = v_efectivo THEN coalesce(p.monto, v_debido) ELSE p.monto END,
        coalesce(btrim(p.referencia), '')
    FROM unnest(v_metodo, v_monto, p_referencia) WITH ORDINALITY AS p (metodo, monto, referencia, n)
    WHERE p.n <= cardinality(v_metodo);
END
$$;

-- The accounts that settle a sale, as arrays for its asiento: one entry an account, none that is empty.
CREATE FUNCTION privado.venta_cuentas(
    p_ses_id bigint, p_cli_codigo text, p_metodo text[], p_monto numeric[],
    OUT clases text[], OUT refs text[], OUT montos numeric[]
)
LANGUAGE sql IMMUTABLE AS $$
    SELECT
        coalesce(array_agg(c.clase), '{}'),
        coalesce(array_agg(CASE c.clase
            WHEN 'CAJA' THEN p_ses_id::text WHEN 'BANCO' THEN '' ELSE p_cli_codigo
        END), '{}'),
        coalesce(array_agg(c.monto), '{}')
    FROM (
        SELECT m.clase, sum(m.monto) AS monto
        FROM (
            SELECT p.monto, privado.metodo_clase(p.metodo) AS clase
            FROM unnest(p_metodo, p_monto) AS p (metodo, monto)
        ) AS m
        GROUP BY m.clase
        HAVING sum(m.monto) <> 0
    ) AS c
$$;

-- Pays a priced draft and issues it.
CREATE FUNCTION privado.venta_cobrar(
    p_fac_codigo text, p_ses_id bigint, p_cli_codigo text, p_total numeric, p_venta privado.venta_dicha
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_metodo text[];
    v_monto numeric[];
    v_cuentas record;
BEGIN
    WITH pago AS (
        INSERT INTO datos.factura_pago (fac_codigo, linea, metodo, monto, recibido, referencia)
        SELECT p_fac_codigo, p.linea, p.metodo, p.monto, p.recibido, p.referencia
        FROM privado.venta_pagos(p_total, p_venta.metodo, p_venta.monto, p_venta.referencia) AS p
        RETURNING metodo, monto
    )
    SELECT array_agg(p.metodo), array_agg(p.monto) INTO v_metodo, v_monto FROM pago AS p;
    v_cuentas := privado.venta_cuentas(p_ses_id, p_cli_codigo, v_metodo, v_monto);
    PERFORM privado.factura_emitir(p_fac_codigo, v_cuentas.clases, v_cuentas.refs, v_cuentas.montos);
    IF 'SALDO' = ANY (v_metodo) THEN
        PERFORM privado.saldo_a_favor_juzgar(p_cli_codigo);
    END IF;
END
$$;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER factura_pago_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.factura_pago
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.factura_pago TO cajero, adm_ventas, adm_fact, contador, auditor, admin, pos_api;

CREATE POLICY factura_pago_de_factura ON datos.factura_pago
USING (EXISTS (SELECT FROM datos.factura AS f WHERE f.fac_codigo = factura_pago.fac_codigo));
