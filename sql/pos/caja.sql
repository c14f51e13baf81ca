-- Caja: the registers of a branch, each tied to the active emission point its sales are issued from. Administrators
-- write them; who works at the branch sees them, and who has one open. Who works one, and its money, is in
-- sesion_caja.sql. While a session is open a register is neither moved nor retired; the fund that a retired one still
-- holds goes to the cash of its branch.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Who has a register of the caller's branches open: a colleague's session is not theirs to see, that it is open is.
CREATE FUNCTION privado.caja_ocupada(p_caja bigint) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('id', s.id, 'usuario', s.usr_id, 'fecha_apertura', s.fecha_apertura)
    FROM datos.sesion_caja AS s
    JOIN datos.caja AS c ON c.id = s.caja
    WHERE
        s.caja = p_caja AND s.estado = 'ABIERTA'
        AND c.eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[])
$$;

GRANT EXECUTE ON FUNCTION privado.caja_ocupada(bigint) TO cajero, adm_ventas, contador, auditor, admin;

-- A register, and its open session or null.
CREATE FUNCTION privado.caja_fila(c datos.caja) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', c.id,
        'nombre', c.nombre,
        'tipo', c.tipo,
        'punto_emision', c.eta_codigo || '-' || c.pto_codigo,
        'estado', c.estado,
        'sesion', privado.caja_ocupada(c.id)
    )
$$;

GRANT EXECUTE ON FUNCTION privado.caja_fila(datos.caja) TO personal;

-- The active registers of the caller's branches, by branch and name.
CREATE FUNCTION api.caja_listar(p_page int DEFAULT NULL, p_limit int DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.sobre(
        (
            SELECT json_agg(privado.caja_fila(g.c) ORDER BY (g.c).eta_codigo, lower((g.c).nombre))
            FROM (
                SELECT c FROM datos.caja AS c
                WHERE c.estado = 'ACT'
                ORDER BY c.eta_codigo, lower(c.nombre)
                LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
            ) AS g
        ),
        p_page, p_limit, (SELECT count(*) FROM datos.caja AS c WHERE c.estado = 'ACT')
    )
$$;

GRANT EXECUTE ON FUNCTION api.caja_listar(int, int) TO cajero, adm_ventas, contador, auditor, admin;

-- One register of the caller's branches, whatever its state.
CREATE FUNCTION api.caja_obtener(p_id bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_fila json := (SELECT privado.caja_fila(c) FROM datos.caja AS c WHERE c.id = p_id);
BEGIN
    IF v_fila IS NULL THEN
        PERFORM privado.rechazar(404, 'caja_existe', 'No existe esa caja.');
    END IF;
    RETURN v_fila;
END
$$;

GRANT EXECUTE ON FUNCTION api.caja_obtener(bigint) TO cajero, adm_ventas, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- The branch and point that 001-001 names, which must exist.
CREATE FUNCTION privado.caja_punto(p_punto_emision text, OUT eta text, OUT pto text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT p.eta_codigo, p.pto_codigo INTO eta, pto FROM datos.punto_emision AS p
    WHERE p.eta_codigo || '-' || p.pto_codigo = p_punto_emision;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(422, 'caja_punto_existe', 'El punto de emisión de la caja no existe.');
    END IF;
END
$$;

-- Adds a register to an emission point.
CREATE FUNCTION api.caja_crear(p_nombre text, p_punto_emision text, p_tipo text DEFAULT 'MIXTA') RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_punto record := privado.caja_punto(p_punto_emision);
    v_caja datos.caja;
BEGIN
    INSERT INTO datos.caja (nombre, tipo, eta_codigo, pto_codigo)
    VALUES (btrim(p_nombre), coalesce(p_tipo, 'MIXTA'), v_punto.eta, v_punto.pto)
    RETURNING * INTO v_caja;
    RETURN privado.caja_fila(v_caja);
END
$$;

GRANT EXECUTE ON FUNCTION api.caja_crear(text, text, text) TO admin;

-- Locks an active register that is about to change; whoever is opening it right now is waited for.
CREATE FUNCTION privado.caja_bloquear(p_id bigint) RETURNS datos.caja
LANGUAGE plpgsql AS $$
DECLARE
    v_caja datos.caja;
BEGIN
    SELECT c.* INTO v_caja FROM datos.caja AS c WHERE c.id = p_id AND c.estado = 'ACT' FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'caja_existe', 'No existe esa caja.');
    END IF;
    RETURN v_caja;
END
$$;

-- Refuses while somebody works at a register that its caller has locked.
CREATE FUNCTION privado.caja_libre_exigir(p_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM datos.sesion_caja AS s WHERE s.caja = p_id AND s.estado = 'ABIERTA') THEN
        PERFORM privado.rechazar(409, 'caja_en_uso', 'La caja tiene una sesión abierta.');
    END IF;
END
$$;

-- Renames a register, changes what it is for, or moves it to another point. What is not named stays.
CREATE FUNCTION api.caja_actualizar(
    p_id bigint, p_nombre text DEFAULT NULL, p_punto_emision text DEFAULT NULL, p_tipo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_caja datos.caja := privado.caja_bloquear(p_id);
    v_punto record := privado.caja_punto(coalesce(nullif(p_punto_emision, ''), v_caja.eta_codigo || '-' || v_caja.pto_codigo));
BEGIN
    IF (v_punto.eta, v_punto.pto) <> (v_caja.eta_codigo, v_caja.pto_codigo) OR p_tipo <> v_caja.tipo THEN
        PERFORM privado.caja_libre_exigir(p_id);
    END IF;
    UPDATE datos.caja AS c
    SET
        nombre = coalesce(nullif(btrim(p_nombre), ''), c.nombre),
        tipo = coalesce(p_tipo, c.tipo),
        eta_codigo = v_punto.eta,
        pto_codigo = v_punto.pto
    WHERE c.id = p_id
    RETURNING c.* INTO v_caja;
    RETURN privado.caja_fila(v_caja);
END
$$;

GRANT EXECUTE ON FUNCTION api.caja_actualizar(bigint, text, text, text) TO admin;

-- Retires a register that nobody works at. The fund it still holds goes to the cash of its branch.
CREATE FUNCTION api.caja_eliminar(p_id bigint) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_caja datos.caja := privado.caja_bloquear(p_id);
    v_fondo numeric;
BEGIN
    PERFORM privado.caja_libre_exigir(p_id);
    v_fondo := privado.saldo_de('CAJA_FONDO', p_id::text);
    PERFORM privado.asentar(
        v_caja.eta_codigo, 'CAJ', p_id::text, 'Fondo de una caja desactivada',
        ARRAY['CAJA_FONDO', 'CAJA_GENERAL'], ARRAY[p_id::text, v_caja.eta_codigo], ARRAY[-v_fondo, v_fondo]
    );
    UPDATE datos.caja SET estado = 'INA' WHERE id = p_id;
    RETURN json_build_object('message', 'Caja desactivada.', 'id', p_id);
END
$$;

GRANT EXECUTE ON FUNCTION api.caja_eliminar(bigint) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER caja_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.caja
FOR EACH ROW EXECUTE FUNCTION privado.auditar('id');

CREATE TRIGGER caja_punto_vigente AFTER INSERT OR UPDATE OF eta_codigo, pto_codigo ON datos.caja
FOR EACH ROW EXECUTE FUNCTION privado.punto_emision_vigente();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.caja TO cajero, adm_ventas, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.caja TO pos_api;

CREATE POLICY caja_sucursal ON datos.caja
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
