-- Kardex: goods. One row per movement of one item in one bodega, with the quantity and the total value after it.
-- Unit cost is derived, never kept. A movement is only ever written by `kardex_registrar`, under the lock of the
-- balance row, which also gives the sequence; it is never updated or deleted: a mistake is an opposite movement.
--
-- Costing is moving average per item and bodega. An outflow takes round(V x q / Q, 6) and the last unit takes all of
-- V, so value never outlives quantity. An entry brings its value. Who needs several items locks them in item order.
--
-- Stock is everybody's (own branches); value is for who may see cost. WEB and TRANSITO belong to no branch: they are
-- rows for who sees every branch, and a plain sum for the others.

-- The bodegas whose rows the caller sees.
CREATE FUNCTION privado.mis_bodegas() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(b.bod_codigo), '{}')
    FROM (SELECT privado.mis_establecimientos() AS mias) AS m
    CROSS JOIN datos.bodega AS b
    WHERE
        b.eta_codigo = ANY (m.mias)
        OR (b.eta_codigo IS NULL AND NOT EXISTS (
            SELECT FROM datos.establecimiento AS e WHERE e.eta_codigo <> ALL (m.mias)
        ))
$$;

GRANT EXECUTE ON FUNCTION privado.mis_bodegas() TO personal, puente;

-- Units of each item: what the caller's branches can sell, and the company's sums in WEB and TRANSITO. One call a
-- page; an item without any movement has no row.
CREATE FUNCTION privado.existencias(p_itm text[])
RETURNS TABLE (itm_codigo text, disponible numeric, web numeric, transito numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        e.itm_codigo,
        coalesce(sum(e.exi_cantidad) FILTER (WHERE b.bod_vendible AND b.eta_codigo = ANY (m.eta)), 0),
        coalesce(sum(e.exi_cantidad) FILTER (WHERE e.bod_codigo = 'WEB'), 0),
        coalesce(sum(e.exi_cantidad) FILTER (WHERE e.bod_codigo = 'TRANSITO'), 0)
    FROM (SELECT privado.mis_establecimientos() AS eta) AS m
    CROSS JOIN datos.existencia AS e
    JOIN datos.bodega AS b USING (bod_codigo)
    WHERE e.itm_codigo = ANY (p_itm)
    GROUP BY e.itm_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.existencias(text[]) TO personal, puente;

-- Locks the balance row of an item in a bodega, making it on the first movement, and answers it.
CREATE FUNCTION privado.existencia_bloquear(p_itm text, p_bod text) RETURNS datos.existencia
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_exi datos.existencia;
BEGIN
    SELECT e.* INTO v_exi FROM datos.existencia AS e
    WHERE e.itm_codigo = p_itm AND e.bod_codigo = p_bod FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO datos.existencia (itm_codigo, bod_codigo) VALUES (p_itm, p_bod)
        ON CONFLICT (itm_codigo, bod_codigo) DO NOTHING;
        SELECT e.* INTO STRICT v_exi FROM datos.existencia AS e
        WHERE e.itm_codigo = p_itm AND e.bod_codigo = p_bod FOR UPDATE;
    END IF;
    RETURN v_exi;
END
$$;

-- Locks the balance rows of several items in one bodega, in item order.
CREATE FUNCTION privado.existencias_bloquear(p_itm text[], p_bod text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_itm text;
BEGIN
    FOR v_itm IN SELECT DISTINCT i.itm FROM unnest(p_itm) AS i (itm) ORDER BY i.itm LOOP
        PERFORM privado.existencia_bloquear(v_itm, p_bod);
    END LOOP;
END
$$;

-- The part of a value that belongs to q of Q units, to six decimals. The quotient is carried to thirty, so that it is
-- rounded once and exactly.
CREATE FUNCTION privado.kardex_proporcion(p_valor numeric, p_cantidad numeric, p_existe numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
    SELECT round(round(p_valor * p_cantidad, 30) / p_existe, 6)
$$;

-- What an outflow of q out of (Q, V) takes: the wished value where the rest can live without it, else the average;
-- everything with the last unit.
CREATE FUNCTION privado.kardex_valor_salida(p_cantidad numeric, p_existe numeric, p_valor numeric, p_deseado numeric)
RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_cantidad = p_existe THEN p_valor
        WHEN p_deseado <= p_valor THEN p_deseado
        ELSE privado.kardex_proporcion(p_valor, p_cantidad, p_existe)
    END
$$;

-- Refuses units to a service, whoever brings them. The product is held until the act ends, so that it does not become
-- one meanwhile.
CREATE FUNCTION privado.kardex_juzgar_entrada(p_itm text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tipo text;
BEGIN
    SELECT p.prd_tipo INTO v_tipo FROM datos.producto AS p WHERE p.prd_codigo = p_itm FOR KEY SHARE;
    IF v_tipo = 'SERVICIO' THEN
        PERFORM privado.rechazar(409, 'servicio_sin_existencia', 'Un servicio no tiene existencia.');
    END IF;
END
$$;

-- Writes one movement. The code gives the sign (a reversal the opposite one); an entry brings its value, an outflow
-- may name the value it would like. Answers the row, the value moved, and the change of the inventory account in
-- whole cents: round(V after, 2) - round(V before, 2).
CREATE FUNCTION privado.kardex_registrar(
    p_itm text, p_bod text, p_trn text, p_cantidad numeric, p_valor numeric DEFAULT NULL,
    p_doc_tipo text DEFAULT NULL, p_doc_codigo text DEFAULT NULL, p_doc_linea bigint DEFAULT NULL,
    p_razon text DEFAULT NULL, p_est text DEFAULT NULL, p_revierte bigint DEFAULT NULL,
    OUT krd_codigo bigint, OUT valor numeric, OUT inventario_delta numeric
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_signo smallint;
    v_exi datos.existencia;
    v_cantidad numeric;
    v_valor numeric;
BEGIN
    IF p_cantidad IS NULL OR p_cantidad <= 0 OR p_cantidad = 'NaN' OR p_cantidad <> round(p_cantidad, 3) THEN
        PERFORM privado.rechazar(
            422, 'cantidad_positiva', 'La cantidad debe ser mayor que cero y tener hasta tres decimales.'
        );
    END IF;
    SELECT t.trn_signo * CASE WHEN p_revierte IS NULL THEN 1 ELSE -1 END INTO v_signo
    FROM datos.transaccion AS t WHERE t.trn_cod = p_trn;
    IF v_signo IS NULL THEN
        PERFORM privado.rechazar(422, 'transaccion_existe', 'La transacción no existe.');
    END IF;

    v_exi := privado.existencia_bloquear(p_itm, p_bod);
    v_cantidad := v_exi.exi_cantidad + v_signo * p_cantidad;
    IF v_cantidad < 0 THEN
        PERFORM privado.rechazar(409, 'existencia_insuficiente', 'No hay existencia suficiente de ' || p_itm || '.');
    ELSIF v_exi.exi_cantidad = 0 THEN
        PERFORM privado.kardex_juzgar_entrada(p_itm);
    END IF;
    valor := CASE
        WHEN v_signo > 0 THEN round(p_valor, 6)
        ELSE privado.kardex_valor_salida(p_cantidad, v_exi.exi_cantidad, v_exi.exi_valor, p_valor)
    END;
    v_valor := v_exi.exi_valor + v_signo * valor;
    inventario_delta := round(v_valor, 2) - round(v_exi.exi_valor, 2);

    UPDATE datos.existencia AS e
    SET exi_cantidad = v_cantidad, exi_valor = v_valor, exi_secuencia = e.exi_secuencia + 1
    WHERE e.itm_codigo = p_itm AND e.bod_codigo = p_bod;
    INSERT INTO datos.kardex AS k (
        itm_codigo, bod_codigo, krd_secuencia, trn_cod, krd_signo, krd_cantidad, krd_valor, krd_saldo, krd_valor_saldo,
        doc_tipo, doc_codigo, doc_linea, est_cod, krd_revierte, krd_razon
    ) VALUES (
        p_itm, p_bod, v_exi.exi_secuencia + 1, p_trn, v_signo, p_cantidad, valor, v_cantidad, v_valor,
        p_doc_tipo, p_doc_codigo, p_doc_linea, p_est, p_revierte, p_razon
    )
    RETURNING k.krd_codigo INTO krd_codigo;
END
$$;

-- Moves units between bodegas with the value they have, or the one wished for: out of one (TRE), into the other (TRI).
-- Cents that two roundings disagree about go to DIFERENCIA_COSTO, so the inventory account stays exact.
CREATE FUNCTION privado.kardex_trasladar(
    p_itm text, p_desde text, p_hacia text, p_cantidad numeric, p_doc_tipo text, p_doc_codigo text,
    p_valor numeric DEFAULT NULL, OUT valor numeric
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sale record;
    v_entra record;
    v_delta numeric;
BEGIN
    PERFORM privado.existencia_bloquear(p_itm, least(p_desde, p_hacia));
    PERFORM privado.existencia_bloquear(p_itm, greatest(p_desde, p_hacia));
    SELECT * INTO v_sale
    FROM privado.kardex_registrar(p_itm, p_desde, 'TRE', p_cantidad, p_valor, p_doc_tipo, p_doc_codigo);
    SELECT * INTO v_entra
    FROM privado.kardex_registrar(p_itm, p_hacia, 'TRI', p_cantidad, v_sale.valor, p_doc_tipo, p_doc_codigo);
    valor := v_sale.valor;
    v_delta := v_sale.inventario_delta + v_entra.inventario_delta;
    PERFORM privado.asentar(
        (SELECT max(b.eta_codigo) FROM datos.bodega AS b WHERE b.bod_codigo IN (p_desde, p_hacia)),
        p_doc_tipo, p_doc_codigo, 'Traslado: redondeo',
        ARRAY['INVENTARIO', 'DIFERENCIA_COSTO'], ARRAY['', ''], ARRAY[v_delta, -v_delta]
    );
END
$$;

CREATE TRIGGER kardex_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.kardex
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

GRANT SELECT (itm_codigo, bod_codigo, exi_cantidad) ON datos.existencia TO personal;
GRANT SELECT ON datos.existencia TO compras, adm_bodega, adm_compras, contador, auditor, admin;
GRANT SELECT (
    krd_codigo, itm_codigo, bod_codigo, krd_secuencia, trn_cod, krd_signo, krd_cantidad, krd_saldo, doc_tipo,
    doc_codigo, doc_linea, est_cod, krd_revierte, krd_razon, usr_id, krd_fechahora
) ON datos.kardex TO bodega;
GRANT SELECT ON datos.kardex TO adm_bodega, contador, auditor, admin, pos_api;

CREATE POLICY existencia_bodega ON datos.existencia FOR SELECT
USING (bod_codigo = ANY ((SELECT privado.mis_bodegas())::text[]));
CREATE POLICY kardex_bodega ON datos.kardex FOR SELECT
USING (bod_codigo = ANY ((SELECT privado.mis_bodegas())::text[]));
