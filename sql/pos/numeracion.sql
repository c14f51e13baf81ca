-- Numeración: the legal number of issued documents, gapless per establishment, point and document type.
--
-- One counter row a series. It is taken as the last step of an act, so nothing slow ever happens under its lock, and
-- an act that fails gives its number back with everything else.

-- Takes the next number of a series.
CREATE FUNCTION privado.numeracion_tomar(p_eta text, p_pto text, p_doc_tipo text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_numero bigint;
BEGIN
    UPDATE datos.numeracion AS n SET ultimo = n.ultimo + 1
    WHERE n.eta_codigo = p_eta AND n.pto_codigo = p_pto AND n.doc_tipo = p_doc_tipo
    RETURNING n.ultimo INTO v_numero;
    IF NOT FOUND THEN
        INSERT INTO datos.numeracion AS n (eta_codigo, pto_codigo, doc_tipo, ultimo)
        VALUES (p_eta, p_pto, p_doc_tipo, 1)
        ON CONFLICT (eta_codigo, pto_codigo, doc_tipo) DO UPDATE SET ultimo = n.ultimo + 1
        RETURNING n.ultimo INTO v_numero;
    END IF;
    RETURN v_numero;
END
$$;

GRANT SELECT ON datos.numeracion TO adm_fact, contador, auditor, admin;

CREATE POLICY numeracion_sucursal ON datos.numeracion FOR SELECT
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
