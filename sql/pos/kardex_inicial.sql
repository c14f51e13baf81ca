-- Kardex, the opening entries of new items: what a product created or imported with stock brings in.
--
-- Set-based where kardex_registrar goes row by row: a catalogue of a hundred thousand items arrives by the thousand.
-- It may, because the items were born in this transaction: nobody else can hold or move their balance rows, and each
-- row is the first of its item.

-- Opens the stock of new items in one bodega: a balance and an INI movement each, and one asiento for all of them.
-- DEFINER: nobody but the ledger's owner writes the ledger.
CREATE FUNCTION privado.kardex_inicial(p_itm text[], p_bod text, p_cantidad numeric[], p_valor numeric[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_primero bigint;
    v_inventario numeric;
BEGIN
    INSERT INTO datos.existencia (itm_codigo, bod_codigo, exi_cantidad, exi_valor, exi_secuencia)
    SELECT i.itm, p_bod, i.cantidad, i.valor, 1
    FROM unnest(p_itm, p_cantidad, p_valor) AS i (itm, cantidad, valor);

    WITH movimiento AS (
        INSERT INTO datos.kardex (
            itm_codigo, bod_codigo, krd_secuencia, trn_cod, krd_signo,
            krd_cantidad, krd_valor, krd_saldo, krd_valor_saldo
        )
        SELECT i.itm, p_bod, 1, t.trn_cod, t.trn_signo, i.cantidad, i.valor, i.cantidad, i.valor
        FROM unnest(p_itm, p_cantidad, p_valor) AS i (itm, cantidad, valor)
        CROSS JOIN datos.transaccion AS t
        WHERE t.trn_cod = 'INI'
        RETURNING krd_codigo, krd_valor
    )
    SELECT min(m.krd_codigo), sum(round(m.krd_valor, 2)) INTO v_primero, v_inventario FROM movimiento AS m;

    PERFORM privado.asentar(
        (SELECT b.eta_codigo FROM datos.bodega AS b WHERE b.bod_codigo = p_bod),
        'KRD', v_primero::text, 'Inventario inicial',
        ARRAY['INVENTARIO', 'CAPITAL_INICIAL'], ARRAY['', ''], ARRAY[v_inventario, -v_inventario]
    );
END
$$;
