-- IVA: a product names a class, and the class has a rate for every date. A document takes the rate of its own local
-- date, so a rate that has begun is history: it is only ended, today or later. Any staff reads them, administrators
-- write them: a new rate closes the one before at its eve, and one that has not begun may still be changed or taken
-- back. Who writes the rates of a class holds the class.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The rates: without a page those in force today, one per class; with a page the whole history, the latest first.
CREATE FUNCTION api.iva_listar(p_page int DEFAULT NULL, p_limit int DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH tarifas AS (
        SELECT t.iva_codigo, c.iva_descripcion, t.sri_codigo, t.porcentaje, t.desde, t.hasta
        FROM datos.tarifa_iva AS t
        JOIN datos.iva_clase AS c USING (iva_codigo)
        WHERE p_page IS NOT NULL OR daterange(t.desde, t.hasta, '[]') @> privado.hoy()
    ),
    pagina AS (
        SELECT * FROM tarifas
        ORDER BY iva_codigo, desde DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    )
    SELECT privado.sobre(
        json_agg(
            json_build_object(
                'iva_codigo', g.iva_codigo,
                'iva_descripcion', g.iva_descripcion,
                'sri_codigo', g.sri_codigo,
                'porcentaje', trim_scale(g.porcentaje),
                'desde', g.desde,
                'hasta', g.hasta
            )
            ORDER BY g.iva_codigo, g.desde DESC
        ),
        p_page, p_limit, (SELECT count(*) FROM tarifas)
    )
    FROM pagina AS g
$$;

GRANT EXECUTE ON FUNCTION api.iva_listar(int, int) TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- A rate as its acts answer it.
CREATE FUNCTION privado.iva_fila(p_iva_codigo text, p_desde date) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'iva_codigo', t.iva_codigo,
        'iva_descripcion', c.iva_descripcion,
        'sri_codigo', t.sri_codigo,
        'porcentaje', trim_scale(t.porcentaje),
        'desde', t.desde,
        'hasta', t.hasta
    )
    FROM datos.tarifa_iva AS t
    JOIN datos.iva_clase AS c USING (iva_codigo)
    WHERE t.iva_codigo = p_iva_codigo AND t.desde = p_desde
$$;

-- Holds a class, so that its rates change one writer at a time.
CREATE FUNCTION privado.iva_clase_bloquear(p_iva_codigo text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM datos.iva_clase AS c WHERE c.iva_codigo = p_iva_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(422, 'tarifa_iva_clase_existe', 'La clase de IVA no existe.');
    END IF;
END
$$;

-- A rate, its class held.
CREATE FUNCTION privado.iva_bloquear(p_iva_codigo text, p_desde date) RETURNS datos.tarifa_iva
LANGUAGE plpgsql AS $$
DECLARE
    v_tarifa datos.tarifa_iva;
BEGIN
    PERFORM privado.iva_clase_bloquear(p_iva_codigo);
    SELECT t.* INTO v_tarifa FROM datos.tarifa_iva AS t WHERE t.iva_codigo = p_iva_codigo AND t.desde = p_desde;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'tarifa_iva_existe', 'No existe esa tarifa.');
    END IF;
    RETURN v_tarifa;
END
$$;

-- Adds a rate. The one in force on its first day ends on the eve, which may not be before today; without an end it
-- lasts until the next one there is.
CREATE FUNCTION api.iva_crear(
    p_iva_codigo text, p_sri_codigo text, p_porcentaje numeric, p_desde date, p_hasta date DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_hasta date;
BEGIN
    PERFORM privado.iva_clase_bloquear(p_iva_codigo);
    IF p_desde <= privado.hoy() AND EXISTS (
        SELECT FROM datos.tarifa_iva AS t
        WHERE t.iva_codigo = p_iva_codigo AND daterange(t.desde, t.hasta, '[]') @> p_desde
    ) THEN
        PERFORM privado.rechazar(
            409, 'tarifa_iva_en_uso', 'Ese día ya rige una tarifa: la nueva empieza mañana o después.'
        );
    END IF;
    UPDATE datos.tarifa_iva AS t SET hasta = p_desde - 1
    WHERE t.iva_codigo = p_iva_codigo AND t.desde < p_desde AND daterange(t.desde, t.hasta, '[]') @> p_desde;
    v_hasta := coalesce(p_hasta, (
        SELECT min(t.desde) - 1 FROM datos.tarifa_iva AS t WHERE t.iva_codigo = p_iva_codigo AND t.desde > p_desde
    ));
    INSERT INTO datos.tarifa_iva (iva_codigo, sri_codigo, porcentaje, desde, hasta)
    VALUES (p_iva_codigo, p_sri_codigo, p_porcentaje, p_desde, v_hasta);
    RETURN privado.iva_fila(p_iva_codigo, p_desde);
END
$$;

GRANT EXECUTE ON FUNCTION api.iva_crear(text, text, numeric, date, date) TO admin;

-- Changes a rate that has not begun; of one that has, only its end, today or later.
CREATE FUNCTION api.iva_actualizar(
    p_iva_codigo text, p_desde date, p_sri_codigo text DEFAULT NULL, p_porcentaje numeric DEFAULT NULL,
    p_hasta date DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.tarifa_iva := privado.iva_bloquear(p_iva_codigo, p_desde);
    v_sri text := coalesce(nullif(p_sri_codigo, ''), v_antes.sri_codigo);
    v_porcentaje numeric := coalesce(p_porcentaje, v_antes.porcentaje);
    v_hasta date := coalesce(p_hasta, v_antes.hasta);
    v_hoy date := privado.hoy();
BEGIN
    IF v_antes.desde <= v_hoy AND (
        (v_sri, v_porcentaje) <> (v_antes.sri_codigo, v_antes.porcentaje)
        OR (v_hasta IS DISTINCT FROM v_antes.hasta AND (v_hasta < v_hoy OR v_antes.hasta < v_hoy))
    ) THEN
        PERFORM privado.rechazar(409, 'tarifa_iva_en_uso', 'La tarifa ya rigió: no se cambia, se crea la siguiente.');
    END IF;
    UPDATE datos.tarifa_iva AS t SET sri_codigo = v_sri, porcentaje = v_porcentaje, hasta = v_hasta
    WHERE t.iva_codigo = p_iva_codigo AND t.desde = p_desde;
    RETURN privado.iva_fila(p_iva_codigo, p_desde);
END
$$;

GRANT EXECUTE ON FUNCTION api.iva_actualizar(text, date, text, numeric, date) TO admin;

-- Takes back a rate that has not begun; the one it would have followed lasts until the next there is, for ever if none:
-- where the one taken back had an end of its own, the days after it had no rate.
CREATE FUNCTION api.iva_eliminar(p_iva_codigo text, p_desde date) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.tarifa_iva := privado.iva_bloquear(p_iva_codigo, p_desde);
BEGIN
    IF v_antes.desde <= privado.hoy() THEN
        PERFORM privado.rechazar(409, 'tarifa_iva_en_uso', 'La tarifa ya rigió: no se cambia, se crea la siguiente.');
    END IF;
    DELETE FROM datos.tarifa_iva AS t WHERE t.iva_codigo = p_iva_codigo AND t.desde = p_desde;
    UPDATE datos.tarifa_iva AS t
    SET hasta = (
        SELECT min(s.desde) - 1 FROM datos.tarifa_iva AS s WHERE s.iva_codigo = p_iva_codigo AND s.desde > p_desde
    )
    WHERE t.iva_codigo = p_iva_codigo AND t.hasta = p_desde - 1;
    RETURN json_build_object('message', 'Tarifa retirada.', 'iva_codigo', p_iva_codigo, 'desde', p_desde);
END
$$;

GRANT EXECUTE ON FUNCTION api.iva_eliminar(text, date) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER tarifa_iva_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.tarifa_iva
FOR EACH ROW EXECUTE FUNCTION privado.auditar('iva_codigo');

CREATE TRIGGER iva_clase_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.iva_clase
FOR EACH ROW EXECUTE FUNCTION privado.auditar('iva_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.iva_clase, datos.tarifa_iva TO personal, pos_api;
GRANT INSERT, UPDATE, DELETE ON datos.tarifa_iva TO pos_api;

CREATE POLICY iva_clase_todas ON datos.iva_clase USING (true);
CREATE POLICY tarifa_iva_todas ON datos.tarifa_iva USING (true);
