-- Unidad de medida: what a quantity counts. Any staff reads them, administrators write them. One that active products or
-- materials are counted in is not retired; creating a retired one brings it back. Products carry the unit's words to
-- the shop, so renaming one tells it about them.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A unit as the API shows it.
CREATE FUNCTION privado.unidadmedida_fila(u datos.unidad_medida) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object('um_codigo', u.um_codigo, 'um_descripcion', u.um_descripcion)
$$;

GRANT EXECUTE ON FUNCTION privado.unidadmedida_fila(datos.unidad_medida) TO personal;

-- Every unit by code, as a bare array for selects.
CREATE FUNCTION api.unidadmedida_listar() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(privado.unidadmedida_fila(u) ORDER BY u.um_codigo), '[]')
    FROM datos.unidad_medida AS u
    WHERE u.um_estado = 'ACT'
$$;

GRANT EXECUTE ON FUNCTION api.unidadmedida_listar() TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Adds a unit, or brings a retired one back.
CREATE FUNCTION api.unidadmedida_crear(p_um_codigo text, p_um_descripcion text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_unidad datos.unidad_medida;
BEGIN
    INSERT INTO datos.unidad_medida AS u (um_codigo, um_descripcion)
    VALUES (upper(btrim(p_um_codigo)), btrim(p_um_descripcion))
    ON CONFLICT ON CONSTRAINT unidad_medida_unica DO UPDATE
    SET um_descripcion = excluded.um_descripcion, um_estado = 'ACT'
    WHERE u.um_estado = 'INA'
    RETURNING u.* INTO v_unidad;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(409, 'unidad_medida_unica', 'Ya existe una unidad de medida con ese código.');
    END IF;
    RETURN privado.unidadmedida_fila(v_unidad);
END
$$;

GRANT EXECUTE ON FUNCTION api.unidadmedida_crear(text, text) TO admin;

-- Locks an active unit that is about to change.
CREATE FUNCTION privado.unidadmedida_bloquear(p_um_codigo text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM datos.unidad_medida AS u WHERE u.um_codigo = p_um_codigo AND u.um_estado = 'ACT' FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'unidad_medida_existe', 'No existe esa unidad de medida.');
    END IF;
END
$$;

-- Renames a unit.
CREATE FUNCTION api.unidadmedida_actualizar(p_um_codigo text, p_um_descripcion text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_unidad datos.unidad_medida;
BEGIN
    PERFORM privado.unidadmedida_bloquear(p_um_codigo);
    UPDATE datos.unidad_medida AS u
    SET um_descripcion = coalesce(nullif(btrim(p_um_descripcion), ''), u.um_descripcion)
    WHERE u.um_codigo = p_um_codigo
    RETURNING u.* INTO v_unidad;
    RETURN privado.unidadmedida_fila(v_unidad);
END
$$;

GRANT EXECUTE ON FUNCTION api.unidadmedida_actualizar(text, text) TO admin;

-- Whether anything active is counted in a unit.
CREATE FUNCTION privado.unidadmedida_en_uso(p_um_codigo text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        EXISTS (SELECT FROM datos.producto AS p WHERE p.um_venta = p_um_codigo AND p.prd_estado <> 'INA')
        OR EXISTS (SELECT FROM datos.materia_prima AS m WHERE m.um_compra = p_um_codigo AND m.mp_estado <> 'INA')
$$;

-- Retires a unit that nothing active is counted in.
CREATE FUNCTION api.unidadmedida_eliminar(p_um_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.unidadmedida_bloquear(p_um_codigo);
    IF privado.unidadmedida_en_uso(p_um_codigo) THEN
        PERFORM privado.rechazar(409, 'unidad_medida_en_uso', 'La unidad es de productos o materias primas activos.');
    END IF;
    UPDATE datos.unidad_medida SET um_estado = 'INA' WHERE um_codigo = p_um_codigo;
    RETURN json_build_object('message', 'Unidad de medida retirada.', 'um_codigo', p_um_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.unidadmedida_eliminar(text) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER unidad_medida_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.unidad_medida
FOR EACH ROW EXECUTE FUNCTION privado.auditar('um_codigo');

-- Nothing is counted in a retired unit from now on. After the foreign key's own trigger, whose lock keeps the unit.
CREATE FUNCTION privado.unidadmedida_vigente() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_unidad text;
BEGIN
    IF TG_TABLE_NAME = 'producto' THEN
        v_unidad := NEW.um_venta;
        IF TG_OP = 'UPDATE' AND v_unidad = OLD.um_venta THEN
            RETURN NULL;
        END IF;
    ELSE
        v_unidad := NEW.um_compra;
        IF TG_OP = 'UPDATE' AND v_unidad = OLD.um_compra THEN
            RETURN NULL;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM datos.unidad_medida AS u WHERE u.um_codigo = v_unidad AND u.um_estado = 'INA') THEN
        PERFORM privado.rechazar(422, 'unidad_medida_activa', 'La unidad de medida fue retirada: elija otra.');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER producto_unidad_vigente AFTER INSERT OR UPDATE OF um_venta ON datos.producto
FOR EACH ROW EXECUTE FUNCTION privado.unidadmedida_vigente();
CREATE TRIGGER materia_prima_unidad_vigente AFTER INSERT OR UPDATE OF um_compra ON datos.materia_prima
FOR EACH ROW EXECUTE FUNCTION privado.unidadmedida_vigente();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.unidad_medida TO personal;
GRANT SELECT, INSERT, UPDATE ON datos.unidad_medida TO pos_api;

CREATE POLICY unidad_medida_todas ON datos.unidad_medida USING (true);
