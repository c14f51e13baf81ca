-- Movements by hand: what products and materials share when a person, and no document, moves goods.
--
-- Each posts its contra entry to the libro in the same act. What a kind of movement may and does follows from its class
-- (transaccion.sql), so kinds of the shop's own are adjustments and losses here. How one is taken back or corrected:
-- kardex_reverso.sql.

-- Judging ------------------------------------------------------------------------------------------------------------

-- The code a movement is stored under: a negative AJU, or what behaves as one, is a BAJ.
CREATE FUNCTION privado.kardex_codigo_manual(p_trn text, p_cantidad numeric) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_cantidad < 0 AND privado.transaccion_clase(p_trn) = 'AJU' THEN 'BAJ' ELSE p_trn END
$$;

-- The units of a movement by its settled code: a loss may be told as a negative quantity.
CREATE FUNCTION privado.kardex_cantidad_manual(p_trn text, p_cantidad numeric) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT CASE privado.transaccion_clase(p_trn) WHEN 'BAJ' THEN abs(p_cantidad) ELSE p_cantidad END
$$;

-- Holds a kind that is about to be entered, so that its sign and state stay, and answers it. The system's never
-- change: nobody waits there.
CREATE FUNCTION privado.kardex_transaccion_tomar(p_trn text) RETURNS datos.transaccion
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_transaccion datos.transaccion;
BEGIN
    PERFORM FROM datos.transaccion AS t WHERE t.trn_cod = p_trn AND t.trn_clase <> t.trn_cod FOR SHARE;
    SELECT t.* INTO v_transaccion FROM datos.transaccion AS t WHERE t.trn_cod = p_trn;
    RETURN v_transaccion;
END
$$;

-- Refuses a movement this person may not enter, or without what its kind needs. A correction may keep a kind that was
-- retired since (p_sigue).
CREATE FUNCTION privado.kardex_juzgar_manual(
    p_trn text, p_razon text, p_costo numeric, p_sigue boolean DEFAULT false
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_transaccion datos.transaccion := privado.kardex_transaccion_tomar(p_trn);
BEGIN
    IF v_transaccion.trn_manual IS NOT TRUE THEN
        PERFORM privado.rechazar(422, 'transaccion_manual', 'Esa transacción no se ingresa a mano.');
    ELSIF v_transaccion.trn_estado = 'INA' AND NOT p_sigue THEN
        PERFORM privado.rechazar(422, 'transaccion_activa', 'La transacción fue retirada: elija otra.');
    ELSIF v_transaccion.trn_clase IN ('AJU', 'BAJ') THEN
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
    ELSIF v_transaccion.trn_clase NOT IN ('INI', 'AJU') THEN
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

-- The bodega a movement names, else the caller's own.
CREATE FUNCTION privado.bodega_propia(p_bodega text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF nullif(p_bodega, '') IS NULL THEN
        RETURN (SELECT l.bod_codigo FROM privado.mi_lugar() AS l);
    ELSIF p_bodega IN ('WEB', 'TRANSITO') OR p_bodega <> ALL (privado.mis_bodegas()) THEN
        PERFORM privado.rechazar(403, 'bodega_ajena', 'Esa bodega no es de sus establecimientos.');
    ELSIF EXISTS (SELECT FROM datos.bodega AS b WHERE b.bod_codigo = p_bodega AND b.bod_estado = 'INA') THEN
        PERFORM privado.rechazar(409, 'bodega_activa', 'La bodega está retirada.');
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
LANGUAGE sql STABLE AS $$
    SELECT CASE privado.transaccion_clase(p_trn)
        WHEN 'INI' THEN 'CAPITAL_INICIAL'
        WHEN 'DVP' THEN 'DEVOLUCION_PROVEEDOR'
        WHEN 'BAJ' THEN 'MERMA'
        WHEN 'CON' THEN 'MERMA'
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
            WHEN privado.transaccion_clase(p_trn) IN ('INI', 'AJU')
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

-- Enters what a person asked for: a production, or a movement that no document stands behind.
CREATE FUNCTION privado.kardex_ingresar(
    p_itm text, p_bod text, p_trn text, p_cantidad numeric, p_valor numeric, p_razon text, p_est text,
    OUT krd_codigo bigint, OUT valor numeric
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_trn = 'ESI' THEN
        SELECT p.krd_codigo, p.valor INTO krd_codigo, valor
        FROM privado.produccion_registrar(p_itm, p_bod, p_cantidad, p_est, nullif(p_razon, '')) AS p;
    ELSE
        SELECT m.krd_codigo, m.valor INTO krd_codigo, valor
        FROM privado.kardex_manual(p_itm, p_bod, p_trn, p_cantidad, p_valor, p_razon) AS m;
    END IF;
END
$$;

-- Judges and enters a movement by hand, in `p_bodega` or in the caller's own. The code has been settled
-- (kardex_codigo_manual), so a loss may come with a negative quantity. Answers the row, and whether it entered without
-- a known cost.
CREATE FUNCTION privado.kardex_manual_crear(
    p_itm text, p_trn text, p_cantidad numeric, p_razon text, p_costo numeric, p_est text, p_bodega text,
    OUT krd_codigo bigint, OUT sin_costo boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bodega text := privado.bodega_propia(p_bodega);
    v_cantidad numeric;
    v_krd record;
BEGIN
    PERFORM privado.kardex_juzgar_manual(p_trn, p_razon, p_costo);
    v_cantidad := privado.kardex_cantidad_manual(p_trn, p_cantidad);
    IF p_trn = 'INI' THEN
        PERFORM privado.kardex_juzgar_inicial(p_itm, v_bodega);
    END IF;
    SELECT * INTO v_krd
    FROM privado.kardex_ingresar(p_itm, v_bodega, p_trn, v_cantidad, p_costo * v_cantidad, p_razon, p_est);
    krd_codigo := v_krd.krd_codigo;
    sin_costo := privado.transaccion_clase(p_trn) IN ('INI', 'AJU') AND v_krd.valor = 0;
END
$$;
