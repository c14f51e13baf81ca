-- Movements by hand: what products and materials share when a person, and no document, moves goods.
--
-- Each posts its contra entry to the libro in the same act. One is corrected by its reversal: same code, opposite
-- sign, its own value, once. Rows a document wrote are corrected through the document.

-- The bodega a movement names, else the caller's own.
CREATE FUNCTION privado.bodega_propia(p_bodega text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF nullif(p_bodega, '') IS NULL THEN
        RETURN (SELECT l.bod_codigo FROM privado.mi_lugar() AS l);
    END IF;
    IF p_bodega IN ('WEB', 'TRANSITO') OR p_bodega <> ALL (privado.mis_bodegas()) THEN
        PERFORM privado.rechazar(403, 'bodega_ajena', 'Esa bodega no es de sus establecimientos.');
    END IF;
    RETURN p_bodega;
END
$$;

-- What a unit entering a bodega is worth when nobody says: the average there, else the last cost of the item
-- anywhere, else nothing. Locks the balance row, so the average holds until the movement is written.
CREATE FUNCTION privado.kardex_costo_entrada(p_itm text, p_bod text) RETURNS numeric
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_exi datos.existencia := privado.existencia_bloquear(p_itm, p_bod);
BEGIN
    IF v_exi.exi_cantidad > 0 THEN
        RETURN v_exi.exi_valor / v_exi.exi_cantidad;
    END IF;
    RETURN coalesce(
        (SELECT k.krd_valor / k.krd_cantidad FROM datos.kardex AS k
         WHERE k.itm_codigo = p_itm AND k.krd_valor > 0
         ORDER BY k.krd_codigo DESC LIMIT 1),
        0
    );
END
$$;

-- The other side of a manual movement in the libro.
CREATE FUNCTION privado.kardex_contrapartida(p_trn text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_trn
        WHEN 'INI' THEN 'CAPITAL_INICIAL'
        WHEN 'DVP' THEN 'DEVOLUCION_PROVEEDOR'
        WHEN 'BAJ' THEN 'MERMA'
        ELSE 'AJUSTE_INVENTARIO'
    END
$$;

-- Writes a movement nobody's document stands behind, and its asiento. An entry is worth p_valor, else what
-- kardex_costo_entrada says.
CREATE FUNCTION privado.kardex_manual(
    p_itm text, p_bod text, p_trn text, p_cantidad numeric, p_valor numeric DEFAULT NULL, p_razon text DEFAULT NULL,
    OUT krd_codigo bigint, OUT valor numeric
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_delta numeric;
BEGIN
    SELECT m.krd_codigo, m.valor, m.inventario_delta INTO krd_codigo, valor, v_delta
    FROM privado.kardex_registrar(
        p_itm, p_bod, p_trn, p_cantidad,
        CASE WHEN p_trn IN ('INI', 'AJU') THEN coalesce(p_valor, p_cantidad * privado.kardex_costo_entrada(p_itm, p_bod)) END,
        p_razon => nullif(p_razon, '')
    ) AS m;
    PERFORM privado.asentar(
        (SELECT b.eta_codigo FROM datos.bodega AS b WHERE b.bod_codigo = p_bod),
        'KRD', krd_codigo::text, 'Movimiento de inventario ' || p_trn,
        ARRAY['INVENTARIO', privado.kardex_contrapartida(p_trn)], ARRAY['', ''], ARRAY[v_delta, -v_delta]
    );
END
$$;

-- Posts the opposite of a manual movement, with the value it had. Goods that were sold since may not leave that
-- value behind: then the average leaves, and the difference is its own line.
CREATE FUNCTION privado.kardex_revertir(p_krd_codigo bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_krd datos.kardex;
    v_nuevo record;
    v_diferencia numeric;
BEGIN
    SELECT k.* INTO STRICT v_krd FROM datos.kardex AS k WHERE k.krd_codigo = p_krd_codigo;
    SELECT * INTO v_nuevo
    FROM privado.kardex_registrar(
        v_krd.itm_codigo, v_krd.bod_codigo, v_krd.trn_cod, v_krd.krd_cantidad, v_krd.krd_valor,
        p_razon => v_krd.krd_razon, p_est => v_krd.est_cod, p_revierte => p_krd_codigo
    );
    v_diferencia := round(v_krd.krd_valor - v_nuevo.valor, 2);
    PERFORM privado.asentar(
        (SELECT b.eta_codigo FROM datos.bodega AS b WHERE b.bod_codigo = v_krd.bod_codigo),
        'KRD', v_nuevo.krd_codigo::text, 'Reverso de movimiento de inventario ' || v_krd.trn_cod,
        ARRAY['INVENTARIO', privado.kardex_contrapartida(v_krd.trn_cod), 'DIFERENCIA_COSTO'],
        ARRAY['', '', ''],
        ARRAY[v_nuevo.inventario_delta, v_diferencia - v_nuevo.inventario_delta, -v_diferencia]
    );
    RETURN v_nuevo.krd_codigo;
END
$$;

-- Refuses an opening entry where goods have moved already. An opening that was taken back leaves room for another,
-- and p_reemplaza names the one that is being corrected right now.
CREATE FUNCTION privado.kardex_juzgar_inicial(p_itm text, p_bod text, p_reemplaza bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_exi datos.existencia := privado.existencia_bloquear(p_itm, p_bod);
BEGIN
    IF EXISTS (
        SELECT FROM datos.kardex AS k
        WHERE
            k.krd_codigo = p_reemplaza AND k.trn_cod = 'INI' AND k.itm_codigo = p_itm AND k.bod_codigo = p_bod
    ) THEN
        RETURN;
    END IF;
    IF v_exi.exi_cantidad > 0 OR EXISTS (
        SELECT FROM datos.kardex AS k WHERE k.itm_codigo = p_itm AND k.bod_codigo = p_bod AND k.trn_cod <> 'INI'
    ) THEN
        PERFORM privado.rechazar(409, 'inventario_inicial_unico', 'El inventario inicial es el primer movimiento en la bodega.');
    END IF;
END
$$;

-- Refuses to reverse what a document wrote, what was reversed, and what another person entered (an administrator of
-- the stockroom reverses anybody's).
CREATE FUNCTION privado.kardex_juzgar_reverso(p_krd_codigo bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_krd datos.kardex;
BEGIN
    SELECT k.* INTO STRICT v_krd FROM datos.kardex AS k WHERE k.krd_codigo = p_krd_codigo;
    IF v_krd.doc_tipo IS NOT NULL THEN
        PERFORM privado.rechazar(409, 'movimiento_de_documento', 'El movimiento se corrige en su documento.');
    ELSIF v_krd.krd_revierte IS NOT NULL THEN
        PERFORM privado.rechazar(409, 'movimiento_es_reverso', 'Un reverso no se revierte: registre un movimiento nuevo.');
    ELSIF EXISTS (SELECT FROM datos.kardex AS k WHERE k.krd_revierte = p_krd_codigo) THEN
        PERFORM privado.rechazar(409, 'movimiento_ya_revertido', 'El movimiento ya fue revertido.');
    ELSIF v_krd.usr_id <> session_user AND NOT (privado.es('adm_bodega') OR privado.es('admin')) THEN
        PERFORM privado.rechazar(403, 'movimiento_ajeno', 'Solo quien lo registró o un administrador de bodega lo revierte.');
    END IF;
END
$$;
