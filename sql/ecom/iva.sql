-- IVA in the shop: a copy of the POS's rates, brought by the bridge. A cart is taxed at today's rate; an order keeps the
-- class, SRI code and percent it was charged with.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The rate of a class on a date; no row where the class had none.
CREATE FUNCTION privado.iva_en(p_iva_codigo text, p_fecha date) RETURNS TABLE (sri_codigo text, porcentaje numeric)
LANGUAGE sql STABLE AS $$
    SELECT t.sri_codigo, t.porcentaje
    FROM datos.tarifa_iva AS t
    WHERE t.iva_codigo = p_iva_codigo AND daterange(t.desde, t.hasta, '[]') @> p_fecha
$$;

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, DELETE ON datos.tarifa_iva TO ecom_api;
GRANT SELECT ON datos.tarifa_iva TO personal;

CREATE POLICY tarifa_iva_todas ON datos.tarifa_iva USING (true);
