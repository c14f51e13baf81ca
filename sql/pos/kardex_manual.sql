-- Movements by hand: what products and materials share when a person, and no document, moves goods.
--
-- Each posts its contra entry to the libro in the same act. One is corrected by its reversal: same code, opposite
-- sign, its own value, once. Rows a document wrote are corrected through the document.

-- Judging ------------------------------------------------------------------------------------------------------------

-- The code a movement is stored under: a negative AJU is a BAJ.
CREATE FUNCTION privado.kardex_codigo_manual(p_trn text, p_cantidad numeric) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_trn = 'AJU' AND p_cantidad < 0 THEN 'BAJ' ELSE p_trn END
$$;

-- Refuses a movement this person may not enter, or without what its code needs.
CREATE FUNCTION privado.kardex_juzgar_manual(p_trn text, p_razon text, p_costo numeric) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_trn IS NULL OR p_trn NOT IN ('INI', 'AJU', 'BAJ', 'CON', 'ESI', 'DVP') THEN
        PERFORM privado.rechazar(422, 'transaccion_manual', 'Esa transacción no se ingresa a mano.');
    ELSIF p_trn IN ('AJU', 'BAJ') THEN
        PERFORM privado.reservar(
            ARRAY['adm_bodega', 'admin'], 'ajuste_restringido', 'Los ajustes y bajas son de un administrador de bodega.'
        );
        IF coalesce(btrim(p_razon), '') = '' THEN
            PERFORM privado.rechazar(422, 'razon_requerida', 'El ajuste o la baja necesita una razón.');
        END IF;
    END IF;
    IF p_costo IS NULL THEN
        RETURN;
    ELSIF NOT has_column_privilege(session_user, 'datos.kardex', 'krd_valor', 'SELECT') THEN
        PERFORM privado.rechazar(403, 'costo_restringido', 'El costo lo indica quien puede verlo.');
    ELSIF p_trn NOT IN ('INI', 'AJU') THEN
        PERFORM privado.rechazar(422, 'costo_de_entrada', 'El costo se indica al entrar: el de una salida se calcula.');
    ELSIF p_costo < 0 OR p_costo = 'NaN' THEN
        PERFORM privado.rechazar(422, 'costo_valido', 'El costo no puede ser negativo.');
    END IF;
END
$$;

-- Refuses an opening entry where goods have moved already. One that was taken back leaves room for another, and
-- p_reemplaza names the one being corrected right now.
CREATE FUNCTION privado.kardex_juzgar_inicial(p_itm text, p_bod text, p_reemplaza bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.existencia_bloquear(p_itm, p_bod);
    IF EXISTS (
        SELECT FROM datos.kardex AS k
        WHERE k.krd_codigo = p_reemplaza AND k.trn_cod = 'INI' AND k.itm_codigo = p_itm AND k.bod_codigo = p_bod
    ) THEN
        RETURN;
    END IF;
    IF EXISTS (
        SELECT FROM datos.kardex AS k
        WHERE
            k.itm_codigo = p_itm AND k.bod_codigo = p_bod AND k.krd_revierte IS NULL
            AND (k.trn_cod <> 'INI' OR NOT EXISTS (
                SELECT FROM datos.kardex AS r WHERE r.krd_revierte = k.krd_codigo
            ))
    ) THEN
        PERFORM privado.rechazar(
            409, 'inventario_inicial_unico', 'El inventario inicial es el primer movimiento en la bodega.'
        );
    END IF;
END
$$;

-- A movement the caller sees. Runs with the rights of the act that calls it, so the policies bind.
CREATE FUNCTION privado.kardex_visible(p_krd_codigo bigint) RETURNS datos.kardex
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_krd datos.kardex;
BEGIN
    SELECT k.* INTO v_krd FROM datos.kardex AS k WHERE k.krd_codigo = p_krd_codigo;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'movimiento_existe', 'No existe ese movimiento.');
    END IF;
    RETURN v_krd;
END
$$;

-- Refuses to reverse what a document wrote, what was reversed, and what another person entered (an administrator of
-- the stockroom reverses anybody's).
CREATE FUNCTION privado.kardex_juzgar_reverso(p_krd datos.kardex) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_krd.doc_tipo IS NOT NULL THEN
        PERFORM privado.rechazar(409, 'movimiento_de_documento', 'El movimiento se corrige en su documento.');
    ELSIF p_krd.krd_revierte IS NOT NULL THEN
        PERFORM privado.rechazar(
            409, 'movimiento_es_reverso', 'Un reverso no se revierte: registre un movimiento nuevo.'
        );
    ELSIF EXISTS (SELECT FROM datos.kardex AS k WHERE k.krd_revierte = p_krd.krd_codigo) THEN
        PERFORM privado.rechazar(409, 'movimiento_ya_revertido', 'El movimiento ya fue revertido.');
    ELSIF p_krd.usr_id <> session_user THEN
        PERFORM privado.reservar(
            ARRAY['adm_bodega', 'admin'], 'movimiento_ajeno',
            'Solo quien lo registró o un administrador de bodega lo revierte.'
        );
    END IF;
END
$$;

-- The bodega a movement names, else the caller's own.
CREATE FUNCTION privado.bodega_propia(p_bodega text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF nullif(p_bodega, '') IS NULL THEN
        RETURN (SELECT l.bod_codigo FROM privado.mi_lugar() AS l);
    ELSIF p_bodega IN ('WEB', 'TRANSITO') OR p_bodega <> ALL (privado.mis_bodegas()) THEN
        PERFORM privado.rechazar(403, 'bodega_ajena', 'Esa bodega no es de sus establecimientos.');
    END IF;
    RETURN p_bodega;
END
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- What units entering a bodega are worth when nobody says: the average there, else the last cost of the item
-- anywhere, else what a material is bought at, else nothing. Locks the balance row, so the average holds until the movement is written.
CREATE FUNCTION privado.kardex_valor_entrada(p_itm text, p_bod text, p_cantidad numeric) RETURNS numeric
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_exi datos.existencia := privado.existencia_bloquear(p_itm, p_bod);
BEGIN
    IF v_exi.exi_cantidad > 0 THEN
        RETURN privado.kardex_proporcion(v_exi.exi_valor, p_cantidad, v_exi.exi_cantidad);
    END IF;
    RETURN coalesce(
        (SELECT privado.kardex_proporcion(k.krd_valor, p_cantidad, k.krd_cantidad) FROM datos.kardex AS k
         WHERE k.itm_codigo = p_itm AND k.krd_valor > 0
         ORDER BY k.krd_codigo DESC LIMIT 1),
        (SELECT round(m.mp_precio_compra * p_cantidad, 6) FROM datos.materia_prima AS m WHERE m.mp_codigo = p_itm),
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

-- Writes a movement no document stands behind, and its asiento. An entry is worth p_valor, else what
-- kardex_valor_entrada says.
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
        CASE
            WHEN p_trn IN ('INI', 'AJU')
            THEN coalesce(p_valor, privado.kardex_valor_entrada(p_itm, p_bod, p_cantidad))
        END,
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
-- value behind: then the average leaves, and the difference is a line of its own.
CREATE FUNCTION privado.kardex_revertir(p_krd datos.kardex) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_nuevo record;
    v_diferencia numeric;
BEGIN
    SELECT * INTO v_nuevo
    FROM privado.kardex_registrar(
        p_krd.itm_codigo, p_krd.bod_codigo, p_krd.trn_cod, p_krd.krd_cantidad, p_krd.krd_valor,
        p_razon => p_krd.krd_razon, p_est => p_krd.est_cod, p_revierte => p_krd.krd_codigo
    );
    v_diferencia := round(p_krd.krd_valor - v_nuevo.valor, 2);
    PERFORM privado.asentar(
        (SELECT b.eta_codigo FROM datos.bodega AS b WHERE b.bod_codigo = p_krd.bod_codigo),
        'KRD', v_nuevo.krd_codigo::text, 'Reverso de movimiento de inventario ' || p_krd.trn_cod,
        ARRAY['INVENTARIO', privado.kardex_contrapartida(p_krd.trn_cod), 'DIFERENCIA_COSTO'],
        ARRAY['', '', ''],
        ARRAY[v_nuevo.inventario_delta, v_diferencia - v_nuevo.inventario_delta, -v_diferencia]
    );
    RETURN v_nuevo.krd_codigo;
END
$$;

-- Reverses a movement and enters another in its place, in the same bodega. Whichever of the two brings goods comes
-- first, so that goods already sold from a mistyped opening do not stand in the way.
CREATE FUNCTION privado.kardex_reemplazar(
    p_krd datos.kardex, p_itm text, p_trn text, p_cantidad numeric, p_valor numeric, p_razon text,
    OUT krd_codigo bigint, OUT reverso bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_reverso_entra boolean := p_krd.krd_signo < 0;
BEGIN
    PERFORM privado.existencia_bloquear(least(p_itm, p_krd.itm_codigo), p_krd.bod_codigo);
    PERFORM privado.existencia_bloquear(greatest(p_itm, p_krd.itm_codigo), p_krd.bod_codigo);
    IF p_trn = 'INI' THEN
        PERFORM privado.kardex_juzgar_inicial(p_itm, p_krd.bod_codigo, p_krd.krd_codigo);
    END IF;
    IF v_reverso_entra THEN
        reverso := privado.kardex_revertir(p_krd);
    END IF;
    krd_codigo := (privado.kardex_manual(p_itm, p_krd.bod_codigo, p_trn, p_cantidad, p_valor, p_razon)).krd_codigo;
    IF NOT v_reverso_entra THEN
        reverso := privado.kardex_revertir(p_krd);
    END IF;
END
$$;
