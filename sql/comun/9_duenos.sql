-- Owners and the outer walls: loaded last.
--
-- The schema says the owner: `api` belongs to <side>_api, `privado` to <side>_datos, except the crown jewels named
-- here, which read pg_authid, change roles or end connections, and so stay the superuser's. A house test reads this
-- list. PUBLIC has nothing: no CONNECT, TEMP, CREATE or EXECUTE, and no large objects, which no policy would guard.

DO $owners$
DECLARE
    v_crown_jewels CONSTANT text[] := ARRAY[
        'sesion_sal', 'sesion_vigente', 'sesion_terminar', 'digesto_de',
        'rol_hacer', 'rol_crear', 'rol_clave', 'rol_grupos', 'rol_ingreso', 'rol_desconectar', 'usuario_terminar',
        'rol_restablecer', 'arranque_rol'
    ];
    v_side text := current_setting('daf.lado');
    v_row record;
BEGIN
    FOR v_row IN
        SELECT p.oid::regprocedure AS function_name, n.nspname AS schema_name
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON p.pronamespace = n.oid
        WHERE n.nspname IN ('api', 'privado') AND p.proname <> ALL (v_crown_jewels)
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s OWNER TO %I',
            v_row.function_name,
            v_side || CASE v_row.schema_name WHEN 'api' THEN '_api' ELSE '_datos' END
        );
    END LOOP;

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO personal, api_login, puente%s',
        current_database(),
        CASE v_side WHEN 'ecom' THEN ', ecom_publico, ecom_cliente' ELSE '' END
    );
    EXECUTE format('GRANT USAGE ON SCHEMA datos, privado, api TO %I, %I', v_side || '_datos', v_side || '_api');
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA privado TO %I', v_side || '_api');
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA privado TO %I', v_side || '_datos');
    EXECUTE format(
        'REVOKE EXECUTE ON FUNCTION privado.rol_hacer, privado.rol_desconectar FROM %I, %I',
        v_side || '_api', v_side || '_datos' -- they ask for no permission: for the superuser's own functions only
    );
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA datos TO %I', v_side || '_api');

    FOR v_row IN
        SELECT p.oid::regprocedure AS function_name
        FROM pg_proc AS p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ '^(lo_|lowrite|loread)'
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', v_row.function_name);
    END LOOP;
END
$owners$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA api, privado, datos TO personal, api_login, puente, ecom_publico, ecom_cliente;
