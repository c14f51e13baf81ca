-- Simulada: the book of the embedded payment provider, which plays the outside world in development and tests.
--
-- Like any provider worth its name it acts once per key: asked again it answers what it did. A key it was told to give
-- up before charging stays given up, so a late charge under it comes too late.

-- What was done under a key, as the API reads it.
CREATE FUNCTION privado.simulada_json(p_cargo datos.simulada_cargo, p_nuevo boolean) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'resultado', p_cargo.car_resultado, 'monto', p_cargo.car_monto::text, 'referencia', p_cargo.car_referencia,
        'marca', p_cargo.car_marca, 'ultimos4', p_cargo.car_ultimos4, 'nuevo', p_nuevo
    )
$$;

-- Charges, refuses or gives up a key (p_resultado APROBADO, RECHAZADO or ANULADO), unless something was done under it.
CREATE FUNCTION api.simulada_cobrar(
    p_clave uuid, p_monto numeric, p_resultado text, p_marca text DEFAULT NULL, p_ultimos4 text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_nuevo boolean;
BEGIN
    INSERT INTO datos.simulada_cargo (car_clave, car_monto, car_resultado, car_referencia, car_marca, car_ultimos4)
    VALUES (
        p_clave, p_monto, p_resultado, 'SIM-' || upper(left(replace(p_clave::text, '-', ''), 16)), p_marca, p_ultimos4
    )
    ON CONFLICT ON CONSTRAINT simulada_cargo_unico DO NOTHING;
    v_nuevo := FOUND;
    RETURN (SELECT privado.simulada_json(c, v_nuevo) FROM datos.simulada_cargo AS c WHERE c.car_clave = p_clave);
END
$$;

GRANT EXECUTE ON FUNCTION api.simulada_cobrar(uuid, numeric, text, text, text) TO puente;

-- What was done under a key; null if nothing was.
CREATE FUNCTION api.simulada_mirar(p_clave uuid) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.simulada_json(c, false) FROM datos.simulada_cargo AS c WHERE c.car_clave = p_clave
$$;

GRANT EXECUTE ON FUNCTION api.simulada_mirar(uuid) TO puente;

-- Gives back what was charged under a key.
CREATE FUNCTION api.simulada_reembolsar(p_clave uuid) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datos.simulada_cargo SET car_resultado = 'REEMBOLSADO'
    WHERE car_clave = p_clave AND car_resultado = 'APROBADO';
    RETURN (SELECT privado.simulada_json(c, FOUND) FROM datos.simulada_cargo AS c WHERE c.car_clave = p_clave);
END
$$;

GRANT EXECUTE ON FUNCTION api.simulada_reembolsar(uuid) TO puente;

-- Gives a part of a charge back, once per key of the refund; never more than was charged.
CREATE FUNCTION api.simulada_devolver(p_clave uuid, p_cargo uuid, p_monto numeric) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cargo datos.simulada_cargo;
    v_devuelto numeric;
    v_hecho numeric;
BEGIN
    SELECT c.* INTO v_cargo FROM datos.simulada_cargo AS c WHERE c.car_clave = p_cargo FOR UPDATE;
    SELECT coalesce(sum(r.rem_monto), 0), sum(r.rem_monto) FILTER (WHERE r.rem_clave = p_clave)
    INTO v_devuelto, v_hecho
    FROM datos.simulada_reembolso AS r
    WHERE r.car_clave = p_cargo;
    IF v_hecho IS NULL AND v_cargo.car_resultado = 'APROBADO' AND v_devuelto + p_monto <= v_cargo.car_monto THEN
        INSERT INTO datos.simulada_reembolso (rem_clave, car_clave, rem_monto) VALUES (p_clave, p_cargo, p_monto);
        v_hecho := p_monto;
    END IF;
    RETURN json_build_object(
        'resultado', CASE WHEN v_hecho = p_monto THEN 'REEMBOLSADO' ELSE 'RECHAZADO' END,
        'monto', p_monto::text,
        'referencia', 'SIR-' || upper(left(replace(p_clave::text, '-', ''), 16))
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.simulada_devolver(uuid, uuid, numeric) TO puente;

-- Gives up the key of a refund, unless something was given back under it: what was.
CREATE FUNCTION api.simulada_dejar(p_clave uuid, p_cargo uuid) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_monto numeric;
BEGIN
    PERFORM FROM datos.simulada_cargo AS c WHERE c.car_clave = p_cargo FOR UPDATE;
    INSERT INTO datos.simulada_reembolso (rem_clave, car_clave, rem_monto) VALUES (p_clave, p_cargo, 0)
    ON CONFLICT ON CONSTRAINT simulada_reembolso_unico DO NOTHING;
    SELECT r.rem_monto INTO v_monto FROM datos.simulada_reembolso AS r WHERE r.rem_clave = p_clave;
    RETURN json_build_object(
        'resultado', CASE WHEN v_monto > 0 THEN 'REEMBOLSADO' ELSE 'RECHAZADO' END,
        'monto', v_monto::text,
        'referencia', 'SIR-' || upper(left(replace(p_clave::text, '-', ''), 16))
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.simulada_dejar(uuid, uuid) TO puente;

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE ON datos.simulada_cargo TO ecom_api;

CREATE POLICY simulada_cargo_todos ON datos.simulada_cargo USING (true);

GRANT SELECT, INSERT ON datos.simulada_reembolso TO ecom_api;

CREATE POLICY simulada_reembolso_todos ON datos.simulada_reembolso USING (true);
