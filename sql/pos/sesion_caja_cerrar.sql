-- Sesión de caja, the close: a blind count, once. What the drawer should hold is the balance of its account, read while
-- nobody else can move it, and never typed. Counted minus expected stays on the session for ever: within the tolerance
-- (`descuadre_tolerancia`) it is income or loss at once, beyond it it is a descuadre of the cashier. Then the `fondo`
-- stays in the register, the rest goes to the cash of the branch, and the account ends at zero.
--
-- A cashier closes their own; adm_ventas and admin close for who is absent or can no longer log in, and `cerrada_por`
-- says so.

-- Writing ------------------------------------------------------------------------------------------------------------

-- The open session that is about to close, held alone: acts in flight are waited for, later ones find it closed.
CREATE FUNCTION privado.sesion_caja_tomar(p_id bigint) RETURNS datos.sesion_caja
LANGUAGE plpgsql AS $$
DECLARE
    v_ses datos.sesion_caja;
BEGIN
    SELECT s.* INTO v_ses FROM datos.sesion_caja AS s WHERE s.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'sesion_caja_existe', 'No existe esa sesión de caja.');
    ELSIF v_ses.estado <> 'ABIERTA' THEN
        PERFORM privado.rechazar(409, 'sesion_caja_cerrada', 'La sesión de caja ya está cerrada.');
    END IF;
    RETURN v_ses;
END
$$;

-- How a count compares with what was expected.
CREATE FUNCTION privado.cuadre_de(p_diferencia numeric) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN abs(p_diferencia) <= privado.ajuste('descuadre_tolerancia')::numeric THEN 'CUADRADO'
        WHEN p_diferencia > 0 THEN 'SOBRANTE'
        ELSE 'FALTANTE'
    END
$$;

-- Empties the account of a closing session: the difference, the fund, the rest.
CREATE FUNCTION privado.sesion_caja_vaciar(
    p_ses datos.sesion_caja, p_esperado numeric, p_contado numeric, p_fondo numeric, p_cuadre text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_clase text := CASE
        WHEN p_cuadre <> 'CUADRADO' THEN 'DESCUADRE'
        WHEN p_contado > p_esperado THEN 'OTROS_INGRESOS'
        ELSE 'FALTANTES'
    END;
BEGIN
    PERFORM privado.asentar(
        p_ses.eta_codigo, 'SES', p_ses.id::text, 'Cierre de caja',
        ARRAY['CAJA', 'CAJA_FONDO', 'CAJA_GENERAL', v_clase],
        ARRAY[
            p_ses.id::text, p_ses.caja::text, p_ses.eta_codigo,
            CASE v_clase WHEN 'DESCUADRE' THEN p_ses.usr_id ELSE '' END
        ],
        ARRAY[-p_esperado, p_fondo, p_contado - p_fondo, p_esperado - p_contado]
    );
    IF v_clase = 'DESCUADRE' THEN
        PERFORM privado.descuadre_anotar(p_ses, 'CIERRE', p_contado - p_esperado);
    END IF;
END
$$;

-- Closes a session and answers its Z report. What happened is read before the close is posted, the number is taken last.
CREATE FUNCTION api.sesion_caja_cerrar(
    p_id bigint, p_desglose jsonb DEFAULT NULL, p_monto_final_declarado numeric DEFAULT NULL,
    p_fondo numeric DEFAULT NULL, p_observacion text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ses datos.sesion_caja := privado.sesion_caja_tomar(p_id);
    v_contado numeric := privado.desglose_total(p_desglose, p_monto_final_declarado);
    v_fondo numeric := coalesce(p_fondo, 0);
    v_esperado numeric := privado.saldo_de('CAJA', p_id::text);
    v_cuadre text := privado.cuadre_de(v_contado - v_esperado);
    v_hecho json := privado.sesion_caja_hecho(p_id, false);
BEGIN
    IF NOT (v_fondo BETWEEN 0 AND v_contado AND v_fondo = round(v_fondo, 2)) THEN
        PERFORM privado.rechazar(422, 'sesion_caja_fondo', 'El fondo que queda no puede exceder lo contado.');
    END IF;
    PERFORM privado.sesion_caja_vaciar(v_ses, v_esperado, v_contado, v_fondo, v_cuadre);
    UPDATE datos.sesion_caja AS s
    SET
        estado = 'CERRADA',
        fecha_cierre = clock_timestamp(),  -- later than the beginning of every act that got in before
        cerrada_por = session_user,
        monto_esperado = v_esperado,
        monto_final_declarado = v_contado,
        desglose_cierre = nullif(p_desglose, '{}'),
        fondo = v_fondo,
        cuadre = v_cuadre,
        observacion_cierre = coalesce(btrim(p_observacion), ''),
        z_secuencial = privado.numeracion_tomar(s.eta_codigo, s.pto_codigo, 'Z')
    WHERE s.id = p_id
    RETURNING s.* INTO v_ses;
    INSERT INTO datos.sesion_caja_z (ses_id, contenido) VALUES (p_id, v_hecho);
    RETURN privado.sesion_caja_reporte(p_id);
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_caja_cerrar(bigint, jsonb, numeric, numeric, text) TO cajero, adm_ventas, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER sesion_caja_z_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.sesion_caja_z
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.sesion_caja_z TO contador, auditor, admin;
GRANT SELECT, INSERT ON datos.sesion_caja_z TO pos_api;

CREATE POLICY sesion_caja_z_de_sesion ON datos.sesion_caja_z
USING (EXISTS (SELECT FROM datos.sesion_caja AS s WHERE s.id = sesion_caja_z.ses_id));
