-- Producto, what must be true at any time: see doctor.sql for how the doctor finds these.

CREATE FUNCTION privado.doctor_precio_con_historia() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.prd_codigo
    FROM datos.producto AS p
    LEFT JOIN (
        SELECT DISTINCT ON (h.prd_codigo) h.prd_codigo, h.prd_precio_venta, h.prd_promocion
        FROM datos.producto_precio AS h
        ORDER BY h.prd_codigo, h.prp_desde DESC, h.prp_id DESC
    ) AS u USING (prd_codigo)
    WHERE
        p.prd_codigo <> 'ENVIO'
        AND (p.prd_precio_venta, p.prd_promocion) IS DISTINCT FROM (u.prd_precio_venta, u.prd_promocion)
$$;

COMMENT ON FUNCTION privado.doctor_precio_con_historia()
IS 'El precio y la promoción de cada producto son los últimos de su historia.';

CREATE FUNCTION privado.doctor_servicio_sin_existencia() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.itm_codigo || ' ' || e.bod_codigo
    FROM datos.existencia AS e
    JOIN datos.producto AS p ON e.itm_codigo = p.prd_codigo
    WHERE p.prd_tipo = 'SERVICIO' AND e.exi_cantidad <> 0
$$;

COMMENT ON FUNCTION privado.doctor_servicio_sin_existencia() IS 'Un servicio no tiene existencia.';

CREATE FUNCTION privado.doctor_existencia_de_articulo() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.itm_codigo || ' ' || e.bod_codigo
    FROM datos.existencia AS e
    WHERE
        NOT EXISTS (SELECT FROM datos.producto AS p WHERE p.prd_codigo = e.itm_codigo)
        AND NOT EXISTS (SELECT FROM datos.materia_prima AS m WHERE m.mp_codigo = e.itm_codigo)
$$;

COMMENT ON FUNCTION privado.doctor_existencia_de_articulo()
IS 'Toda existencia es de un producto o de una materia prima que existe.';
