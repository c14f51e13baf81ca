-- Idempotency-Key: the same request sent again has one effect and gets the same bytes.
--
-- `call` sends SELECT coalesce(api.idem_inicio(...), api.idem_fin(..., api.act(...))): the key's row is written in the
-- transaction of the act. A refusal rolls the row back with everything else, so only success is remembered. A second
-- caller waits on the unique key until the first has finished, up to the statement's lock_timeout.

-- Claims a key: NULL when the act is now to be done, or the bytes that were answered when it was done.
CREATE FUNCTION api.idem_inicio(p_ruta text, p_clave text, p_huella text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sujeto text := privado.sujeto();
    v_row datos.idempotencia;
BEGIN
    BEGIN
        INSERT INTO datos.idempotencia (usuario, sujeto, ruta, clave, huella)
        VALUES (session_user, v_sujeto, p_ruta, p_clave, p_huella)
        ON CONFLICT ON CONSTRAINT idempotencia_una_vez DO NOTHING;
        IF FOUND THEN
            RETURN NULL;
        END IF;
    EXCEPTION WHEN lock_not_available THEN
        PERFORM privado.rechazar(409, 'idempotencia_en_curso', 'La misma petición todavía se está procesando.');
    END;
    SELECT * INTO v_row
    FROM datos.idempotencia
    WHERE usuario = session_user AND sujeto = v_sujeto AND ruta = p_ruta AND clave = p_clave;
    IF v_row.huella IS DISTINCT FROM p_huella THEN
        PERFORM privado.rechazar(422, 'idempotencia_otro_contenido', 'Esa clave ya se usó con otro contenido.');
    END IF;
    RETURN v_row.respuesta;
END
$$;

GRANT EXECUTE ON FUNCTION api.idem_inicio(text, text, text) TO personal, ecom_cliente;

-- Stores the answer of the act under the key its row was claimed with, and hands it on.
CREATE FUNCTION api.idem_fin(p_ruta text, p_clave text, p_respuesta text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.idempotencia
    SET respuesta = p_respuesta
    WHERE
        usuario = session_user AND sujeto = privado.sujeto() AND ruta = p_ruta AND clave = p_clave
    RETURNING respuesta
$$;

GRANT EXECUTE ON FUNCTION api.idem_fin(text, text, text) TO personal, ecom_cliente;
