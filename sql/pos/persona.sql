-- Persona: somebody the company deals with by name. A user is a person plus a login (usuario.sql).
--
-- Administrators write people, auditors read them. Who wrote a row is the login that is connected, whatever was sent.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A person as lists and answers show them; NULL for no row.
CREATE FUNCTION privado.persona_fila(p datos.persona) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', (p).per_id,
        'nombres', (p).nombres,
        'p_apellido', (p).p_apellido,
        's_apellido', (p).s_apellido,
        'fecha_nacimiento', (p).fecha_nacimiento,
        'genero', (p).genero,
        'identificacion', coalesce((p).identificacion, ''),
        'telefono', (p).telefono,
        'direccion', (p).direccion,
        'fecha_alta', (p).fecha_alta,
        'id_user_create', (p).id_user_create,
        'id_user_update', (p).id_user_update
    )
    WHERE (p).per_id IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION privado.persona_fila(datos.persona) TO personal;

-- The answer of every act on people and users: status, a sentence, and what it is about.
CREATE FUNCTION privado.respuesta(p_status int, p_message text, p_data json) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object('status', p_status, 'message', p_message, 'data', p_data)
$$;

GRANT EXECUTE ON FUNCTION privado.respuesta(int, text, json) TO personal;

-- People by name, the list envelope with status and message.
CREATE FUNCTION api.persona_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_patrones text[] := privado.patrones(p_search);
    v_total bigint;
    v_filas json;
BEGIN
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.persona AS p
        WHERE v_patrones IS NULL OR (
            p.busqueda LIKE v_patrones[1] AND p.busqueda LIKE v_patrones[2] AND p.busqueda LIKE ALL (v_patrones)
        )
        LIMIT 10001
    ) AS t;

    SELECT json_agg(privado.persona_fila(g.p)) INTO v_filas
    FROM (
        SELECT p
        FROM datos.persona AS p
        WHERE v_patrones IS NULL OR (
            p.busqueda LIKE v_patrones[1] AND p.busqueda LIKE v_patrones[2] AND p.busqueda LIKE ALL (v_patrones)
        )
        ORDER BY p.busqueda, p.per_id
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;

    RETURN privado.json_unir(
        json_build_object('status', 200, 'message', 'Personas.'), privado.sobre(v_filas, p_page, p_limit, v_total)
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.persona_listar(int, int, text) TO auditor, admin;

-- One person.
CREATE FUNCTION api.persona_obtener(p_id bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_persona json := (SELECT privado.persona_fila(p) FROM datos.persona AS p WHERE p.per_id = p_id);
BEGIN
    IF v_persona IS NULL THEN
        PERFORM privado.rechazar(404, 'persona_existe', 'No existe esa persona.');
    END IF;
    RETURN privado.respuesta(200, 'Persona.', v_persona);
END
$$;

GRANT EXECUTE ON FUNCTION api.persona_obtener(bigint) TO auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- The number of the user who is connected; NULL for a superuser or a service.
CREATE FUNCTION privado.usuario_mio() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT usr_id FROM datos.usuario WHERE usr_login = session_user
$$;

-- Fills what follows from the rest of the row: tidy texts, what searches see, and who wrote it. A birth is not ahead.
CREATE FUNCTION privado.persona_completar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.nombres := btrim(NEW.nombres);
    NEW.p_apellido := btrim(NEW.p_apellido);
    NEW.s_apellido := btrim(coalesce(NEW.s_apellido, ''));
    NEW.genero := btrim(NEW.genero);
    NEW.identificacion := nullif(btrim(NEW.identificacion), '');
    NEW.telefono := btrim(coalesce(NEW.telefono, ''));
    NEW.direccion := btrim(coalesce(NEW.direccion, ''));
    NEW.busqueda := privado.normalizar(
        concat_ws(' ', NEW.p_apellido, NEW.s_apellido, NEW.nombres, NEW.identificacion)
    );
    IF NEW.fecha_nacimiento > privado.hoy() THEN
        PERFORM privado.rechazar(422, 'persona_nacimiento_posible', 'La fecha de nacimiento no es posible.');
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.id_user_create := privado.usuario_mio();
    END IF;
    NEW.id_user_update := privado.usuario_mio();
    RETURN NEW;
END
$$;

-- Adds the row of a person.
CREATE FUNCTION privado.persona_guardar(
    p_nombres text,
    p_p_apellido text,
    p_s_apellido text,
    p_fecha_nacimiento date,
    p_genero text,
    p_identificacion text DEFAULT NULL,
    p_telefono text DEFAULT NULL,
    p_direccion text DEFAULT NULL
) RETURNS datos.persona
LANGUAGE sql AS $$
    INSERT INTO datos.persona (
        nombres, p_apellido, s_apellido, fecha_nacimiento, genero, identificacion, telefono, direccion
    )
    VALUES (
        p_nombres, p_p_apellido, p_s_apellido, p_fecha_nacimiento, p_genero, p_identificacion, p_telefono, p_direccion
    )
    RETURNING *
$$;

-- Adds a person.
CREATE FUNCTION api.persona_crear(
    p_nombres text,
    p_p_apellido text,
    p_fecha_nacimiento date,
    p_genero text,
    p_s_apellido text DEFAULT NULL,
    p_identificacion text DEFAULT NULL,
    p_telefono text DEFAULT NULL,
    p_direccion text DEFAULT NULL
) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.respuesta(201, 'Persona registrada.', privado.persona_fila(privado.persona_guardar(
        p_nombres, p_p_apellido, p_s_apellido, p_fecha_nacimiento, p_genero, p_identificacion, p_telefono, p_direccion
    )))
$$;

GRANT EXECUTE ON FUNCTION api.persona_crear(text, text, date, text, text, text, text, text) TO admin;

-- Changes what is sent of a person; '' clears an optional text.
CREATE FUNCTION api.persona_actualizar(
    p_id bigint,
    p_nombres text DEFAULT NULL,
    p_p_apellido text DEFAULT NULL,
    p_fecha_nacimiento date DEFAULT NULL,
    p_genero text DEFAULT NULL,
    p_s_apellido text DEFAULT NULL,
    p_identificacion text DEFAULT NULL,
    p_telefono text DEFAULT NULL,
    p_direccion text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_persona datos.persona;
BEGIN
    UPDATE datos.persona
    SET
        nombres = coalesce(p_nombres, nombres),
        p_apellido = coalesce(p_p_apellido, p_apellido),
        s_apellido = coalesce(p_s_apellido, s_apellido),
        fecha_nacimiento = coalesce(p_fecha_nacimiento, fecha_nacimiento),
        genero = coalesce(p_genero, genero),
        identificacion = coalesce(p_identificacion, identificacion),
        telefono = coalesce(p_telefono, telefono),
        direccion = coalesce(p_direccion, direccion)
    WHERE per_id = p_id
    RETURNING * INTO v_persona;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'persona_existe', 'No existe esa persona.');
    END IF;
    RETURN privado.respuesta(200, 'Persona actualizada.', privado.persona_fila(v_persona));
END
$$;

GRANT EXECUTE ON FUNCTION api.persona_actualizar(bigint, text, text, date, text, text, text, text, text) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER persona_completar BEFORE INSERT OR UPDATE ON datos.persona
FOR EACH ROW EXECUTE FUNCTION privado.persona_completar();

CREATE TRIGGER persona_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.persona
FOR EACH ROW EXECUTE FUNCTION privado.auditar('per_id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.persona TO auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.persona TO pos_api;

-- A person belongs to no branch: who may read one may read all.
CREATE POLICY persona_todas ON datos.persona USING (true);
