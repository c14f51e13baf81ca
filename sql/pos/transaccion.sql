-- Transacción: the kinds of kardex movement. The sign is part of the kind; only those marked manual are entered by
-- people, the others are written by documents. Any staff reads them.
--
-- The twelve that the software knows are the system's: clients colour by their words, documents write their codes, so
-- nothing of them changes. Beside them an administrator keeps kinds of the shop's own, entered by hand: an INGRESO
-- behaves as AJU, an EGRESO as BAJ (same people, a reason, the same value and the same account). What a kind does is
-- read from `trn_clase`, never from its code. One with movements keeps its sign for ever; a retired one is no longer
-- entered nor listed, its movements stay as they are, and creating it again brings it back.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A kind as the API shows it.
CREATE FUNCTION privado.transaccion_fila(t datos.transaccion) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'trn_cod', t.trn_cod,
        'trn_tipo', t.trn_tipo,
        'trn_descripcion', t.trn_descripcion,
        'trn_manual', t.trn_manual,
        'trn_clase', t.trn_clase,
        'trn_estado', t.trn_estado
    )
$$;

GRANT EXECUTE ON FUNCTION privado.transaccion_fila(datos.transaccion) TO personal;

-- Every kind in use, those a person may enter first, as a bare array for selects.
CREATE FUNCTION api.transaccion_listar() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(privado.transaccion_fila(t) ORDER BY t.trn_manual DESC, t.trn_cod), '[]')
    FROM datos.transaccion AS t
    WHERE t.trn_estado = 'ACT'
$$;

GRANT EXECUTE ON FUNCTION api.transaccion_listar() TO personal;

-- One kind, whatever its state: movements go on naming those that were retired.
CREATE FUNCTION api.transaccion_obtener(p_trn_cod text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_fila json := (SELECT privado.transaccion_fila(t) FROM datos.transaccion AS t WHERE t.trn_cod = p_trn_cod);
BEGIN
    IF v_fila IS NULL THEN
        PERFORM privado.rechazar(404, 'transaccion_existe', 'No existe esa transacción.');
    END IF;
    RETURN v_fila;
END
$$;

GRANT EXECUTE ON FUNCTION api.transaccion_obtener(text) TO personal;

-- The kind of the system that a kind behaves as.
CREATE FUNCTION privado.transaccion_clase(p_trn_cod text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT t.trn_clase FROM datos.transaccion AS t WHERE t.trn_cod = p_trn_cod
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Refuses words that clients take for the exit of a recipe, in any case and with any accents.
CREATE FUNCTION privado.transaccion_juzgar_palabras(p_trn_cod text, p_descripcion text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_trn_cod LIKE 'S%' OR privado.normalizar(normalize(p_descripcion, NFKC)) LIKE '%salida%' THEN
        PERFORM privado.rechazar(
            422, 'transaccion_sin_salida', 'Una transacción sin receta no dice SALIDA ni su código empieza con S.'
        );
    END IF;
END
$$;

-- The sign of a type, given by name.
CREATE FUNCTION privado.transaccion_signo(p_trn_tipo text) RETURNS smallint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_trn_tipo IS NULL OR p_trn_tipo NOT IN ('INGRESO', 'EGRESO') THEN
        PERFORM privado.rechazar(422, 'transaccion_tipo_conocido', 'El tipo de una transacción es INGRESO o EGRESO.');
    END IF;
    RETURN CASE p_trn_tipo WHEN 'INGRESO' THEN 1 ELSE -1 END;
END
$$;

-- Locks a kind that is about to change. Who moves goods under it right now holds it (kardex_manual.sql) and is waited for.
CREATE FUNCTION privado.transaccion_bloquear(p_trn_cod text) RETURNS datos.transaccion
LANGUAGE plpgsql AS $$
DECLARE
    v_transaccion datos.transaccion;
BEGIN
    SELECT t.* INTO v_transaccion FROM datos.transaccion AS t WHERE t.trn_cod = p_trn_cod FOR UPDATE;
    RETURN v_transaccion;
END
$$;

-- Locks an active kind of the shop's own.
CREATE FUNCTION privado.transaccion_propia(p_trn_cod text) RETURNS datos.transaccion
LANGUAGE plpgsql AS $$
DECLARE
    v_transaccion datos.transaccion := privado.transaccion_bloquear(p_trn_cod);
BEGIN
    IF v_transaccion.trn_clase = v_transaccion.trn_cod THEN
        PERFORM privado.rechazar(
            409, 'transaccion_del_sistema', 'Las transacciones del sistema no se cambian ni se retiran.'
        );
    ELSIF v_transaccion.trn_estado IS DISTINCT FROM 'ACT' THEN
        PERFORM privado.rechazar(404, 'transaccion_existe', 'No existe esa transacción.');
    END IF;
    RETURN v_transaccion;
END
$$;

-- Whether goods were ever moved under a kind of the shop's own, in any bodega. The codes are those its index leaves out.
CREATE FUNCTION privado.transaccion_usada(p_trn_cod text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM datos.kardex AS k
        WHERE
            k.trn_cod = p_trn_cod
            AND k.trn_cod NOT IN (
                'INI', 'COM', 'DVP', 'CON', 'ESI', 'VEN', 'DEV', 'AJU', 'BAJ', 'TRE', 'TRI', 'ANV'
            )
    )
$$;

-- Writes a locked kind of the shop's own, in use from now on. Its movements keep it to its sign.
CREATE FUNCTION privado.transaccion_escribir(p_antes datos.transaccion, p_signo smallint, p_descripcion text)
RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
    v_transaccion datos.transaccion;
BEGIN
    IF p_signo <> p_antes.trn_signo AND privado.transaccion_usada(p_antes.trn_cod) THEN
        PERFORM privado.rechazar(
            409, 'transaccion_con_movimientos', 'La transacción tiene movimientos: su tipo ya no cambia.'
        );
    END IF;
    UPDATE datos.transaccion AS t
    SET
        trn_signo = p_signo,
        trn_clase = CASE p_signo WHEN 1 THEN 'AJU' ELSE 'BAJ' END,
        trn_descripcion = p_descripcion,
        trn_estado = 'ACT'
    WHERE t.trn_cod = p_antes.trn_cod
    RETURNING t.* INTO v_transaccion;
    RETURN privado.transaccion_fila(v_transaccion);
END
$$;

-- Adds a kind entered by hand, or brings a retired one back.
CREATE FUNCTION api.transaccion_crear(p_trn_cod text, p_trn_tipo text, p_trn_descripcion text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cod text := upper(btrim(p_trn_cod));
    v_descripcion text := btrim(p_trn_descripcion);
    v_signo smallint := privado.transaccion_signo(p_trn_tipo);
    v_transaccion datos.transaccion := privado.transaccion_bloquear(v_cod);
BEGIN
    PERFORM privado.transaccion_juzgar_palabras(v_cod, v_descripcion);
    IF v_transaccion.trn_estado = 'ACT' THEN
        PERFORM privado.rechazar(409, 'transaccion_unica', 'Ya existe una transacción con ese código.');
    ELSIF v_transaccion.trn_estado = 'INA' THEN
        RETURN privado.transaccion_escribir(v_transaccion, v_signo, v_descripcion);
    END IF;
    INSERT INTO datos.transaccion AS t (trn_cod, trn_signo, trn_descripcion, trn_manual, trn_clase)
    VALUES (v_cod, v_signo, v_descripcion, true, CASE v_signo WHEN 1 THEN 'AJU' ELSE 'BAJ' END)
    RETURNING t.* INTO v_transaccion;
    RETURN privado.transaccion_fila(v_transaccion);
END
$$;

GRANT EXECUTE ON FUNCTION api.transaccion_crear(text, text, text) TO admin;

-- Changes what a kind is called or, while nothing was moved under it, its type.
CREATE FUNCTION api.transaccion_actualizar(
    p_trn_cod text, p_trn_tipo text DEFAULT NULL, p_trn_descripcion text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.transaccion := privado.transaccion_propia(p_trn_cod);
    v_descripcion text := coalesce(nullif(btrim(p_trn_descripcion), ''), v_antes.trn_descripcion);
BEGIN
    PERFORM privado.transaccion_juzgar_palabras(p_trn_cod, v_descripcion);
    RETURN privado.transaccion_escribir(
        v_antes, privado.transaccion_signo(coalesce(nullif(p_trn_tipo, ''), v_antes.trn_tipo)), v_descripcion
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.transaccion_actualizar(text, text, text) TO admin;

-- Retires a kind: nobody enters it any more.
CREATE FUNCTION api.transaccion_eliminar(p_trn_cod text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_transaccion datos.transaccion := privado.transaccion_propia(p_trn_cod);
BEGIN
    UPDATE datos.transaccion SET trn_estado = 'INA' WHERE trn_cod = v_transaccion.trn_cod;
    RETURN json_build_object('message', 'Transacción retirada.', 'trn_cod', v_transaccion.trn_cod);
END
$$;

GRANT EXECUTE ON FUNCTION api.transaccion_eliminar(text) TO admin;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_transaccion_del_sistema() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(s.cod, t.trn_cod)
    FROM (VALUES
        ('INI', 1, 'INVENTARIO INICIAL'), ('COM', 1, 'COMPRA'), ('DVP', -1, 'BAJA POR DEVOLUCION AL PROVEEDOR'),
        ('CON', -1, 'BAJA POR CONSUMO'), ('ESI', 1, 'ENTRADA POR PRODUCCION'), ('VEN', -1, 'VENTA'),
        ('DEV', 1, 'ENTRADA POR DEVOLUCION'), ('AJU', 1, 'AJUSTE DE ENTRADA'), ('BAJ', -1, 'BAJA'),
        ('TRE', -1, 'BAJA POR TRASLADO'), ('TRI', 1, 'ENTRADA POR TRASLADO'), ('ANV', 1, 'ENTRADA POR ANULACION')
    ) AS s (cod, signo, descripcion)
    FULL JOIN (
        SELECT t.trn_cod, t.trn_signo, t.trn_descripcion FROM datos.transaccion AS t WHERE t.trn_clase = t.trn_cod
    ) AS t ON t.trn_cod = s.cod
    WHERE (t.trn_signo, t.trn_descripcion) IS DISTINCT FROM (s.signo, s.descripcion)
$$;

COMMENT ON FUNCTION privado.doctor_transaccion_del_sistema()
IS 'Las transacciones del sistema son las suyas, con su signo y sus palabras.';

CREATE FUNCTION privado.doctor_movimiento_con_razon() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.krd_codigo::text
    FROM datos.kardex AS k
    JOIN datos.transaccion AS t USING (trn_cod)
    WHERE
        t.trn_clase IN ('AJU', 'BAJ') AND k.doc_tipo IS NULL AND k.krd_revierte IS NULL
        AND coalesce(btrim(k.krd_razon), '') = ''
$$;

COMMENT ON FUNCTION privado.doctor_movimiento_con_razon()
IS 'Cada ajuste y cada baja que una persona ingresó dice por qué.';

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER transaccion_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.transaccion
FOR EACH ROW EXECUTE FUNCTION privado.auditar('trn_cod');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.transaccion TO personal;
GRANT SELECT, INSERT, UPDATE ON datos.transaccion TO pos_api;

CREATE POLICY transaccion_todas ON datos.transaccion USING (true);
