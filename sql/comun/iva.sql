-- IVA on both sides: the POS keeps the rates, the bridge copies them to the shop, and one question reads them.

-- The rate of a class on a date; no row where the class had none.
CREATE FUNCTION privado.iva_en(p_iva_codigo text, p_fecha date) RETURNS TABLE (sri_codigo text, porcentaje numeric)
LANGUAGE sql STABLE AS $$
    SELECT t.sri_codigo, t.porcentaje
    FROM datos.tarifa_iva AS t
    WHERE t.iva_codigo = p_iva_codigo AND daterange(t.desde, t.hasta, '[]') @> p_fecha
$$;

GRANT EXECUTE ON FUNCTION privado.iva_en(text, date) TO personal, puente;
