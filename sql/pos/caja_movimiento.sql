-- Movimiento de caja: money that enters or leaves a cashier's own open session for another reason than a sale, with its
-- motive. An INGRESO is income and an EGRESO an expense, unless it is said to come from or go to the cash of the branch
-- (`destino` CAJA_GENERAL: a drop into the safe, or change out of it). Nothing undoes one: it is answered by its opposite.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A movement as the API shows it.
CREATE FUNCTION privado.caja_movimiento_fila(m datos.caja_movimiento) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', m.id,
        'sesion', m.ses_id,
        'tipo', m.tipo,
        'cuenta', m.cuenta,
        'monto', m.monto::text,
        'motivo', m.motivo,
        'fecha', m.fecha,
        'usuario', m.usr_id
    )
$$;

GRANT EXECUTE ON FUNCTION privado.caja_movimiento_fila(datos.caja_movimiento) TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Puts money into the caller's own drawer, or takes it out; never more than is there.
CREATE FUNCTION api.caja_movimiento_crear(
    p_tipo text, p_monto numeric, p_motivo text, p_destino text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ses datos.sesion_caja := privado.sesion_caja_exigir();
    v_signo int := CASE p_tipo WHEN 'EGRESO' THEN -1 ELSE 1 END;
    v_mov datos.caja_movimiento;
BEGIN
    PERFORM privado.monto_exigir(p_monto);
    IF nullif(p_destino, '') <> 'CAJA_GENERAL' THEN
        PERFORM privado.rechazar(422, 'movimiento_destino', 'El destino es CAJA_GENERAL, o ninguno.');
    END IF;
    INSERT INTO datos.caja_movimiento (ses_id, tipo, cuenta, monto, motivo)
    VALUES (
        v_ses.id, p_tipo,
        coalesce(nullif(p_destino, ''), CASE p_tipo WHEN 'EGRESO' THEN 'GASTOS_CAJA' ELSE 'OTROS_INGRESOS' END),
        p_monto, btrim(p_motivo)
    )
    RETURNING * INTO v_mov;
    PERFORM privado.asentar(
        v_ses.eta_codigo, 'MOV', v_mov.id::text, initcap(v_mov.tipo) || ' de caja: ' || v_mov.motivo,
        ARRAY['CAJA', v_mov.cuenta],
        ARRAY[v_ses.id::text, CASE v_mov.cuenta WHEN 'CAJA_GENERAL' THEN v_ses.eta_codigo ELSE '' END],
        ARRAY[v_signo * p_monto, -v_signo * p_monto]
    );
    RETURN privado.caja_movimiento_fila(v_mov);
END
$$;

GRANT EXECUTE ON FUNCTION api.caja_movimiento_crear(text, numeric, text, text) TO cajero, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER caja_movimiento_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.caja_movimiento
FOR EACH ROW EXECUTE FUNCTION privado.auditar('id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.caja_movimiento TO cajero, adm_ventas, contador, auditor, admin;
GRANT SELECT, INSERT ON datos.caja_movimiento TO pos_api;

CREATE POLICY caja_movimiento_de_sesion ON datos.caja_movimiento
USING (EXISTS (SELECT FROM datos.sesion_caja AS s WHERE s.id = caja_movimiento.ses_id));
