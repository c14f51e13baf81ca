-- Ingreso: the brake on guesses, and what the trail says about who got in and who did not.
--
-- An attempt is counted before it is made, in one statement, so that a thousand at once are counted as a thousand; it
-- is given back when it succeeds. Two counters judge it:
--
--   the pair (this name at this address)   5 at once, then a pause that doubles from 1 s to 30 s
--   the address                            50 at once, then a pause that grows from 1 s to 30 s
--
-- A count leaks away (the pair's one a minute, the address's one in fifteen seconds), so nobody is locked out, only slowed
-- down. Nobody elsewhere slows a person down: both counters are of the address. And who got in from this address in the
-- last thirty days is judged by the pair alone, so that somebody guessing beside them (a shop behind one address) costs
-- them nothing but the pause of their own name. Neither counter knows whether a name exists.
--
-- So all that one address can make PostgreSQL try in T seconds, on one side, is at most
--
--     90 + T / 15 + K * (11 + T / 30)      K: people who got in from there in the last thirty days
--
-- A name is counted under a keyed digest that the API makes, because people type passwords into that field; for the same
-- reason the trail names only who exists.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The pause after so many attempts: none below p_libres, then doubling every p_paso of them up to half a minute.
CREATE FUNCTION privado.intento_pausa(p_cuenta real, p_libres int, p_paso int) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN ceil(p_cuenta) < p_libres THEN interval '0'
        ELSE least(power(2, (ceil(p_cuenta) - p_libres) / p_paso), 30) * interval '1 second'
    END
$$;

-- Whether somebody got in from a network lately.
CREATE FUNCTION privado.ingreso_conocido(p_sujeto text, p_red text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM datos.sesion AS s
        WHERE s.sujeto = p_sujeto AND s.red = p_red AND s.creada_en > now() - interval '30 days'
    )
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Takes one attempt from a counter: 0, or the seconds until there is one to take. The row's lock makes it atomic.
CREATE FUNCTION privado.intento_tomar(p_clave text, p_libres int, p_paso int, p_goteo interval) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tope CONSTANT real := p_libres + 6 * p_paso;
    v_libre_en timestamptz;
BEGIN
    INSERT INTO datos.login_intento AS i (clave, cuenta, visto_en, libre_en)
    VALUES (p_clave, 1, clock_timestamp(), clock_timestamp())
    ON CONFLICT (clave) DO UPDATE SET (cuenta, visto_en, libre_en) = (
        SELECT c.cuenta, clock_timestamp(), clock_timestamp() + privado.intento_pausa(c.cuenta, p_libres, p_paso)
        FROM (
            SELECT least(
                greatest(i.cuenta - extract(EPOCH FROM clock_timestamp() - i.visto_en) / extract(EPOCH FROM p_goteo), 0)
                + 1,
                v_tope
            )::real AS cuenta
        ) AS c
    )
    WHERE i.libre_en <= clock_timestamp();
    IF FOUND THEN
        RETURN 0;
    END IF;
    SELECT i.libre_en INTO v_libre_en FROM datos.login_intento AS i WHERE i.clave = p_clave;
    RETURN greatest(ceil(extract(EPOCH FROM v_libre_en - clock_timestamp()))::int, 1);
END
$$;

-- Gives one attempt back to a counter.
CREATE FUNCTION privado.intento_devolver(p_clave text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.login_intento SET cuenta = greatest(cuenta - 1, 0) WHERE clave = p_clave
$$;

-- Forgets a few counters that have leaked away, in passing: nobody has to sweep, and the table is never larger than
-- what the last half hour admitted.
CREATE FUNCTION privado.intento_olvidar() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM datos.login_intento
    WHERE clave IN (
        SELECT i.clave FROM datos.login_intento AS i
        WHERE i.visto_en < now() - interval '30 minutes'
        ORDER BY i.visto_en
        LIMIT 10
        FOR UPDATE SKIP LOCKED
    )
$$;

-- Counts an attempt of a name at a network, before it is made: the seconds to wait first, 0 when it may be made.
CREATE FUNCTION privado.ingreso_tomar(p_usuario text, p_huella text, p_red text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_conocido CONSTANT boolean := privado.ingreso_conocido(privado.ingreso_sujeto(p_usuario), p_red);
    v_espera int := 0;
BEGIN
    IF NOT v_conocido THEN
        v_espera := privado.intento_tomar('a ' || p_red, 50, 10, interval '15 seconds');
    END IF;
    IF v_espera > 0 THEN
        RETURN v_espera;
    END IF;
    v_espera := privado.intento_tomar('p ' || p_huella || ' ' || p_red, 5, 1, interval '1 minute');
    IF v_espera = 0 THEN
        PERFORM privado.intento_olvidar();
    ELSIF NOT v_conocido THEN
        PERFORM privado.intento_devolver('a ' || p_red);
    END IF;
    RETURN v_espera;
END
$$;

-- Before connecting: counts the attempt, and says which login the typed name means (null unless it is of the staff).
CREATE FUNCTION api.ingreso_contar(p_usuario text, p_huella text, p_red text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'espera', privado.ingreso_tomar(p_usuario, p_huella, p_red), 'login', privado.ingreso_login(p_usuario)
    )
$$;

GRANT EXECUTE ON FUNCTION api.ingreso_contar(text, text, text) TO api_login;

-- Gives an attempt back that succeeded: the pair starts anew, the address gets its one back.
CREATE FUNCTION privado.ingreso_devolver(p_huella text, p_red text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.intento_devolver('a ' || p_red);
    DELETE FROM datos.login_intento WHERE clave = 'p ' || p_huella || ' ' || p_red;
END
$$;

CREATE FUNCTION api.ingreso_devolver(p_huella text, p_red text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.ingreso_devolver(p_huella, p_red);
    RETURN json_build_object('devuelto', true);
END
$$;

GRANT EXECUTE ON FUNCTION api.ingreso_devolver(text, text) TO api_login;

-- Notes an attempt that was made and refused, if the name is somebody's.
CREATE FUNCTION api.ingreso_fallido(p_usuario text, p_direccion text, p_agente text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sujeto text := privado.ingreso_sujeto(p_usuario);
BEGIN
    IF v_sujeto IS NOT NULL THEN
        PERFORM privado.evento('INGRESO_FALLIDO', v_sujeto, privado.ingreso_detalle(p_direccion, p_agente));
    END IF;
    RETURN json_build_object('anotado', v_sujeto IS NOT NULL);
END
$$;

GRANT EXECUTE ON FUNCTION api.ingreso_fallido(text, text, text) TO api_login;

-- What the trail keeps of where somebody came from.
CREATE FUNCTION privado.ingreso_detalle(p_direccion text, p_agente text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('direccion', left(p_direccion, 64), 'agente', left(p_agente, 200))
$$;

-- The login that a typed name means, if it is of the staff; never a service, an owner, a group or a superuser.
CREATE FUNCTION privado.ingreso_login(p_usuario text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.login
    FROM (SELECT privado.login_de(lower(btrim(p_usuario))) AS login) AS v
    WHERE
        v.login ~ '^[a-z][a-z0-9_]{2,40}$' AND v.login <> ALL (privado.grupos())
        AND cardinality(privado.roles_de(v.login)) > 0
$$;

CREATE FUNCTION api.ingreso_login(p_usuario text) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('login', privado.ingreso_login(p_usuario))
$$;

GRANT EXECUTE ON FUNCTION api.ingreso_login(text) TO api_login;

-- Grants and policies ------------------------------------------------------------------------------------------------

-- Nobody is granted the table: only the steps above, which run as its owner, reach it.
CREATE POLICY login_intento_nadie ON datos.login_intento USING (false);
