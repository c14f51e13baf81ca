-- Venta, offline replay: what a terminal sold while it had no connection arrives in batches, perhaps late, twice, or in
-- any order, and every sale counts once.
--
-- Each sale carries the id its terminal made, when it was sold and the total it printed. The id decides: who comes
-- second, with whatever batch, is answered what happened first. Prices are those of the moment of the sale, IVA that of
-- the day it is invoiced, as for any invoice; a line may say the price it printed, which counts only if it was the price
-- then, or by who may give a special one. It goes to the seller's own open session and keeps when it was sold.
--
-- REGISTRADA is invoiced and paid like any sale. What cannot be (another total than the printed one, too little stock, a
-- client without credit, a moment in the future or more than seven days ago) is OBSERVADA: kept whole, its money taken,
-- for adm_ventas to resolve (venta_observada.sql). RECHAZADA is what never can be a sale (malformed, an unknown product
-- or client, payments that do not add up to the printed total); it leaves an event with what was sent, and may come again.
--
-- A sale is a subtransaction, so a bad one undoes nothing of the others. A batch takes its locks before its first sale,
-- in the order every act does: session; its ids, in their order; goods; accounts; the number comes with the first sale.
-- It holds them until it ends, and who sells beside it at that punto de emisión waits as long. So what a terminal sends
-- arrives here in slices, a transaction each (daf_backend/pos/venta_lote.py): ids make that safe whenever it breaks off.

CREATE TYPE privado.venta_leida AS (
    n bigint, id uuid, vendida_en timestamptz, total_impreso numeric, venta privado.venta_dicha, regla text, mensaje text
);

-- Reading ------------------------------------------------------------------------------------------------------------

-- What became of a late sale when it arrived.
CREATE FUNCTION privado.venta_diferida_json(d datos.venta_diferida) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN o.id IS NOT NULL
        THEN json_build_object('id', d.id, 'estado', 'OBSERVADA', 'regla', o.regla, 'message', o.mensaje)
        ELSE json_build_object(
            'id', d.id, 'estado', 'REGISTRADA', 'fac_codigo', f.fac_codigo, 'fac_numero', f.fac_numero,
            'total', f.fac_total::text
        )
    END
    FROM (SELECT d.id) AS i
    LEFT JOIN datos.venta_observada AS o ON o.id = d.id
    LEFT JOIN datos.factura AS f ON f.fac_codigo = d.fac_codigo
$$;

-- The lines and payments of a sale as its terminal wrote them. A printed price that was the price then is no special one.
CREATE FUNCTION privado.venta_leer(p_venta jsonb, p_momento timestamptz) RETURNS privado.venta_dicha
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v privado.venta_dicha;
BEGIN
    v.cli_codigo := p_venta ->> 'cli_codigo';
    SELECT
        array_agg(l.prd ORDER BY l.n), array_agg(l.cantidad ORDER BY l.n),
        array_agg(nullif(l.precio, h.precio) ORDER BY l.n), array_agg(l.motivo ORDER BY l.n)
    INTO v.prd_codigo, v.cantidad, v.precio, v.motivo_precio
    FROM (
        SELECT
            e.n, e.linea ->> 'prd_codigo' AS prd, (e.linea ->> 'cantidad')::numeric AS cantidad,
            nullif(e.linea ->> 'precio', '')::numeric AS precio, left(e.linea ->> 'motivo_precio', 255) AS motivo
        FROM jsonb_array_elements(p_venta -> 'lineas') WITH ORDINALITY AS e (linea, n)
    ) AS l
    LEFT JOIN LATERAL privado.producto_precio_en(l.prd, p_momento) AS h ON true;
    SELECT
        array_agg(e.pago ->> 'metodo' ORDER BY e.n),
        array_agg(nullif(e.pago ->> 'monto', '')::numeric ORDER BY e.n),
        array_agg(e.pago ->> 'referencia' ORDER BY e.n)
    INTO v.metodo, v.monto, v.referencia
    FROM jsonb_array_elements(coalesce(nullif(p_venta -> 'pagos', 'null'), '[]')) WITH ORDINALITY AS e (pago, n);
    RETURN v;
END
$$;

-- Refuses what can never be a sale.
CREATE FUNCTION privado.venta_leida_juzgar(v privado.venta_leida) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF v.id IS NULL OR v.vendida_en IS NULL OR v.total_impreso IS NULL
        OR NOT (v.total_impreso BETWEEN 0 AND 9999999999.99) OR v.total_impreso <> round(v.total_impreso, 2)
    THEN
        PERFORM privado.rechazar(422, 'venta_completa', 'La venta lleva su id, cuándo se vendió y el total que se imprimió.');
    ELSIF cardinality((v.venta).prd_codigo) > 500 OR cardinality((v.venta).metodo) > 20 THEN
        PERFORM privado.rechazar(422, 'venta_tamano', 'Una venta lleva hasta 500 líneas y 20 pagos.');
    ELSIF EXISTS (
        SELECT FROM unnest((v.venta).cantidad, (v.venta).precio, (v.venta).referencia) AS l (cantidad, precio, referencia)
        WHERE l.cantidad > 99999999999 OR NOT coalesce(l.precio BETWEEN 0 AND 9999999999.99, true)
            OR l.precio <> round(l.precio, 2) OR length(btrim(l.referencia)) > 60
    ) THEN
        PERFORM privado.rechazar(422, 'venta_fuera_de_rango', 'Una cantidad, un precio o una referencia no es válida.');
    ELSIF EXISTS (
        SELECT FROM unnest((v.venta).prd_codigo) AS l (prd)
        LEFT JOIN datos.producto AS p ON p.prd_codigo = l.prd WHERE p.prd_codigo IS NULL
    ) THEN
        PERFORM privado.rechazar(422, 'producto_existe', 'La venta nombra un producto que no existe.');
    ELSIF NOT EXISTS (SELECT FROM datos.cliente AS c WHERE c.cli_codigo = privado.venta_cliente_dicho((v.venta).cli_codigo)) THEN
        PERFORM privado.rechazar(422, 'cliente_existe', 'La venta nombra un cliente que no existe.');
    END IF;
    PERFORM privado.venta_juzgar_lineas(v.venta);
    PERFORM FROM privado.venta_pagos(v.total_impreso, (v.venta).metodo, (v.venta).monto, (v.venta).referencia);
END
$$;

-- Reads one sale of a batch; what can never be one comes back with the rule it breaks.
CREATE FUNCTION privado.venta_diferida_leer(p_venta jsonb, p_n bigint) RETURNS privado.venta_leida
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v privado.venta_leida;
BEGIN
    v.n := p_n;
    v.id := (p_venta ->> 'id')::uuid;
    IF p_venta ->> 'vendida_en' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:?[0-9]{2})$' THEN
        v.vendida_en := (p_venta ->> 'vendida_en')::timestamptz;
    END IF;
    v.total_impreso := (p_venta ->> 'total_impreso')::numeric;
    v.venta := privado.venta_leer(p_venta, v.vendida_en);
    PERFORM privado.venta_leida_juzgar(v);
    RETURN v;
EXCEPTION
    WHEN SQLSTATE 'NG422' OR SQLSTATE 'NG409' THEN
        GET STACKED DIAGNOSTICS v.regla = CONSTRAINT_NAME, v.mensaje = MESSAGE_TEXT;
        RETURN v;
    WHEN data_exception THEN
        v.regla := 'venta_mal_formada';
        v.mensaje := 'La venta no tiene la forma acordada.';
        RETURN v;
END
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Takes the ids of a batch that nobody took, in their order: who sends one of them meanwhile waits here. Answers them.
CREATE FUNCTION privado.venta_lote_tomar(p_ses_id bigint, p_leidas privado.venta_leida[]) RETURNS uuid[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tomadas uuid[];
BEGIN
    WITH tomada AS (
        INSERT INTO datos.venta_diferida (id, ses_id, vendida_en, total_impreso, fac_codigo)
        SELECT l.id, p_ses_id, l.vendida_en, l.total_impreso, privado.codigo('FAC', 7, nextval('datos.factura_codigo'))
        FROM (
            SELECT DISTINCT ON (u.id) u.id, u.vendida_en, u.total_impreso FROM unnest(p_leidas) AS u
            WHERE u.regla IS NULL AND NOT EXISTS (SELECT FROM datos.venta_diferida AS d WHERE d.id = u.id)
            ORDER BY u.id, u.n
        ) AS l
        ON CONFLICT ON CONSTRAINT venta_diferida_unica DO NOTHING
        RETURNING id
    )
    SELECT coalesce(array_agg(t.id), '{}') INTO v_tomadas FROM tomada AS t;
    RETURN v_tomadas;
END
$$;

-- Locks what the sales of a batch will move: goods in item order, then the guarded accounts in theirs.
CREATE FUNCTION privado.venta_lote_bloquear(p_ses_id bigint, p_bod text, p_ventas privado.venta_leida[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cuentas bigint[];
BEGIN
    PERFORM privado.existencias_bloquear(ARRAY(
        SELECT DISTINCT p.prd_codigo FROM unnest(p_ventas) AS v
        CROSS JOIN unnest((v.venta).prd_codigo) AS l (prd)
        JOIN datos.producto AS p ON p.prd_codigo = l.prd AND p.prd_tipo = 'BIEN'
    ), p_bod);
    v_cuentas := ARRAY(
        SELECT privado.cuenta_de(c.clase, c.ref)
        FROM (
            SELECT 'CAJA' AS clase, p_ses_id::text AS ref
            UNION
            SELECT
                CASE m.metodo WHEN 'CREDITO' THEN 'CLIENTE' ELSE 'SALDO_CLIENTE' END,
                privado.venta_cliente_dicho((v.venta).cli_codigo)
            FROM unnest(p_ventas) AS v
            CROSS JOIN unnest((v.venta).metodo) AS m (metodo)
            WHERE m.metodo IN ('CREDITO', 'SALDO')
            ORDER BY clase, ref
        ) AS c
    );
    PERFORM FROM datos.saldo AS s WHERE s.cta_id = ANY (v_cuentas) ORDER BY s.cta_id FOR UPDATE;
END
$$;

-- Registers one sale whose id is taken, or keeps it as observed. Runs with the rights of the act that calls it.
CREATE FUNCTION privado.venta_diferida_registrar(p_ses datos.sesion_caja, p_bod text, v privado.venta_leida)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_fac text := (SELECT d.fac_codigo FROM datos.venta_diferida AS d WHERE d.id = v.id);
    v_regla text;
    v_mensaje text;
BEGIN
    IF v.vendida_en > now() + interval '5 minutes' THEN
        PERFORM privado.rechazar(409, 'vendida_en_futuro', 'La venta dice haberse hecho en el futuro.');
    ELSIF v.vendida_en < now() - interval '7 days' THEN
        PERFORM privado.rechazar(409, 'vendida_hace_mucho', 'La venta llegó más de siete días después de hacerse.');
    END IF;
    PERFORM privado.venta_registrar(v_fac, p_ses, p_bod, v.venta, v.vendida_en, v.total_impreso);
EXCEPTION
    WHEN SQLSTATE 'NG403' OR SQLSTATE 'NG404' OR SQLSTATE 'NG409' OR SQLSTATE 'NG422' THEN
        GET STACKED DIAGNOSTICS v_regla = CONSTRAINT_NAME, v_mensaje = MESSAGE_TEXT;
        PERFORM privado.venta_observar(p_ses, p_bod, v, v_regla, v_mensaje);
    WHEN data_exception OR integrity_constraint_violation THEN
        GET STACKED DIAGNOSTICS v_regla = CONSTRAINT_NAME;
        PERFORM privado.venta_observar(
            p_ses, p_bod, v, coalesce(nullif(v_regla, ''), 'venta_fuera_de_rango'), 'No se pudo facturar como se vendió.'
        );
END
$$;

-- The answer to one sale of a batch, once all of them are in: what became of its id, or why it has none.
CREATE FUNCTION privado.venta_lote_respuesta(v privado.venta_leida, p_venta jsonb) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_diferida datos.venta_diferida;
BEGIN
    IF v.regla IS NULL THEN
        SELECT d.* INTO STRICT v_diferida FROM datos.venta_diferida AS d WHERE d.id = v.id;
        IF (v_diferida.vendida_en, v_diferida.total_impreso) = (v.vendida_en, v.total_impreso) THEN
            RETURN privado.venta_diferida_json(v_diferida);
        END IF;
        v.regla := 'venta_distinta';
        v.mensaje := 'Otra venta ya llegó con ese id.';
    END IF;
    PERFORM privado.evento('VENTA_RECHAZADA', coalesce(v.id::text, ''), jsonb_build_object(
        'regla', v.regla, 'venta', CASE WHEN length(p_venta::text) <= 2000 THEN p_venta END
    ));
    RETURN json_build_object(
        'id', left(p_venta ->> 'id', 60), 'estado', 'RECHAZADA', 'regla', v.regla, 'message', v.mensaje
    );
END
$$;

-- Takes a batch of at most 500 late sales into the caller's open session and answers each, in the order they came. They
-- are sold in the order of their moments.
CREATE FUNCTION api.venta_lote(p_ventas jsonb[]) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ses datos.sesion_caja := privado.sesion_caja_exigir();
    v_bod text := privado.venta_bodega(v_ses);
    v_leidas privado.venta_leida[];
    v_tomadas uuid[];
    v_nuevas privado.venta_leida[];
    v privado.venta_leida;
BEGIN
    IF coalesce(cardinality(p_ventas), 0) NOT BETWEEN 1 AND 500 THEN
        PERFORM privado.rechazar(422, 'lote_tamano', 'Un lote lleva entre 1 y 500 ventas.');
    END IF;
    v_leidas := ARRAY(
        SELECT privado.venta_diferida_leer(u.venta, u.n) FROM unnest(p_ventas) WITH ORDINALITY AS u (venta, n) ORDER BY u.n
    );
    v_tomadas := privado.venta_lote_tomar(v_ses.id, v_leidas);
    v_nuevas := ARRAY(
        SELECT ROW (t.n, t.id, t.vendida_en, t.total_impreso, t.venta, t.regla, t.mensaje)::privado.venta_leida
        FROM (
            SELECT DISTINCT ON (u.id) u.* FROM unnest(v_leidas) AS u
            WHERE u.regla IS NULL AND u.id = ANY (v_tomadas) ORDER BY u.id, u.n
        ) AS t
        ORDER BY t.vendida_en, t.n
    );
    PERFORM privado.venta_lote_bloquear(v_ses.id, v_bod, v_nuevas);
    FOREACH v IN ARRAY v_nuevas LOOP
        PERFORM privado.venta_diferida_registrar(v_ses, v_bod, v);
    END LOOP;
    RETURN json_build_object('ventas', (
        SELECT json_agg(privado.venta_lote_respuesta(l, p_ventas[(l).n]) ORDER BY (l).n) FROM unnest(v_leidas) AS l
    ));
END
$$;

GRANT EXECUTE ON FUNCTION api.venta_lote(jsonb[]) TO cajero, admin;
