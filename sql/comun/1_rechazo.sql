-- Refusal: the only way SQL says no.
--
-- A refusal has a kind (the HTTP status it means) and a rule (a stable name). Both travel as SQLSTATE and constraint
-- name, so a CHECK, a foreign key and a hand-written refusal arrive alike. The message is for people, in Spanish,
-- and never repeats what the caller typed.

-- Refuses the current act under a named rule: kind 401, 403, 404, 409 or 422.
CREATE FUNCTION privado.rechazar(p_kind int, p_rule text, p_message text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'NG' || p_kind,
        CONSTRAINT = p_rule,
        MESSAGE = p_message;
END
$$;

GRANT EXECUTE ON FUNCTION privado.rechazar(int, text, text)
TO personal, api_login, ecom_publico, ecom_cliente, puente;

-- Refuses because of how often something was done lately: kind 429, and in how many seconds it may be tried again.
CREATE FUNCTION privado.frenar(p_rule text, p_message text, p_segundos int) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'NG429',
        CONSTRAINT = p_rule,
        MESSAGE = p_message,
        DETAIL = greatest(p_segundos, 1)::text;
END
$$;

-- The Spanish sentence of every declared rule: the comment on its constraint, or on its unique index. Read once per
-- process.
CREATE FUNCTION api.restricciones() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_object_agg(r.nombre, r.frase), '{}'::json)
    FROM (
        SELECT c.conname AS nombre, obj_description(c.oid, 'pg_constraint') AS frase
        FROM pg_catalog.pg_constraint AS c
        WHERE c.connamespace = 'datos'::regnamespace
        UNION ALL
        SELECT i.relname, obj_description(i.oid, 'pg_class')
        FROM pg_catalog.pg_class AS i
        WHERE i.relnamespace = 'datos'::regnamespace AND i.relkind = 'i'
    ) AS r
    WHERE r.frase IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION api.restricciones() TO api_login;

-- Append-only tables: nobody rewrites what a ledger or the audit trail says, whatever they were granted.
CREATE FUNCTION privado.solo_agregar() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'NG409',
        CONSTRAINT = 'solo_agregar',
        MESSAGE = 'Este registro no se modifica ni se borra: se corrige con otro opuesto.';
END
$$;
