-- Cliente, the steps its acts share: whether an identification may be a client's, how a client gets its row, and what
-- only an administrator of sales may change in it.

-- The type of an identification: the one named, or what its digits say.
CREATE FUNCTION privado.cliente_tipo(p_ruc text, p_tipo text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(nullif(p_tipo, ''), privado.identificacion_tipo(p_ruc))
$$;

-- Refuses a cédula or a RUC whose digits are wrong. Its shape is the table's to judge.
CREATE FUNCTION privado.identificacion_exigir(p_tipo text, p_ruc text) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF p_tipo = 'CEDULA' AND NOT privado.identificacion_valida(p_tipo, p_ruc) THEN
        PERFORM privado.rechazar(422, 'cliente_cedula_valida', 'La cédula no es válida: revise sus dígitos.');
    ELSIF p_tipo = 'RUC' AND NOT privado.identificacion_valida(p_tipo, p_ruc) THEN
        PERFORM privado.rechazar(422, 'cliente_ruc_valido', 'El RUC no es válido: revise sus dígitos.');
    END IF;
END
$$;

-- Locks a client that is about to change and answers it. CONSUMIDOR FINAL never is.
CREATE FUNCTION privado.cliente_bloquear(p_cli_codigo text) RETURNS datos.cliente
LANGUAGE plpgsql AS $$
DECLARE
    v_cliente datos.cliente;
BEGIN
    SELECT c.* INTO v_cliente FROM datos.cliente AS c WHERE c.cli_codigo = p_cli_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'cliente_existe', 'No existe ese cliente.');
    ELSIF v_cliente.cli_tipo_id = 'FINAL' THEN
        PERFORM privado.rechazar(409, 'consumidor_final_intocable', 'CONSUMIDOR FINAL no se modifica ni se desactiva.');
    END IF;
    RETURN v_cliente;
END
$$;

-- Gives an identification its row and answers the code: a new one, or the deactivated one with the new data. One
-- statement, so two people registering the same client at once make one.
CREATE FUNCTION privado.cliente_registrar(
    p_cli_ruc_ced text, p_cli_nombre text, p_cli_tipo_id text,
    p_cli_telefono text, p_cli_celular text, p_cli_mail text, p_cli_direccion text, p_ct_codigo text
) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_ruc text := upper(btrim(p_cli_ruc_ced));
    v_tipo text := privado.cliente_tipo(v_ruc, p_cli_tipo_id);
    v_codigo text := privado.codigo('CLI', 7, nextval('datos.cliente_numero'));
BEGIN
    PERFORM privado.identificacion_exigir(v_tipo, v_ruc);
    INSERT INTO datos.cliente AS c (
        cli_codigo, cli_tipo_id, cli_ruc_ced, cli_nombre, cli_telefono, cli_celular, cli_mail, cli_direccion, ct_codigo,
        busqueda
    ) VALUES (
        v_codigo, v_tipo, v_ruc, btrim(p_cli_nombre), btrim(coalesce(p_cli_telefono, '')),
        btrim(coalesce(p_cli_celular, '')), btrim(coalesce(p_cli_mail, '')), btrim(coalesce(p_cli_direccion, '')),
        nullif(p_ct_codigo, ''), privado.normalizar(concat_ws(' ', p_cli_nombre, v_codigo, v_ruc))
    )
    ON CONFLICT ON CONSTRAINT cliente_identificacion_unica DO UPDATE
    SET
        cli_tipo_id = excluded.cli_tipo_id,
        cli_nombre = excluded.cli_nombre,
        cli_telefono = excluded.cli_telefono,
        cli_celular = excluded.cli_celular,
        cli_mail = excluded.cli_mail,
        cli_direccion = excluded.cli_direccion,
        ct_codigo = excluded.ct_codigo,
        cli_estado = 'ACT',
        version = c.version + 1,
        busqueda = privado.normalizar(concat_ws(' ', excluded.cli_nombre, c.cli_codigo, c.cli_ruc_ced))
    WHERE c.cli_estado = 'INA'
    RETURNING c.cli_codigo INTO v_codigo;
    IF v_codigo IS NULL THEN
        PERFORM privado.rechazar(409, 'cliente_identificacion_unica', 'Ya existe un cliente con esa identificación.');
    END IF;
    RETURN v_codigo;
END
$$;

-- For the doctor: the one client everybody is.
CREATE FUNCTION privado.doctor_consumidor_final() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.codigo
    FROM (VALUES ('CLI0000001', '9999999999999', 'CONSUMIDOR FINAL', 'FINAL', 'ACT', 0::numeric))
        AS v (codigo, ruc_ced, nombre, tipo, estado, limite)
    LEFT JOIN datos.cliente AS c ON c.cli_codigo = v.codigo
    WHERE
        (c.cli_ruc_ced, c.cli_nombre, c.cli_tipo_id, c.cli_estado, c.cli_limite_credito)
        IS DISTINCT FROM (v.ruc_ced, v.nombre, v.tipo, v.estado, v.limite)
$$;

COMMENT ON FUNCTION privado.doctor_consumidor_final() IS 'CONSUMIDOR FINAL está como la instalación lo dejó.';
