-- Libro: money, in double entry. One asiento per business act; its lines sum to zero (debit positive, credit
-- negative), which a deferred constraint trigger checks when the act commits.
--
-- An account is a class of the chart and a reference (a branch, a client, an SRI tax code). Only guarded classes
-- keep a balance row, with its floor as a CHECK; the others are the sum of their lines, so that sales never wait for
-- each other on one income or inventory row. Guarded rows are locked in account order, after the goods and before
-- the legal number. Nothing here is ever updated or deleted: a mistake is an asiento the other way round.

-- The account of a class and reference, opened on first use.
CREATE FUNCTION privado.cuenta_de(p_clase text, p_ref text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cta bigint;
BEGIN
    SELECT cta_id INTO v_cta FROM datos.cuenta WHERE clase = p_clase AND ref = p_ref;
    IF FOUND THEN
        RETURN v_cta;
    END IF;
    INSERT INTO datos.cuenta (clase, ref) VALUES (p_clase, p_ref)
    ON CONFLICT ON CONSTRAINT cuenta_unica DO NOTHING;
    SELECT cta_id INTO STRICT v_cta FROM datos.cuenta WHERE clase = p_clase AND ref = p_ref;
    INSERT INTO datos.saldo (cta_id, piso)
    SELECT v_cta, c.piso FROM datos.cuenta_clase AS c WHERE c.clase = p_clase AND c.guardada
    ON CONFLICT (cta_id) DO NOTHING;
    RETURN v_cta;
END
$$;

-- The guarded balance of an account, over all branches; 0 for an account that was never used.
CREATE FUNCTION privado.saldo_de(p_clase text, p_ref text) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT s.saldo FROM datos.cuenta AS c JOIN datos.saldo AS s USING (cta_id)
         WHERE c.clase = p_clase AND c.ref = p_ref),
        0.00
    )
$$;

-- The guarded balance of an account, held until the act ends.
CREATE FUNCTION privado.saldo_tomar(p_clase text, p_ref text) RETURNS numeric
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cta bigint := privado.cuenta_de(p_clase, p_ref);
    v_saldo numeric;
BEGIN
    SELECT s.saldo INTO STRICT v_saldo FROM datos.saldo AS s WHERE s.cta_id = v_cta FOR UPDATE;
    RETURN v_saldo;
END
$$;

-- What a client owes the company, whoever asks and whichever branch sold.
CREATE FUNCTION privado.cliente_deuda(p_cli_codigo text) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.saldo_de('CLIENTE', p_cli_codigo)
$$;

GRANT EXECUTE ON FUNCTION privado.cliente_deuda(text)
TO ventas, adm_ventas, adm_fact, cajero, contador, auditor, admin;

-- Posts one asiento: parallel arrays of class, reference and amount. Zero lines are skipped; an act without any
-- other line posts nothing and answers NULL. Guarded balances move in account order, and none below its floor: a drawer
-- that does not hold enough is refused without a figure. Cash moves inside an open session only, which is held until the
-- act ends.
CREATE FUNCTION privado.asentar(
    p_eta text, p_doc_tipo text, p_doc_codigo text, p_glosa text, p_clases text[], p_refs text[], p_montos numeric[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cuentas bigint[] := '{}';
    v_montos numeric[] := '{}';
    v_asi bigint;
    v_guardada bigint;
BEGIN
    FOR i IN 1 .. coalesce(cardinality(p_montos), 0) LOOP
        IF p_montos[i] <> 0 THEN
            IF p_clases[i] = 'CAJA' THEN
                PERFORM privado.sesion_caja_sostener(p_refs[i]::bigint);
            END IF;
            v_cuentas := v_cuentas || privado.cuenta_de(p_clases[i], coalesce(p_refs[i], ''));
            v_montos := v_montos || p_montos[i];
        END IF;
    END LOOP;
    IF cardinality(v_cuentas) = 0 THEN
        RETURN NULL;
    END IF;
    INSERT INTO datos.asiento (eta_codigo, doc_tipo, doc_codigo, glosa)
    VALUES (p_eta, p_doc_tipo, p_doc_codigo, p_glosa)
    RETURNING asi_id INTO v_asi;
    INSERT INTO datos.asiento_linea (asi_id, linea, cta_id, monto)
    SELECT v_asi, l.linea, l.cta_id, l.monto
    FROM unnest(v_cuentas, v_montos) WITH ORDINALITY AS l (cta_id, monto, linea);
    FOR v_guardada IN
        SELECT s.cta_id FROM datos.saldo AS s WHERE s.cta_id = ANY (v_cuentas) ORDER BY s.cta_id
    LOOP
        UPDATE datos.saldo AS s
        SET saldo = s.saldo + m.monto
        FROM (
            SELECT sum(l.monto) AS monto FROM unnest(v_cuentas, v_montos) AS l (cta_id, monto)
            WHERE l.cta_id = v_guardada
        ) AS m
        WHERE s.cta_id = v_guardada AND coalesce(s.saldo + m.monto >= s.piso, true);
        IF NOT FOUND THEN
            PERFORM privado.rechazar(409, 'saldo_no_negativo', 'El saldo de la cuenta no alcanza.');
        END IF;
    END LOOP;
    RETURN v_asi;
END
$$;

-- Refuses, at commit, an asiento whose lines do not sum to zero. Lines cannot come later: their foreign key names
-- the transaction of their asiento.
CREATE FUNCTION privado.asiento_cuadra() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT sum(monto) FROM datos.asiento_linea WHERE asi_id = NEW.asi_id) IS DISTINCT FROM 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            CONSTRAINT = 'asiento_cuadra',
            MESSAGE = 'asiento ' || NEW.asi_id || ' does not balance';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER asiento_cuadra AFTER INSERT ON datos.asiento
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION privado.asiento_cuadra();

CREATE TRIGGER asiento_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.asiento
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

CREATE TRIGGER asiento_linea_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.asiento_linea
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

-- Lines name accounts without a foreign key, so accounts stay for ever.
CREATE TRIGGER cuenta_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.cuenta
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

CREATE TRIGGER cuenta_clase_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.cuenta_clase
FOR EACH ROW EXECUTE FUNCTION privado.auditar('clase');

GRANT SELECT ON datos.cuenta_clase, datos.cuenta, datos.saldo, datos.asiento, datos.asiento_linea
TO contador, auditor, admin;

CREATE POLICY cuenta_clase_lectura ON datos.cuenta_clase FOR SELECT USING (true);
CREATE POLICY cuenta_lectura ON datos.cuenta FOR SELECT USING (true);
CREATE POLICY saldo_lectura ON datos.saldo FOR SELECT USING (true);
CREATE POLICY asiento_sucursal ON datos.asiento FOR SELECT
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
CREATE POLICY asiento_linea_de_asiento ON datos.asiento_linea FOR SELECT
USING (EXISTS (SELECT FROM datos.asiento AS a WHERE a.asi_id = asiento_linea.asi_id));
