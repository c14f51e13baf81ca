-- Caja: money in a drawer moves only inside the person's own open session.

-- Refuses an act that would move cash. Nobody has a session open: there are none yet.
CREATE FUNCTION privado.sesion_caja_exigir() RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM privado.rechazar(409, 'sin_sesion_caja', 'No tiene una sesión de caja abierta.');
END
$$;
