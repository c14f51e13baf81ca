-- Comisión: what a sale earns the person who made it, a percent of its subtotal (`comision` of the person, as it was
-- that day). A return takes back its part, the one that completes the invoice takes what is left, an annulment takes
-- all: the rows of an invoice that came back entirely sum to zero. A seller sees their own, administrators of sales
-- those of every branch.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Commissions, the newest first, and their sum: one's own, or everybody's for who oversees sales; of some days.
CREATE FUNCTION api.comision_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_usuario text DEFAULT NULL,
    p_desde date DEFAULT NULL, p_hasta date DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_mias text := CASE WHEN NOT privado.ve_todo() THEN session_user::text END;
    v_zona text := privado.ajuste('zona_horaria');
    v_desde timestamptz := coalesce(p_desde::timestamp AT TIME ZONE v_zona, '-infinity');
    v_hasta timestamptz := coalesce((p_hasta + 1)::timestamp AT TIME ZONE v_zona, 'infinity');
    v_filas json;
    v record;
BEGIN
    SELECT json_agg(json_build_object(
        'id', g.com_id, 'usuario', g.usr_login, 'fac_codigo', g.fac_codigo, 'documento', g.doc_tipo,
        'fecha', g.com_fecha, 'base', g.com_base::text, 'porcentaje', trim_scale(g.com_porcentaje),
        'monto', g.com_monto::text
    ) ORDER BY g.com_fecha DESC, g.com_id DESC) INTO v_filas
    FROM (
        SELECT c.* FROM datos.comision AS c
        WHERE
            (v_mias IS NULL OR c.usr_login = v_mias) AND (nullif(p_usuario, '') IS NULL OR c.usr_login = p_usuario)
            AND c.com_fecha >= v_desde AND c.com_fecha < v_hasta
        ORDER BY c.com_fecha DESC, c.com_id DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) AS filas, coalesce(sum(c.com_monto), 0) AS suma INTO v
    FROM datos.comision AS c
    WHERE
        (v_mias IS NULL OR c.usr_login = v_mias) AND (nullif(p_usuario, '') IS NULL OR c.usr_login = p_usuario)
        AND c.com_fecha >= v_desde AND c.com_fecha < v_hasta;
    RETURN privado.json_unir(
        privado.sobre(v_filas, p_page, p_limit, v.filas), json_build_object('suma', v.suma::numeric(14,2)::text)
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.comision_listar(int, int, text, date, date)
TO ventas, adm_ventas, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Notes what an invoice that was just issued earns who made it; nothing for who earns none.
CREATE FUNCTION privado.comision_ganar(p_fac datos.factura) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO datos.comision (
        eta_codigo, usr_login, fac_codigo, doc_tipo, doc_codigo, com_base, com_porcentaje, com_monto
    )
    SELECT
        p_fac.eta_codigo, u.usr_login, p_fac.fac_codigo, 'FAC', p_fac.fac_codigo, p_fac.fac_subtotal, u.usr_comision,
        round(p_fac.fac_subtotal * u.usr_comision * 0.01, 2)
    FROM datos.usuario AS u
    WHERE u.usr_login = p_fac.usr_id AND u.usr_comision > 0
$$;

-- Takes back the part of a commission that a document undoes; everything that is left when p_todo.
CREATE FUNCTION privado.comision_devolver(
    p_fac_codigo text, p_doc_tipo text, p_doc_codigo text, p_base numeric, p_todo boolean
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO datos.comision (
        eta_codigo, usr_login, fac_codigo, doc_tipo, doc_codigo, com_base, com_porcentaje, com_monto
    )
    SELECT
        c.eta_codigo, c.usr_login, c.fac_codigo, p_doc_tipo, p_doc_codigo, -p_base, c.com_porcentaje,
        CASE
            WHEN p_todo THEN -(SELECT sum(t.com_monto) FROM datos.comision AS t WHERE t.fac_codigo = p_fac_codigo)
            ELSE -least(
                round(p_base * c.com_porcentaje * 0.01, 2),
                (SELECT sum(t.com_monto) FROM datos.comision AS t WHERE t.fac_codigo = p_fac_codigo)
            )
        END
    FROM datos.comision AS c
    WHERE c.fac_codigo = p_fac_codigo AND c.doc_tipo = 'FAC'
$$;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_comision_de_lo_vendido() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.fac_codigo
    FROM datos.comision AS c
    JOIN datos.factura AS f USING (fac_codigo)
    LEFT JOIN (
        SELECT r.fac_codigo, sum(r.ret_subtotal) AS devuelto FROM datos.retorno AS r GROUP BY r.fac_codigo
    ) AS r USING (fac_codigo)
    GROUP BY c.fac_codigo, f.fac_estado, f.fac_subtotal, r.devuelto
    HAVING
        sum(c.com_monto) < 0
        OR sum(c.com_base) <> CASE WHEN f.fac_estado = 'ANU' THEN 0 ELSE f.fac_subtotal - coalesce(r.devuelto, 0) END
        OR (sum(c.com_base) = 0 AND sum(c.com_monto) <> 0)
$$;

COMMENT ON FUNCTION privado.doctor_comision_de_lo_vendido()
IS 'La comisión de cada factura es por lo que no se anuló ni devolvió.';

-- Triggers, grants and policies --------------------------------------------------------------------------------------

CREATE TRIGGER comision_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.comision
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

GRANT SELECT ON datos.comision TO ventas, adm_ventas, contador, auditor, admin;

CREATE POLICY comision_propia ON datos.comision FOR SELECT
USING (usr_login = session_user OR (SELECT privado.ve_todo()));
