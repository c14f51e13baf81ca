-- Movements by hand, taken back: a reversal has the same code, the opposite sign and its own value, and happens once.
-- Rows a document wrote are corrected through the document; a production is several rows, corrected together through
-- the row of what it made.

-- Judging ------------------------------------------------------------------------------------------------------------

-- Refuses to reverse what a document wrote, what was reversed, and what another person entered (an administrator of
-- the stockroom reverses anybody's).
CREATE FUNCTION privado.kardex_juzgar_reverso(p_krd datos.kardex) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_krd.doc_tipo IS NOT NULL AND NOT (p_krd.doc_tipo = 'PRO' AND p_krd.trn_cod = 'ESI') THEN
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

-- Writing ------------------------------------------------------------------------------------------------------------

-- What is taken back with a movement: itself, and what a production consumed.
CREATE FUNCTION privado.kardex_grupo(p_krd datos.kardex) RETURNS SETOF datos.kardex
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.*
    FROM datos.kardex AS k
    WHERE
        k.krd_codigo = p_krd.krd_codigo
        OR (
            p_krd.doc_tipo = 'PRO' AND k.doc_tipo = 'PRO' AND k.doc_codigo = p_krd.doc_codigo
            AND k.trn_cod = 'CON' AND k.krd_revierte IS NULL
        )
$$;

-- Writes the opposite of those rows of a movement whose reversal enters (or leaves), in item order, each with the
-- value it had. Goods that were sold since may not leave that value behind: then the average leaves. Answers the
-- reversal of the movement itself if it was among them, the change of the inventory account, and the value missing.
CREATE FUNCTION privado.kardex_revertir_filas(
    p_krd datos.kardex, p_entran boolean, OUT reverso bigint, OUT delta numeric, OUT diferencia numeric
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fila datos.kardex;
    v_nuevo record;
BEGIN
    delta := 0;
    diferencia := 0;
    FOR v_fila IN
        SELECT g.* FROM privado.kardex_grupo(p_krd) AS g WHERE (g.krd_signo < 0) = p_entran ORDER BY g.itm_codigo
    LOOP
        SELECT * INTO v_nuevo
        FROM privado.kardex_registrar(
            v_fila.itm_codigo, v_fila.bod_codigo, v_fila.trn_cod, v_fila.krd_cantidad, v_fila.krd_valor,
            v_fila.doc_tipo, v_fila.doc_codigo, NULL, v_fila.krd_razon, v_fila.est_cod, v_fila.krd_codigo
        );
        delta := delta + v_nuevo.inventario_delta;
        diferencia := diferencia + round(v_fila.krd_valor - v_nuevo.valor, 2);
        IF v_fila.krd_codigo = p_krd.krd_codigo THEN
            reverso := v_nuevo.krd_codigo;
        END IF;
    END LOOP;
END
$$;

-- Posts a reversal: its contra entry the other way round, and what could not leave with its own value as a line of its
-- own. A production has no contra entry: what its goods disagree about is all difference.
CREATE FUNCTION privado.kardex_reverso_asentar(
    p_krd datos.kardex, p_reverso bigint, p_delta numeric, p_diferencia numeric
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_diferencia numeric := CASE WHEN p_krd.doc_tipo = 'PRO' THEN p_delta ELSE p_diferencia END;
BEGIN
    PERFORM privado.asentar(
        (SELECT b.eta_codigo FROM datos.bodega AS b WHERE b.bod_codigo = p_krd.bod_codigo),
        'KRD', p_reverso::text, 'Reverso de movimiento de inventario ' || p_krd.trn_cod,
        ARRAY['INVENTARIO', privado.kardex_contrapartida(p_krd.trn_cod), 'DIFERENCIA_COSTO'],
        ARRAY['', '', ''],
        ARRAY[p_delta, v_diferencia - p_delta, -v_diferencia]
    );
END
$$;

-- Takes a movement back, and answers its reversal. What comes back comes first.
CREATE FUNCTION privado.kardex_revertir(p_krd datos.kardex) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_entra record;
    v_sale record;
    v_reverso bigint;
BEGIN
    PERFORM privado.existencias_bloquear(
        ARRAY(SELECT g.itm_codigo FROM privado.kardex_grupo(p_krd) AS g), p_krd.bod_codigo
    );
    SELECT * INTO v_entra FROM privado.kardex_revertir_filas(p_krd, true);
    SELECT * INTO v_sale FROM privado.kardex_revertir_filas(p_krd, false);
    v_reverso := coalesce(v_entra.reverso, v_sale.reverso);
    PERFORM privado.kardex_reverso_asentar(
        p_krd, v_reverso, v_entra.delta + v_sale.delta, v_entra.diferencia + v_sale.diferencia
    );
    RETURN v_reverso;
END
$$;

-- Reverses a movement and enters another in its place, in the same bodega. What brings goods comes first and what
-- takes them last, so that goods already sold from a mistyped opening do not stand in the way.
CREATE FUNCTION privado.kardex_reemplazar(
    p_krd datos.kardex, p_itm text, p_trn text, p_cantidad numeric, p_valor numeric, p_razon text, p_est text,
    OUT krd_codigo bigint, OUT reverso bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_entra record;
    v_sale record;
BEGIN
    PERFORM privado.existencias_bloquear(
        ARRAY(SELECT g.itm_codigo FROM privado.kardex_grupo(p_krd) AS g) || p_itm
        || ARRAY(SELECT d.mp_codigo FROM datos.estandar_detalle AS d WHERE d.est_cod = p_est AND p_trn = 'ESI'),
        p_krd.bod_codigo
    );
    IF p_trn = 'INI' THEN
        PERFORM privado.kardex_juzgar_inicial(p_itm, p_krd.bod_codigo, p_krd.krd_codigo);
    END IF;
    SELECT * INTO v_entra FROM privado.kardex_revertir_filas(p_krd, true);
    krd_codigo := (
        privado.kardex_ingresar(p_itm, p_krd.bod_codigo, p_trn, p_cantidad, p_valor, p_razon, p_est)
    ).krd_codigo;
    SELECT * INTO v_sale FROM privado.kardex_revertir_filas(p_krd, false);
    reverso := coalesce(v_entra.reverso, v_sale.reverso);
    PERFORM privado.kardex_reverso_asentar(
        p_krd, reverso, v_entra.delta + v_sale.delta, v_entra.diferencia + v_sale.diferencia
    );
END
$$;

-- Judges and corrects a movement where it happened: its reversal and the new one. What is not named stays; an entry
-- keeps its unit cost, which is that of its item: told of another one, it is worth what any entry of that one is.
CREATE FUNCTION privado.kardex_manual_corregir(
    p_krd datos.kardex, p_itm text, p_trn text, p_cantidad numeric, p_razon text, p_costo numeric, p_est text,
    OUT krd_codigo bigint, OUT reverso bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_razon text := coalesce(p_razon, p_krd.krd_razon);
    v_cantidad numeric;
    v_valor numeric;
BEGIN
    PERFORM privado.kardex_juzgar_reverso(p_krd);
    PERFORM privado.kardex_juzgar_manual(p_trn, v_razon, p_costo, p_trn = p_krd.trn_cod);
    v_cantidad := privado.kardex_cantidad_manual(p_trn, p_cantidad);
    v_valor := CASE
        WHEN p_costo IS NOT NULL THEN p_costo * v_cantidad
        WHEN p_krd.krd_signo > 0 AND p_itm = p_krd.itm_codigo THEN privado.kardex_proporcion(p_krd.krd_valor, v_cantidad, p_krd.krd_cantidad)
    END;
    SELECT r.krd_codigo, r.reverso INTO krd_codigo, reverso
    FROM privado.kardex_reemplazar(p_krd, p_itm, p_trn, v_cantidad, v_valor, v_razon, p_est) AS r;
END
$$;
