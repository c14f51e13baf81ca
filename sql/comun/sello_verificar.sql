-- Verificar: whether the rows are still what was sealed, and which row is not. Rules in sello.sql.
--
-- The steps here see every row whoever asks: an answer that depended on the asker's branches would be a false alarm.
-- Only the auditor may ask. A finding is {tabla, numero, problema, fila, detalle}; the smallest number is where to look.

-- Reading ------------------------------------------------------------------------------------------------------------

-- One finding.
CREATE FUNCTION privado.sello_hallazgo(
    p_tabla text, p_numero bigint, p_problema text, p_fila bigint DEFAULT NULL, p_detalle text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object(
        'tabla', p_tabla, 'numero', p_numero, 'problema', p_problema, 'fila', p_fila, 'detalle', left(p_detalle, 400)
    )
$$;

-- What is wrong with the rows of a window: NULL if nothing. Names the first row that was changed or put there, else the
-- one after which rows are missing. Of rows that were retired only the absence is forgiven.
CREATE FUNCTION privado.sello_diferencia(p_sello datos.sello, p_id_hasta bigint, p_retirada boolean) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH
    leida AS (
        SELECT l.orden, l.id, l.texto, l.hoja
        FROM privado.sello_leer(
            p_sello.tabla, p_sello.version, p_sello.xid_desde, p_sello.fila_desde, p_sello.xid_hasta,
            p_sello.fila_hasta, p_sello.id_desde, p_id_hasta
        ) AS l
    ),
    total AS (
        SELECT
            count(*) = p_sello.filas
            AND coalesce(sha256(string_agg(hoja, '' ORDER BY orden)), sha256('')) = p_sello.raiz AS igual
        FROM leida
    ),
    sellada AS MATERIALIZED (
        SELECT n.orden, substr(p_sello.hojas, (n.orden * 8 - 7)::int, 8) AS hoja
        FROM generate_series(1, p_sello.filas) AS n (orden)
        WHERE NOT (SELECT igual FROM total)
    ),
    sobra AS (
        SELECT count(*) AS filas, (array_agg(l.id ORDER BY l.orden))[1] AS id, (array_agg(l.texto ORDER BY l.orden))[1] AS texto
        FROM leida AS l
        WHERE NOT (SELECT igual FROM total) AND substr(l.hoja, 1, 8) NOT IN (SELECT s.hoja FROM sellada AS s)
    ),
    falta AS (
        SELECT count(*) AS filas, min(s.orden) AS orden
        FROM sellada AS s
        WHERE s.hoja NOT IN (SELECT substr(l.hoja, 1, 8) FROM leida AS l)
    )
    SELECT CASE
        WHEN t.igual OR (p_retirada AND s.filas = 0 AND f.filas > 0) THEN NULL
        WHEN s.filas > 0 THEN privado.sello_hallazgo(
            p_sello.tabla, p_sello.numero, CASE WHEN f.filas > 0 THEN 'fila_cambiada' ELSE 'fila_de_mas' END, s.id,
            format('%s filas no son las selladas, %s de las selladas no están; la primera: %s', s.filas, f.filas, s.texto)
        )
        ELSE privado.sello_hallazgo(
            p_sello.tabla, p_sello.numero, 'fila_falta', a.id,
            format('faltan %s de %s filas; la primera era la %s.ª de la ventana, después de esta', f.filas, p_sello.filas, f.orden)
        )
    END
    FROM total AS t
    CROSS JOIN sobra AS s
    CROSS JOIN falta AS f
    LEFT JOIN leida AS a ON a.orden = f.orden - 1
$$;

-- What is wrong with a seal itself and its place in the chain; an empty array if nothing. A seal that the next one does
-- not recognise is the one before it.
CREATE FUNCTION privado.sello_eslabon(p_sello datos.sello, p_previo datos.sello, p_esperado bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_agg(h.hallazgo), '[]')
    FROM (
        SELECT privado.sello_hallazgo(
            p_sello.tabla, p_esperado, 'sello_falta', NULL, format('faltan %s sellos', p_sello.numero - p_esperado)
        )
        WHERE p_sello.numero <> p_esperado
        UNION ALL
        SELECT privado.sello_hallazgo(p_sello.tabla, p_sello.numero - 1, 'sello_cambiado', NULL, 'el siguiente no lo reconoce')
        WHERE
            p_sello.numero = p_esperado
            AND p_sello.anterior <> coalesce(p_previo.sello, sha256(''))
            AND p_sello.sello = sha256(convert_to(privado.sello_cabeza(p_sello), 'UTF8'))
        UNION ALL
        SELECT privado.sello_hallazgo(p_sello.tabla, p_sello.numero, 'sello_editado', NULL, 'su contenido no es el que selló')
        WHERE
            p_sello.sello <> sha256(convert_to(privado.sello_cabeza(p_sello), 'UTF8'))
            OR p_sello.lado <> privado.sello_lado()
        UNION ALL
        SELECT privado.sello_hallazgo(p_sello.tabla, p_sello.numero, 'ventana_suelta', NULL, 'no empieza donde terminó la anterior')
        FROM (
            SELECT s.xid_hasta, s.fila_hasta FROM datos.sello AS s
            WHERE s.tabla = p_sello.tabla AND s.epoca = p_sello.epoca AND s.numero < p_sello.numero
            ORDER BY s.numero DESC
            LIMIT 1
        ) AS a
        WHERE p_sello.numero = p_esperado AND (a.xid_hasta, a.fila_hasta) <> (p_sello.xid_desde, p_sello.fila_desde)
    ) AS h (hallazgo)
$$;

-- Compares seals from a number on with each other and with the rows, until so many rows were read. Answers where to go
-- on (NULL at the end), how much was read, and what is wrong.
CREATE FUNCTION privado.sello_comparar(p_tabla text, p_numero bigint, p_filas int) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sello datos.sello;
    v_previo datos.sello;
    v_siguiente bigint := p_numero;
    v_retirado bigint;
    v_mal jsonb;
    v_hallazgos jsonb := '[]';
    v_filas bigint := 0;
    v_ventanas int := 0;
BEGIN
    SELECT s.* INTO v_previo FROM datos.sello AS s WHERE s.tabla = p_tabla AND s.numero = p_numero - 1;
    SELECT max(s.retira) INTO v_retirado FROM datos.sello AS s WHERE s.tabla = p_tabla AND s.clase <> 'VENTANA';
    FOR v_sello IN
        SELECT s.* FROM datos.sello AS s WHERE s.tabla = p_tabla AND s.numero >= p_numero ORDER BY s.numero LIMIT 2000
    LOOP
        v_mal := privado.sello_eslabon(v_sello, v_previo, v_siguiente);
        IF v_sello.clase = 'VENTANA' AND NOT v_mal @> '[{"problema": "sello_editado"}]' THEN
            v_mal := v_mal || coalesce(privado.sello_diferencia(
                v_sello, privado.sello_id_hasta(p_tabla, v_sello.epoca), v_sello.numero <= v_retirado
            ), '[]');
        END IF;
        v_hallazgos := v_hallazgos || v_mal;
        v_previo := v_sello;
        v_siguiente := v_sello.numero + 1;
        v_ventanas := v_ventanas + 1;
        v_filas := v_filas + v_sello.filas;
        EXIT WHEN v_filas >= p_filas OR jsonb_array_length(v_hallazgos) >= 100;
    END LOOP;
    RETURN json_build_object(
        'siguiente', CASE WHEN v_ventanas > 0 THEN v_siguiente END,
        'ventanas', v_ventanas, 'filas', v_filas, 'hallazgos', v_hallazgos
    );
END
$$;

-- The first id after an epoch.
CREATE FUNCTION privado.sello_id_hasta(p_tabla text, p_epoca int) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT min(s.id_desde) FROM datos.sello AS s  -- a forged second one must not end the verification
        WHERE s.tabla = p_tabla AND s.clase = 'APERTURA' AND s.epoca = p_epoca + 1
    ), 9223372036854775807)
$$;

-- Compares seals from a number on with each other and with the rows they cover, until so many rows were read.
CREATE FUNCTION api.sello_comparar(p_tabla text, p_numero bigint, p_filas int DEFAULT 20000) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.sello_comparar(p_tabla, p_numero, p_filas)
$$;

GRANT EXECUTE ON FUNCTION api.sello_comparar(text, bigint, int) TO auditor;
