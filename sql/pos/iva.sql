-- IVA: a product names a class, and the class has a rate for every date. A document takes the rate of its own local
-- date, so the rates of the past are never changed, only ended. Any staff reads them.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The rates: without a page those in force today, one per class; with a page the whole history, the latest first.
CREATE FUNCTION api.iva_listar(p_page int DEFAULT NULL, p_limit int DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH tarifas AS (
        SELECT t.iva_codigo, c.iva_descripcion, t.sri_codigo, t.porcentaje, t.desde, t.hasta
        FROM datos.tarifa_iva AS t
        JOIN datos.iva_clase AS c USING (iva_codigo)
        WHERE p_page IS NOT NULL OR daterange(t.desde, t.hasta, '[]') @> privado.hoy()
    ),
    pagina AS (
        SELECT * FROM tarifas
        ORDER BY iva_codigo, desde DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    )
    SELECT privado.sobre(
        json_agg(
            json_build_object(
                'iva_codigo', g.iva_codigo,
                'iva_descripcion', g.iva_descripcion,
                'sri_codigo', g.sri_codigo,
                'porcentaje', trim_scale(g.porcentaje),
                'desde', g.desde,
                'hasta', g.hasta
            )
            ORDER BY g.iva_codigo, g.desde DESC
        ),
        p_page, p_limit, (SELECT count(*) FROM tarifas)
    )
    FROM pagina AS g
$$;

GRANT EXECUTE ON FUNCTION api.iva_listar(int, int) TO personal;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER tarifa_iva_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.tarifa_iva
FOR EACH ROW EXECUTE FUNCTION privado.auditar('iva_codigo');

CREATE TRIGGER iva_clase_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.iva_clase
FOR EACH ROW EXECUTE FUNCTION privado.auditar('iva_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.iva_clase, datos.tarifa_iva TO personal, pos_api;

CREATE POLICY iva_clase_todas ON datos.iva_clase USING (true);
CREATE POLICY tarifa_iva_todas ON datos.tarifa_iva USING (true);
