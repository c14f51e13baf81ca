-- Ingreso at the till: who a typed name is of.

-- The login behind a login or an e-mail, if it is of the staff.
CREATE FUNCTION privado.ingreso_sujeto(p_usuario text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT privado.ingreso_login(p_usuario)
$$;
