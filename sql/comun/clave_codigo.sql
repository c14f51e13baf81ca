-- Clave, the code: setting a new password without the old one, by a code that was mailed.
--
-- Asking looks nothing up: it writes the same row for everybody, so neither the answer nor its timing says whether an
-- e-mail has an account. The worker finds out who it is, makes the code and queues the letter. A code has eight digits
-- and is good once, for fifteen minutes and five tries, and only the newest of an e-mail counts; three in fifteen minutes
-- and ten a day are made for one e-mail, so guessing is hopeless and nobody's mailbox is flooded.
--
-- Each side says who an e-mail stands for (privado.clave_sujeto) and how the new password is applied (clave.sql).

-- Reading ------------------------------------------------------------------------------------------------------------

-- The digest under which a code is kept. The row's number in it makes every code's digest its own.
CREATE FUNCTION privado.clave_huella(p_cla_id bigint, p_codigo text) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to(p_cla_id || ':' || p_codigo, 'UTF8'))
$$;

-- So many random digits, from the strong source behind gen_random_uuid().
CREATE FUNCTION privado.azar_cifras(p_cifras int) RETURNS text
LANGUAGE sql VOLATILE AS $$
    SELECT lpad(
        (('x' || left(replace(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint % (10 ^ p_cifras)::bigint)::text,
        p_cifras, '0'
    )
$$;

-- Whether one more code may be made for an e-mail now.
CREATE FUNCTION privado.clave_admite(p_email text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        count(*) FILTER (WHERE c.cla_creado > now() - interval '15 minutes') < 3
        AND count(*) < 10
    FROM datos.clave_codigo AS c
    WHERE c.cla_email = p_email AND c.cla_sujeto IS NOT NULL AND c.cla_creado > now() - interval '1 day'
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Notes that somebody wants a code for an e-mail. Always the same work and the same answer.
CREATE FUNCTION privado.clave_anotar(p_email text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO datos.clave_codigo (cla_email) VALUES (lower(btrim(p_email)));
    PERFORM pg_notify('daf_puente', 'correo');
END
$$;

CREATE FUNCTION api.clave_pedir(p_email text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.clave_anotar(p_email);
    RETURN json_build_object('message', 'Si ese correo tiene una cuenta, le enviamos un código.');
END
$$;

GRANT EXECUTE ON FUNCTION api.clave_pedir(text) TO api_login;

-- Answers what was asked: a code and its letter for who has an account, nothing for who has none or asked too often, or
-- so long ago that they gave up. How many letters were queued.
CREATE FUNCTION privado.clave_atender() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_pedido record;
    v_sujeto text;
    v_codigo text;
    v_enviados int := 0;
BEGIN
    FOR v_pedido IN
        SELECT c.cla_id, c.cla_email, c.cla_creado
        FROM datos.clave_codigo AS c
        WHERE c.cla_sujeto IS NULL
        ORDER BY c.cla_id
        LIMIT 500
        FOR UPDATE SKIP LOCKED
    LOOP
        v_sujeto := privado.clave_sujeto(v_pedido.cla_email);
        IF v_sujeto IS NULL OR v_pedido.cla_creado < now() - interval '15 minutes'
            OR NOT privado.clave_admite(v_pedido.cla_email)
        THEN
            DELETE FROM datos.clave_codigo WHERE cla_id = v_pedido.cla_id;
            CONTINUE;
        END IF;
        v_codigo := privado.azar_cifras(8);
        UPDATE datos.clave_codigo
        SET
            cla_sujeto = v_sujeto, cla_hash = privado.clave_huella(cla_id, v_codigo),
            cla_vence = now() + interval '15 minutes'
        WHERE cla_id = v_pedido.cla_id;
        PERFORM privado.correo_encolar('clave_codigo', v_pedido.cla_email, jsonb_build_object('codigo', v_codigo));
        v_enviados := v_enviados + 1;
    END LOOP;
    RETURN v_enviados;
END
$$;

CREATE FUNCTION api.clave_atender() RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('atendidos', privado.clave_atender())
$$;

GRANT EXECUTE ON FUNCTION api.clave_atender() TO puente;

-- Judges a code: who it is of, or NULL. Every wrong try counts, so it does not refuse. A wrong try does not wait for the
-- disk: who has no code has nothing to write, and the wait would tell the two apart.
CREATE FUNCTION privado.clave_codigo_usar(p_email text, p_codigo text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_email text := lower(btrim(p_email));
    v_fila datos.clave_codigo;
BEGIN
    SELECT c.* INTO v_fila
    FROM datos.clave_codigo AS c
    WHERE c.cla_email = v_email AND c.cla_sujeto IS NOT NULL
    ORDER BY c.cla_id DESC
    LIMIT 1
    FOR UPDATE;
    IF v_fila.cla_id IS NULL OR v_fila.cla_usado IS NOT NULL OR v_fila.cla_vence <= now() OR v_fila.cla_intentos >= 5
    THEN
        RETURN NULL;
    END IF;
    IF v_fila.cla_hash <> privado.clave_huella(v_fila.cla_id, btrim(p_codigo)) THEN
        PERFORM set_config('synchronous_commit', 'off', true);
        UPDATE datos.clave_codigo SET cla_intentos = cla_intentos + 1 WHERE cla_id = v_fila.cla_id;
        RETURN NULL;
    END IF;
    UPDATE datos.clave_codigo SET cla_usado = now() WHERE cla_id = v_fila.cla_id;
    IF privado.clave_sujeto(v_email) IS DISTINCT FROM v_fila.cla_sujeto THEN
        RETURN NULL;  -- since the code was made, the e-mail changed hands or its owner was deactivated
    END IF;
    RETURN v_fila.cla_sujeto;
END
$$;

-- Grants and policies ------------------------------------------------------------------------------------------------

-- Nobody is granted the table: only the steps above, which run as its owner, reach it.
CREATE POLICY clave_codigo_nadie ON datos.clave_codigo USING (false);
