-- Metrics of the till's half of the bridge.

-- Changes the shop has still to hear of.
CREATE FUNCTION privado.metrica_puente_cambios_pendientes() RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::numeric FROM datos.puente_cambio
$$;
COMMENT ON FUNCTION privado.metrica_puente_cambios_pendientes() IS 'Cambios que la tienda aún no sabe';

-- Changes the shop refused, set aside until somebody looks.
CREATE FUNCTION privado.metrica_puente_cambios_rechazados() RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::numeric FROM datos.puente_cambio WHERE cam_error IS NOT NULL
$$;
COMMENT ON FUNCTION privado.metrica_puente_cambios_rechazados() IS 'Cambios que la tienda rechazó';

-- Movements of units between till and shop that are not finished.
CREATE FUNCTION privado.metrica_cupo_web_en_curso() RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::numeric FROM datos.cupo_web WHERE cup_estado IN ('PENDIENTE', 'SUBIENDO', 'BAJANDO')
$$;
COMMENT ON FUNCTION privado.metrica_cupo_web_en_curso() IS 'Movimientos de unidades con la tienda sin terminar';
