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
-- them nothing but the pause of their own name. Not even that, if their client still shows a token of theirs, however
-- old: then the counter is that token's, which nobody else can show. No counter knows whether a name exists.
--
-- So all that one address can make PostgreSQL try in T seconds, on one side, is at most
--
--     90 + T / 15 + K * (11 + T / 30)
--
-- where K counts the people who got in from there in the last thirty days, and the sessions whose tokens are shown.
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

-- The counters that judge an attempt, coarsest first. p_sujeto and p_sid are of a token of ours that came with it.
CREATE FUNCTION privado.ingreso_claves(
    p_usuario text, p_huella text, p_red text, p_sujeto text, p_sid text
) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN v.sujeto = p_sujeto THEN ARRAY[format('p %s %s', p_huella, p_sid)]
        WHEN privado.ingreso_conocido(v.sujeto, p_red) THEN ARRAY[format('p %s %s', p_huella, p_red)]
        ELSE ARRAY[format('a %s', p_red), format('p %s %s', p_huella, p_red)]
    END
    FROM (SELECT privado.ingreso_sujeto(p_usuario) AS sujeto) AS v
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Takes one attempt from a counter, if there is one to take. The row's lock makes it atomic.
CREATE FUNCTION privado.intento_tomar(p_clave text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_de_lugar CONSTANT boolean := p_clave LIKE 'a %';
    v_libres CONSTANT int := CASE WHEN v_de_lugar THEN 50 ELSE 5 END;
    v_paso CONSTANT int := CASE WHEN v_de_lugar THEN 10 ELSE 1 END;
    v_goteo CONSTANT real := CASE WHEN v_de_lugar THEN 15 ELSE 60 END;
BEGIN
    INSERT INTO datos.login_intento AS i (clave, cuenta, visto_en, libre_en)
    VALUES (p_clave, 1, clock_timestamp(), clock_timestamp())
    ON CONFLICT (clave) DO UPDATE SET (cuenta, visto_en, libre_en) = (
        SELECT c.cuenta, clock_timestamp(), clock_timestamp() + privado.intento_pausa(c.cuenta, v_libres, v_paso)
        FROM (
            SELECT least(
                greatest(i.cuenta - extract(EPOCH FROM clock_timestamp() - i.visto_en) / v_goteo, 0) + 1,
                v_libres + 6 * v_paso  -- where the pause is longest
            )::real AS cuenta
        ) AS c
    )
    WHERE i.libre_en <= clock_timestamp();
    RETURN FOUND;
END
$$;

-- Gives one attempt back to each of some counters; one that succeeded also starts its name anew.
CREATE FUNCTION privado.intento_devolver(p_claves text[], p_logrado boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datos.login_intento SET cuenta = greatest(cuenta - 1, 0) WHERE clave = ANY (p_claves);
    DELETE FROM datos.login_intento WHERE p_logrado AND clave = ANY (p_claves) AND clave LIKE 'p %';
END
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

-- Takes one attempt from each of some counters, or from none: the seconds until all of them have one, 0 when it may be
-- made now.
CREATE FUNCTION privado.ingreso_tomar(p_claves text[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    FOR v_i IN 1 .. cardinality(p_claves) LOOP
        IF NOT privado.intento_tomar(p_claves[v_i]) THEN
            PERFORM privado.intento_devolver(p_claves[1:v_i - 1], false);
            RETURN (
                SELECT greatest(ceil(extract(EPOCH FROM max(i.libre_en) - clock_timestamp()))::int, 1)
                FROM datos.login_intento AS i WHERE i.clave = ANY (p_claves)
            );
        END IF;
    END LOOP;
    PERFORM privado.intento_olvidar();
    RETURN 0;
END
$$;

-- Before connecting: counts the attempt, says what it was taken from, and which login the typed name means (null unless
-- it is of the staff).
CREATE FUNCTION api.ingreso_contar(
    p_usuario text, p_huella text, p_red text, p_sujeto text DEFAULT NULL, p_sid text DEFAULT NULL
) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'espera', privado.ingreso_tomar(v.claves), 'claves', v.claves, 'login', privado.ingreso_login(p_usuario)
    )
    FROM (SELECT privado.ingreso_claves(p_usuario, p_huella, p_red, p_sujeto, p_sid) AS claves) AS v
$$;

GRANT EXECUTE ON FUNCTION api.ingreso_contar(text, text, text, text, text) TO api_login;

-- Gives an attempt back that succeeded, to the counters it was taken from. p_logrado: it proved who tries, so their
-- name starts anew.
CREATE FUNCTION api.ingreso_devolver(p_claves text[], p_logrado boolean DEFAULT true) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.intento_devolver(p_claves, p_logrado);
    RETURN json_build_object('devuelto', true);
END
$$;

GRANT EXECUTE ON FUNCTION api.ingreso_devolver(text[], boolean) TO api_login;

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
