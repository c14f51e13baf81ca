-- What is reserved inside an act: who may run the act is said by its grants; a part of it that only some of them may
-- use (a price, a credit limit, a state) is refused here, by the group of the person and never by a name.

-- Refuses with 403, under a named rule, who is in none of these groups.
CREATE FUNCTION privado.reservar(p_roles text[], p_rule text, p_message text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM unnest(p_roles) AS r (rol) WHERE privado.es(r.rol)) THEN
        PERFORM privado.rechazar(403, p_rule, p_message);
    END IF;
END
$$;
