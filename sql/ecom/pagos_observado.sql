-- Pagos, what providers told that contradicts what we know (OBSERVADO): somebody looks, mends what there is to mend where
-- it is to be mended, and says here what it was. Saying so moves no money and no payment; it ends the doctor's warning.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A message beside the payment it is about.
CREATE FUNCTION privado.pago_evento_fila(p_evento datos.pago_evento) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'proveedor', p_evento.evt_proveedor,
        'evento', p_evento.evt_id,
        'tipo', p_evento.evt_tipo,
        'recibido', p_evento.evt_recibido,
        'estado', p_evento.evt_estado,
        'monto', p_evento.evt_monto::text,
        'referencia', p_evento.evt_referencia,
        'resultado', p_evento.evt_resultado,
        'regla', p_evento.evt_regla,
        'ped_codigo', g.ped_codigo,
        'pag_id', g.pag_id,
        'pag_estado', g.pag_estado,
        'pag_monto', g.pag_monto::text,
        'resuelto', p_evento.evt_resuelto,
        'resuelve', p_evento.evt_resuelve,
        'motivo', p_evento.evt_motivo
    )
    FROM (SELECT) AS uno
    LEFT JOIN datos.pago AS g ON g.pag_id = p_evento.pag_id
$$;

GRANT EXECUTE ON FUNCTION privado.pago_evento_fila(datos.pago_evento) TO admin, adm_ventas, contador, auditor;

-- What providers told, newest first: all, those with a result, or those that wait for somebody.
CREATE FUNCTION api.pago_evento_listar(
    p_page int DEFAULT 1, p_limit int DEFAULT NULL, p_resultado text DEFAULT NULL, p_por_resolver boolean DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH visible AS (
        SELECT e AS evento, e.evt_recibido, e.evt_id
        FROM datos.pago_evento AS e
        WHERE
            (nullif(p_resultado, '') IS NULL OR e.evt_resultado = p_resultado)
            AND (p_por_resolver IS NOT TRUE OR (e.evt_resultado = 'OBSERVADO' AND e.evt_resuelto IS NULL))
    )
    SELECT privado.sobre(
        (
            SELECT json_agg(privado.pago_evento_fila(g.evento) ORDER BY g.evt_recibido DESC, g.evt_id DESC)
            FROM (
                SELECT v.evento, v.evt_recibido, v.evt_id
                FROM visible AS v
                ORDER BY v.evt_recibido DESC, v.evt_id DESC
                LIMIT privado.limite(coalesce(p_page, 1), p_limit) OFFSET privado.salto(coalesce(p_page, 1), p_limit)
            ) AS g
        ),
        coalesce(p_page, 1), p_limit,
        (SELECT count(*) FROM (SELECT FROM visible LIMIT 10001) AS t)
    )
$$;

GRANT EXECUTE ON FUNCTION api.pago_evento_listar(int, int, text, boolean) TO admin, adm_ventas, contador, auditor;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Says, once, what a message was that contradicts what we know.
CREATE FUNCTION api.pago_evento_resolver(p_proveedor text, p_evento text, p_motivo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_evento datos.pago_evento;
BEGIN
    SELECT e.* INTO v_evento
    FROM datos.pago_evento AS e
    WHERE e.evt_proveedor = p_proveedor AND e.evt_id = p_evento
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'pago_evento_existe', 'No existe ese aviso.');
    ELSIF v_evento.evt_resultado <> 'OBSERVADO' OR v_evento.evt_resuelto IS NOT NULL THEN
        PERFORM privado.rechazar(409, 'pago_evento_por_resolver', 'Ese aviso no espera que nadie lo resuelva.');
    ELSIF coalesce(btrim(p_motivo), '') = '' THEN
        PERFORM privado.rechazar(422, 'motivo_requerido', 'Resolver un aviso necesita un motivo.');
    END IF;
    UPDATE datos.pago_evento AS e
    SET evt_resuelto = now(), evt_resuelve = session_user, evt_motivo = btrim(p_motivo)
    WHERE e.evt_proveedor = p_proveedor AND e.evt_id = p_evento
    RETURNING e.* INTO v_evento;
    PERFORM privado.evento('PAGO_EVENTO_RESUELTO', concat_ws(' ', p_proveedor, p_evento), jsonb_build_object(
        'motivo', v_evento.evt_motivo, 'regla', v_evento.evt_regla, 'pag_id', v_evento.pag_id
    ));
    RETURN privado.pago_evento_fila(v_evento);
END
$$;

GRANT EXECUTE ON FUNCTION api.pago_evento_resolver(text, text, text) TO admin, adm_ventas;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.aviso_pago_evento_observado() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat_ws(' ', evt_proveedor, evt_id, coalesce(evt_regla, evt_resultado), pag_id)
    FROM datos.pago_evento
    WHERE
        (evt_resultado = 'OBSERVADO' AND evt_resuelto IS NULL)
        OR (evt_resultado = 'POR_RELEER' AND evt_recibido < now() - interval '30 minutes')
$$;

COMMENT ON FUNCTION privado.aviso_pago_evento_observado()
IS 'Un proveedor avisó algo que contradice a su pago y que nadie resolvió, o que no se pudo comprobar.';

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.pago_evento TO admin, adm_ventas, contador, auditor;
GRANT SELECT, INSERT, UPDATE ON datos.pago_evento TO ecom_api;

CREATE POLICY pago_evento_de_quien_ve_pedidos ON datos.pago_evento USING ((SELECT privado.ve_pedidos()));
