-- Doctor: what must be true at any time, as queries that return no row.
--
-- An invariant is a function `privado.doctor_<name>()` that answers the keys it is broken for, and its comment says it
-- in Spanish; `privado.aviso_<name>()` alike is worth a look but no fault. Any capability file may hold some: the
-- doctor finds them in the catalog. All run in one snapshot (STABLE functions see that of the calling statement), so
-- it can be asked while the shop sells.

-- Goods --------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_existencia_igual_kardex() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(e.itm_codigo, k.itm_codigo) || ' ' || coalesce(e.bod_codigo, k.bod_codigo)
    FROM datos.existencia AS e
    FULL JOIN (
        SELECT
            itm_codigo, bod_codigo,
            sum(krd_signo * krd_cantidad) AS cantidad, sum(krd_signo * krd_valor) AS valor,
            max(krd_secuencia) AS secuencia
        FROM datos.kardex
        GROUP BY itm_codigo, bod_codigo
    ) AS k USING (itm_codigo, bod_codigo)
    WHERE
        (coalesce(e.exi_cantidad, 0), coalesce(e.exi_valor, 0), coalesce(e.exi_secuencia, 0))
        IS DISTINCT FROM (coalesce(k.cantidad, 0), coalesce(k.valor, 0), coalesce(k.secuencia, 0))
$$;

COMMENT ON FUNCTION privado.doctor_existencia_igual_kardex()
IS 'La existencia es la suma de su kardex, en cantidad y en valor.';

CREATE FUNCTION privado.doctor_existencia_sin_restos() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT itm_codigo || ' ' || bod_codigo
    FROM datos.existencia
    WHERE exi_cantidad < 0 OR exi_valor < 0 OR (exi_cantidad = 0 AND exi_valor <> 0)
$$;

COMMENT ON FUNCTION privado.doctor_existencia_sin_restos()
IS 'Ninguna existencia es negativa, y sin unidades no queda valor.';

CREATE FUNCTION privado.doctor_kardex_corrido() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT krd_codigo::text
    FROM (
        SELECT
            krd_codigo, krd_secuencia, krd_saldo, krd_valor_saldo,
            row_number() OVER corrida AS secuencia,
            sum(krd_signo * krd_cantidad) OVER corrida AS saldo,
            sum(krd_signo * krd_valor) OVER corrida AS valor_saldo
        FROM datos.kardex
        WINDOW corrida AS (PARTITION BY itm_codigo, bod_codigo ORDER BY krd_secuencia)
    ) AS k
    WHERE (krd_secuencia, krd_saldo, krd_valor_saldo) IS DISTINCT FROM (secuencia, saldo, valor_saldo)
$$;

COMMENT ON FUNCTION privado.doctor_kardex_corrido()
IS 'La secuencia de cada ítem no tiene huecos y cada renglón lleva su saldo corrido.';

CREATE FUNCTION privado.doctor_kardex_conocido() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.krd_codigo::text
    FROM datos.kardex AS k
    LEFT JOIN datos.transaccion AS t USING (trn_cod)
    LEFT JOIN datos.kardex AS r ON r.krd_codigo = k.krd_revierte
    WHERE
        t.trn_cod IS NULL
        OR k.krd_signo <> t.trn_signo * CASE WHEN k.krd_revierte IS NULL THEN 1 ELSE -1 END
        OR (k.krd_revierte IS NOT NULL AND (r.itm_codigo, r.bod_codigo, r.trn_cod, r.krd_cantidad)
            IS DISTINCT FROM (k.itm_codigo, k.bod_codigo, k.trn_cod, k.krd_cantidad))
$$;

COMMENT ON FUNCTION privado.doctor_kardex_conocido()
IS 'Cada movimiento lleva el signo de su transacción, y cada reverso lo opuesto de lo que revierte.';

CREATE FUNCTION privado.aviso_existencia_sin_costo() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT itm_codigo || ' ' || bod_codigo FROM datos.existencia WHERE exi_cantidad > 0 AND exi_valor = 0
$$;

COMMENT ON FUNCTION privado.aviso_existencia_sin_costo() IS 'Hay unidades que entraron sin costo conocido.';

-- Money --------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_asiento_cuadra() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.asi_id::text
    FROM datos.asiento AS a
    LEFT JOIN datos.asiento_linea AS l USING (asi_id)
    GROUP BY a.asi_id
    HAVING sum(l.monto) IS DISTINCT FROM 0
$$;

COMMENT ON FUNCTION privado.doctor_asiento_cuadra() IS 'Las líneas de cada asiento suman cero.';

CREATE FUNCTION privado.doctor_saldo_igual_libro() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.clase || ' ' || c.ref
    FROM datos.cuenta AS c
    JOIN datos.cuenta_clase AS k USING (clase)
    LEFT JOIN datos.saldo AS s USING (cta_id)
    LEFT JOIN (
        SELECT cta_id, sum(monto) AS monto FROM datos.asiento_linea GROUP BY cta_id
    ) AS l USING (cta_id)
    WHERE
        (k.guardada AND (s.cta_id IS NULL OR s.saldo <> coalesce(l.monto, 0)))
        OR s.saldo < s.piso
$$;

COMMENT ON FUNCTION privado.doctor_saldo_igual_libro()
IS 'El saldo de cada cuenta guardada es la suma de sus líneas y respeta su mínimo.';

CREATE FUNCTION privado.doctor_cuenta_conocida() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT l.cta_id::text
    FROM datos.asiento_linea AS l
    WHERE NOT EXISTS (SELECT FROM datos.cuenta AS c WHERE c.cta_id = l.cta_id)
$$;

COMMENT ON FUNCTION privado.doctor_cuenta_conocida() IS 'Toda línea del libro es de una cuenta que existe.';

CREATE FUNCTION privado.doctor_inventario_igual_existencia() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'libro ' || l.monto || ', existencia ' || e.valor
    FROM (
        SELECT coalesce(sum(l.monto), 0) AS monto
        FROM datos.asiento_linea AS l
        JOIN datos.cuenta AS c USING (cta_id)
        WHERE c.clase = 'INVENTARIO'
    ) AS l
    CROSS JOIN (SELECT coalesce(sum(round(exi_valor, 2)), 0) AS valor FROM datos.existencia) AS e
    WHERE l.monto <> e.valor
$$;

COMMENT ON FUNCTION privado.doctor_inventario_igual_existencia()
IS 'La cuenta de inventario es la suma del valor de las existencias, en centavos.';

CREATE FUNCTION privado.doctor_cobro_igual_cuenta() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(c.ref, x.cli_codigo)
    FROM (
        SELECT c.ref, s.saldo FROM datos.cuenta AS c JOIN datos.saldo AS s USING (cta_id) WHERE c.clase = 'CLIENTE'
    ) AS c
    FULL JOIN (
        SELECT cli_codigo, sum(cxc_saldo) AS saldo FROM datos.cuenta_por_cobrar GROUP BY cli_codigo
    ) AS x ON x.cli_codigo = c.ref
    WHERE coalesce(c.saldo, 0) <> coalesce(x.saldo, 0)
$$;

COMMENT ON FUNCTION privado.doctor_cobro_igual_cuenta()
IS 'Lo que cada cliente debe en sus documentos es el saldo de su cuenta.';

-- Documents ----------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_numeracion_sin_huecos() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(n.eta_codigo, f.eta_codigo) || '-' || coalesce(n.pto_codigo, f.pto_codigo)
    FROM (SELECT eta_codigo, pto_codigo, ultimo FROM datos.numeracion WHERE doc_tipo = 'FAC') AS n
    FULL JOIN (
        SELECT eta_codigo, pto_codigo, count(*) AS cuantas, max(fac_secuencial) AS mayor
        FROM datos.factura
        WHERE fac_secuencial IS NOT NULL
        GROUP BY eta_codigo, pto_codigo
    ) AS f USING (eta_codigo, pto_codigo)
    WHERE
        coalesce(n.ultimo, 0) <> coalesce(f.cuantas, 0) OR coalesce(n.ultimo, 0) <> coalesce(f.mayor, 0)
$$;

COMMENT ON FUNCTION privado.doctor_numeracion_sin_huecos()
IS 'En cada serie, facturas numeradas = número mayor = contador.';

CREATE FUNCTION privado.doctor_factura_suma_lineas() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.fac_codigo
    FROM datos.factura AS f
    LEFT JOIN datos.factura_detalle AS d USING (fac_codigo)
    GROUP BY f.fac_codigo
    HAVING
        (f.fac_subtotal, f.fac_iva, f.fac_total) IS DISTINCT FROM (
            coalesce(sum(d.pxfa_subtotal), 0), coalesce(sum(d.pxfa_iva), 0),
            coalesce(sum(d.pxfa_subtotal + d.pxfa_iva), 0)
        )
$$;

COMMENT ON FUNCTION privado.doctor_factura_suma_lineas() IS 'Los totales de cada factura son la suma de sus líneas.';

CREATE FUNCTION privado.doctor_factura_en_kardex() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(d.fac_codigo, k.fac_codigo) || ' línea ' || coalesce(d.pxfa_codigo, k.pxfa_codigo)
    FROM (
        SELECT f.fac_codigo, d.pxfa_codigo, d.pxfa_cantidad, d.pxfa_costo, f.fac_estado = 'ANU' AS anulada
        FROM datos.factura AS f
        JOIN datos.factura_detalle AS d USING (fac_codigo)
        WHERE f.fac_secuencial IS NOT NULL
    ) AS d
    FULL JOIN (
        SELECT
            doc_codigo AS fac_codigo, doc_linea AS pxfa_codigo,
            sum(krd_cantidad) FILTER (WHERE trn_cod = 'VEN') AS vendida,
            sum(krd_valor) FILTER (WHERE trn_cod = 'VEN') AS costo,
            coalesce(sum(krd_cantidad) FILTER (WHERE trn_cod = 'ANV'), 0) AS anulada,
            coalesce(sum(krd_valor) FILTER (WHERE trn_cod = 'ANV'), 0) AS costo_anulado
        FROM datos.kardex
        WHERE doc_tipo = 'FAC'
        GROUP BY doc_codigo, doc_linea
    ) AS k USING (fac_codigo, pxfa_codigo)
    WHERE
        -- A service has cost 0 and no movement.
        (k.pxfa_codigo IS NULL AND d.pxfa_costo IS DISTINCT FROM 0)
        OR (k.pxfa_codigo IS NOT NULL AND (
            (d.pxfa_cantidad, d.pxfa_costo) IS DISTINCT FROM (k.vendida, k.costo)
            OR (k.anulada, k.costo_anulado) IS DISTINCT FROM (
                CASE WHEN d.anulada THEN d.pxfa_cantidad ELSE 0 END, CASE WHEN d.anulada THEN d.pxfa_costo ELSE 0 END
            )
        ))
$$;

COMMENT ON FUNCTION privado.doctor_factura_en_kardex()
IS 'Cada línea emitida salió del kardex con su cantidad y su costo, y volvió entera si la factura se anuló.';

CREATE FUNCTION privado.doctor_factura_en_libro() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(f.fac_codigo, l.fac_codigo)
    FROM (
        SELECT
            fac_codigo,
            CASE WHEN fac_estado = 'APR' THEN fac_subtotal ELSE 0 END AS ventas,
            CASE WHEN fac_estado = 'APR' THEN fac_iva ELSE 0 END AS iva
        FROM datos.factura
        WHERE fac_secuencial IS NOT NULL
    ) AS f
    FULL JOIN (
        SELECT
            a.doc_codigo AS fac_codigo,
            coalesce(-sum(l.monto) FILTER (WHERE c.clase = 'VENTAS'), 0) AS ventas,
            coalesce(-sum(l.monto) FILTER (WHERE c.clase = 'IVA_VENTAS'), 0) AS iva
        FROM datos.asiento AS a
        JOIN datos.asiento_linea AS l USING (asi_id)
        JOIN datos.cuenta AS c USING (cta_id)
        WHERE a.doc_tipo = 'FAC'
        GROUP BY a.doc_codigo
    ) AS l USING (fac_codigo)
    WHERE (coalesce(f.ventas, 0), coalesce(f.iva, 0)) <> (coalesce(l.ventas, 0), coalesce(l.iva, 0))
$$;

COMMENT ON FUNCTION privado.doctor_factura_en_libro()
IS 'La venta y el IVA de cada factura emitida están en el libro, y en cero los de cada anulada.';
