-- Caja: the registers of a branch, each tied to the emission point its sales are issued from. Who works one, and its
-- money, is in sesion_caja.sql.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A register, and who has it open.
CREATE FUNCTION privado.caja_fila(c datos.caja) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', c.id,
        'nombre', c.nombre,
        'tipo', c.tipo,
        'punto_emision', c.eta_codigo || '-' || c.pto_codigo,
        'estado', c.estado
    )
$$;

GRANT EXECUTE ON FUNCTION privado.caja_fila(datos.caja) TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Adds a register to an emission point, named as 001-001.
CREATE FUNCTION api.caja_crear(p_nombre text, p_punto_emision text, p_tipo text DEFAULT 'MIXTA') RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_caja datos.caja;
BEGIN
    INSERT INTO datos.caja (nombre, tipo, eta_codigo, pto_codigo)
    VALUES (btrim(p_nombre), coalesce(p_tipo, 'MIXTA'), split_part(p_punto_emision, '-', 1), split_part(p_punto_emision, '-', 2))
    RETURNING * INTO v_caja;
    RETURN privado.caja_fila(v_caja);
END
$$;

GRANT EXECUTE ON FUNCTION api.caja_crear(text, text, text) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER caja_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.caja
FOR EACH ROW EXECUTE FUNCTION privado.auditar('id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.caja TO cajero, adm_ventas, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.caja TO pos_api;

CREATE POLICY caja_sucursal ON datos.caja
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
