-- Estándar, production: what a recipe takes out of the stockroom and what it puts in.
--
-- One act: each material leaves by CON at what it costs there, the product enters by ESI worth exactly what they took.
-- The rows share a production code (doc_tipo PRO). All balance rows are locked first, in item order. A production is
-- taken back as a whole, through its ESI row: see kardex_manual.sql.

-- Refuses a recipe that production may not name for a product.
CREATE FUNCTION privado.produccion_juzgar(p_prd_codigo text, p_est_cod text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_estandar datos.estandar;
BEGIN
    IF nullif(p_est_cod, '') IS NULL THEN
        PERFORM privado.rechazar(422, 'estandar_requerido', 'La producción nombra un estándar aprobado.');
    END IF;
    SELECT e.* INTO v_estandar FROM datos.estandar AS e WHERE e.est_cod = p_est_cod;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(422, 'estandar_existe', 'El estándar no existe.');
    ELSIF v_estandar.prd_codigo <> p_prd_codigo THEN
        PERFORM privado.rechazar(422, 'estandar_del_producto', 'El estándar es de otro producto.');
    ELSIF v_estandar.est_estado <> 'APR' THEN
        PERFORM privado.rechazar(409, 'estandar_aprobado', 'El estándar no está aprobado.');
    END IF;
END
$$;

-- Produces: materials out, product in, in one bodega. What whole cents of the inventory account disagree about is a
-- line of its own.
CREATE FUNCTION privado.produccion_registrar(
    p_prd text, p_bod text, p_cantidad numeric, p_est text, p_razon text,
    OUT krd_codigo bigint, OUT valor numeric
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := privado.codigo('PRO', 7, nextval('datos.produccion_numero'));
    v_linea record;
    v_sale record;
    v_entra record;
    v_delta numeric := 0;
BEGIN
    PERFORM privado.existencias_bloquear(
        ARRAY(SELECT d.mp_codigo FROM datos.estandar_detalle AS d WHERE d.est_cod = p_est) || p_prd, p_bod
    );
    valor := 0;
    FOR v_linea IN
        SELECT d.mp_codigo, round(d.mxp_cantidad * p_cantidad, 3) AS cantidad
        FROM datos.estandar_detalle AS d
        WHERE d.est_cod = p_est
        ORDER BY d.mp_codigo
    LOOP
        CONTINUE WHEN v_linea.cantidad = 0;
        SELECT * INTO v_sale
        FROM privado.kardex_registrar(
            v_linea.mp_codigo, p_bod, 'CON', v_linea.cantidad, NULL, 'PRO', v_codigo, NULL, p_razon, p_est
        );
        valor := valor + v_sale.valor;
        v_delta := v_delta + v_sale.inventario_delta;
    END LOOP;
    SELECT * INTO v_entra
    FROM privado.kardex_registrar(p_prd, p_bod, 'ESI', p_cantidad, valor, 'PRO', v_codigo, NULL, p_razon, p_est);
    krd_codigo := v_entra.krd_codigo;
    v_delta := v_delta + v_entra.inventario_delta;
    PERFORM privado.asentar(
        (SELECT b.eta_codigo FROM datos.bodega AS b WHERE b.bod_codigo = p_bod),
        'KRD', krd_codigo::text, 'Producción: redondeo',
        ARRAY['INVENTARIO', 'DIFERENCIA_COSTO'], ARRAY['', ''], ARRAY[v_delta, -v_delta]
    );
END
$$;

-- For the doctor: what production made is worth what it took.
CREATE FUNCTION privado.doctor_produccion_vale_sus_materiales() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.doc_codigo
    FROM datos.kardex AS k
    WHERE k.doc_tipo = 'PRO' AND k.krd_revierte IS NULL
    GROUP BY k.doc_codigo
    HAVING
        sum(k.krd_valor) FILTER (WHERE k.trn_cod = 'ESI')
        IS DISTINCT FROM coalesce(sum(k.krd_valor) FILTER (WHERE k.trn_cod = 'CON'), 0)
        OR count(*) FILTER (WHERE k.trn_cod = 'ESI') <> 1
$$;

COMMENT ON FUNCTION privado.doctor_produccion_vale_sus_materiales()
IS 'Cada producción vale exactamente los materiales que consumió.';
