-- Totals: the one arithmetic of price, promotion and IVA, for invoices, carts and orders alike.
--
-- A line: gross = round(price x quantity, 2); discount = round(gross x promotion / 100, 2); net = gross - discount.
-- Lines of one rate are taxed together, so the tax of a document never depends on how it was cut into lines:
--   prices without IVA   subtotal = net; IVA of the rate = round(sum of nets x rate, 2), handed out along the running
--                        sum, so each line is within a cent of its own tax and never negative
--   prices with IVA      base of the rate = round(sum of nets / (1 + rate), 2), IVA = sum - base; each line takes its
--                        own rounded base and the rate's largest line what is left over; where the cents of many small
--                        lines are more than that line has, all are handed out along the running sum instead, so that
--                        no line ever has a negative base or a negative tax
-- Rounding is half away from zero, on numeric, never float, and never twice: percents multiply by 0.01, which is exact,
-- and the one true quotient is carried to thirty decimals first.

-- What an amount that includes its IVA is without it.
CREATE FUNCTION privado.base_de(p_monto numeric, p_porcentaje numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
    SELECT round(round(p_monto * 100, 30) / (100 + p_porcentaje), 2)
$$;

GRANT EXECUTE ON FUNCTION privado.base_de(numeric, numeric) TO personal, ecom_publico, ecom_cliente, puente;

-- The amounts of each line, in the order given. Percentages are whole percents (15 is 15 %); a NULL promotion is none.
CREATE FUNCTION privado.lineas_totalizar(
    p_cantidad numeric[], p_precio numeric[], p_promocion numeric[], p_porcentaje numeric[], p_incluye_iva boolean
) RETURNS TABLE (linea int, bruto numeric, descuento numeric, subtotal numeric, iva numeric)
LANGUAGE plpgsql IMMUTABLE ROWS 5 AS $$
BEGIN
    RETURN QUERY
    WITH pedida AS (
        SELECT l.n::int AS n, l.porcentaje, coalesce(l.promocion, 0) AS promocion,
            round(l.precio * l.cantidad, 2) AS bruto
        FROM unnest(p_cantidad, p_precio, p_promocion, p_porcentaje)
            WITH ORDINALITY AS l (cantidad, precio, promocion, porcentaje, n)
    ),
    neta AS (
        SELECT p.n, p.porcentaje, p.bruto, d.descuento, p.bruto - d.descuento AS neto,
            privado.base_de(p.bruto - d.descuento, p.porcentaje) AS base
        FROM pedida AS p
        CROSS JOIN LATERAL (SELECT round(p.bruto * p.promocion * 0.01, 2) AS descuento) AS d
    ),
    tarifa AS (
        SELECT t.n, t.porcentaje, t.bruto, t.descuento, t.neto, t.base,
            sum(t.neto) OVER corrida AS corrido,
            privado.base_de(sum(t.neto) OVER toda, t.porcentaje) - sum(t.base) OVER toda AS resto,
            max(t.neto) OVER toda AS neto_mayor,
            max(t.base) OVER toda AS base_mayor,
            row_number() OVER mayor = 1 AS es_mayor
        FROM neta AS t
        WINDOW
            toda AS (PARTITION BY t.porcentaje),
            corrida AS (PARTITION BY t.porcentaje ORDER BY t.n),
            mayor AS (PARTITION BY t.porcentaje ORDER BY t.neto DESC, t.n)
    )
    SELECT t.n, t.bruto, t.descuento, s.subtotal,
        CASE
            WHEN p_incluye_iva THEN t.neto - s.subtotal
            ELSE round(t.corrido * t.porcentaje * 0.01, 2) - round((t.corrido - t.neto) * t.porcentaje * 0.01, 2)
        END
    FROM tarifa AS t
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN NOT p_incluye_iva THEN t.neto
            WHEN t.base_mayor + t.resto NOT BETWEEN 0 AND t.neto_mayor
            THEN privado.base_de(t.corrido, t.porcentaje) - privado.base_de(t.corrido - t.neto, t.porcentaje)
            WHEN t.es_mayor THEN t.base + t.resto
            ELSE t.base
        END AS subtotal
    ) AS s
    ORDER BY t.n;
END
$$;

GRANT EXECUTE ON FUNCTION privado.lineas_totalizar(numeric[], numeric[], numeric[], numeric[], boolean)
TO personal, ecom_publico, ecom_cliente, puente;
