-- Asking for a user. Anybody may; only an administrator is believed.
--
-- Whoever else asks gets a row in state PEN and nothing in PostgreSQL: no role, no login, no group, whatever was sent.
-- The verifier of the password they chose (never the password) waits in usuario_espera, which no grant reaches; it
-- leaves it when an administrator activates the user, or with the request. Requests are bounded, and expire after thirty
-- days.

-- The group that a number or a name means.
CREATE FUNCTION privado.usuario_rol_de(p_rol text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_rol text := CASE WHEN p_rol ~ '^[0-9]{1,2}$' THEN (privado.grupos())[p_rol::int] ELSE lower(btrim(p_rol)) END;
BEGIN
    PERFORM privado.rol_grupos_exigir(ARRAY[v_rol]);
    RETURN v_rol;
END
$$;

-- A free login: the name, if it is one, else made of the e-mail; with a number where somebody has it already.
CREATE FUNCTION privado.usuario_login_libre(p_name text, p_email text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_base text := btrim(regexp_replace(privado.normalizar(split_part(p_email, '@', 1)), '[^a-z0-9]+', '_', 'g'), '_');
    v_login text;
BEGIN
    IF p_name ~ '^[a-z][a-z0-9_]{2,40}$' AND p_name NOT LIKE 'pg\_%' THEN
        v_base := p_name;
    ELSIF v_base !~ '^[a-z][a-z0-9_]{2}' OR v_base LIKE 'pg\_%' THEN
        v_base := 'u_' || v_base;
    END IF;
    v_login := left(v_base, 41);
    FOR v_numero IN 2..10000 LOOP
        EXIT WHEN length(v_login) > 2
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_login)
            AND NOT EXISTS (SELECT FROM datos.usuario WHERE usr_login = v_login);
        v_login := left(v_base, 36) || v_numero;
    END LOOP;
    RETURN v_login;
END
$$;

-- Adds the row of somebody who asks, with a login nobody has, and keeps the verifier aside; the login.
CREATE FUNCTION privado.usuario_solicitar(
    p_email text, p_name text, p_nombre text, p_per_id bigint, p_verificador text
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_login text;
BEGIN
    LOOP -- another request may take the same free login meanwhile
        INSERT INTO datos.usuario (usr_login, usr_email, usr_nombre, usr_estado, per_id)
        VALUES (privado.usuario_login_libre(p_name, p_email), p_email, p_nombre, 'PEN', p_per_id)
        ON CONFLICT (usr_login) DO NOTHING
        RETURNING usr_login INTO v_login;
        EXIT WHEN FOUND;
    END LOOP;
    INSERT INTO datos.usuario_espera (usr_login, verificador) VALUES (v_login, p_verificador);
    RETURN v_login;
END
$$;

-- Takes the waiting verifier of a login: it is in no table afterwards.
CREATE FUNCTION privado.usuario_espera_tomar(p_login text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM datos.usuario_espera WHERE usr_login = p_login RETURNING verificador
$$;

-- Puts another verifier in the place of the waiting one.
CREATE FUNCTION privado.usuario_espera_cambiar(p_login text, p_verificador text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.usuario_espera SET verificador = p_verificador WHERE usr_login = p_login
$$;

-- Takes a request away as if it had never been made; of a user who works or worked, nothing.
CREATE FUNCTION privado.usuario_descartar(p_login text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH descartado AS (
        DELETE FROM datos.usuario WHERE usr_login = p_login AND usr_estado = 'PEN' RETURNING usr_login, per_id
    ), lugar AS (
        DELETE FROM datos.usuario_establecimiento WHERE usr_login IN (SELECT usr_login FROM descartado)
    )
    DELETE FROM datos.persona WHERE per_id IN (SELECT per_id FROM descartado)
$$;

-- Makes room for one more request: forgets those that nobody answered in thirty days, and refuses beyond a thousand.
CREATE FUNCTION privado.usuario_espera_cupo() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.usuario_descartar(e.usr_login)
    FROM datos.usuario_espera AS e
    WHERE e.solicitada_en < now() - interval '30 days';
    IF (SELECT count(*) FROM datos.usuario_espera) >= 1000 THEN
        PERFORM privado.rechazar(409, 'usuario_espera_llena', 'Hay demasiadas solicitudes por atender.');
    END IF;
END
$$;

-- Queues the letter that tells somebody that they may come in.
CREATE FUNCTION privado.usuario_bienvenida(p_login text) RETURNS void
LANGUAGE sql AS $$
    SELECT privado.correo_encolar(
        'cuenta_activada', u.usr_email, jsonb_build_object('nombre', u.usr_nombre, 'login', u.usr_login)
    )
    FROM datos.usuario AS u
    WHERE u.usr_login = p_login AND u.usr_email IS NOT NULL
$$;

-- Asks for a user. From an administrator it is active at once, in the role that must then be named, unless it is sent
-- with p_estado false; from anybody else it waits, and p_estado and p_id_role count for nothing.
CREATE FUNCTION api.usuario_registrar(
    p_email text,
    p_verificador text,
    p_nombres text,
    p_p_apellido text,
    p_fecha_nacimiento date,
    p_genero text,
    p_s_apellido text DEFAULT NULL,
    p_name text DEFAULT NULL,
    p_estado boolean DEFAULT NULL,
    p_id_role text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_activo boolean := privado.es('admin') AND p_estado IS DISTINCT FROM false;
    v_persona datos.persona;
    v_login text;
BEGIN
    PERFORM privado.rol_verificador_exigir(p_verificador);
    IF NOT privado.es('admin') THEN
        PERFORM privado.usuario_espera_cupo();
    END IF;
    v_persona := privado.persona_guardar(p_nombres, p_p_apellido, p_s_apellido, p_fecha_nacimiento, p_genero);
    v_login := privado.usuario_solicitar(
        lower(btrim(p_email)),
        btrim(p_name),
        coalesce(nullif(btrim(p_name), ''), concat_ws(' ', btrim(p_nombres), btrim(p_p_apellido))),
        v_persona.per_id,
        p_verificador
    );
    IF v_activo THEN
        PERFORM privado.usuario_encender(
            v_login, CASE WHEN nullif(p_id_role, '') IS NOT NULL THEN ARRAY[privado.usuario_rol_de(p_id_role)] END
        );
        RETURN privado.respuesta(201, 'Usuario creado.', privado.usuario_json(v_login));
    END IF;
    RETURN privado.respuesta(
        201, 'Solicitud recibida: un administrador debe activarla.', privado.usuario_pendiente(v_login)
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_registrar(text, text, text, text, date, text, text, text, boolean, text)
TO personal, api_login;

-- What somebody who asked is told of their request. Not its login: which ones are taken is nobody's business.
CREATE FUNCTION privado.usuario_pendiente(p_login text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN privado.es('admin') THEN privado.usuario_json(p_login)
        ELSE (
            SELECT json_build_object(
                'id', u.usr_id, 'name', u.usr_nombre, 'email', u.usr_email, 'estado', false, 'usr_estado', u.usr_estado
            )
            FROM datos.usuario AS u
            WHERE u.usr_login = p_login
        )
    END
$$;

-- Grants and policies ------------------------------------------------------------------------------------------------

-- Only steps of the data owner come here.
CREATE POLICY usuario_espera_nadie ON datos.usuario_espera USING (false);
