-- The shopper behind the shared login ecom_cliente.
--
-- A PostgreSQL role per shopper does not scale, so shoppers share one login and each request carries, in the
-- transaction-local setting daf.contexto, a context that only the API can sign:
--
--     kid.kind.id.expiry.pid.mac      kind s = shopper, c = guest cart
--
-- It is good for a minute at most and for one backend (pid), so it can be neither forged, nor kept, nor replayed on
-- another connection. Whoever merely reaches the login ecom_cliente sees no row. The key table is readable by its
-- owner alone, and so by these functions alone.

-- The verified context as {kind, id}; NULL when there is none or it does not verify.
CREATE FUNCTION privado.contexto_verificado() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_contexto text := current_setting('daf.contexto', true);
    v_partes text[] := string_to_array(v_contexto, '.');
    v_mac text;
BEGIN
    IF v_contexto IS NULL OR v_contexto !~ '^[a-z0-9]{1,8}\.[sc]\.[0-9]{1,18}\.[0-9]{10}\.[0-9]{1,10}\.[0-9a-f]{64}$'
        OR session_user <> 'ecom_cliente'
    THEN
        RETURN NULL;
    END IF;
    SELECT encode(sha256(k.ok || sha256(k.ik || convert_to(left(v_contexto, -65), 'UTF8'))), 'hex')
    INTO v_mac
    FROM datos.contexto_clave AS k
    WHERE k.kid = v_partes[1];
    IF v_mac IS DISTINCT FROM v_partes[6]
        OR v_partes[5]::bigint <> pg_backend_pid()
        OR v_partes[4]::bigint NOT BETWEEN extract(EPOCH FROM clock_timestamp()) - 1
        AND extract(EPOCH FROM clock_timestamp()) + 61
    THEN
        RETURN NULL;
    END IF;
    RETURN v_partes[2:3];
END
$$;

-- The verified shopper's account id; NULL for everybody else.
CREATE FUNCTION privado.comprador() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN c.v[1] = 's' THEN c.v[2]::bigint END FROM (SELECT privado.contexto_verificado() AS v) AS c
$$;

GRANT EXECUTE ON FUNCTION privado.comprador() TO ecom_cliente, ecom_publico, personal, puente;

-- The verified guest's cart id; NULL for everybody else.
CREATE FUNCTION privado.carrito_invitado() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN c.v[1] = 'c' THEN c.v[2]::bigint END FROM (SELECT privado.contexto_verificado() AS v) AS c
$$;

GRANT EXECUTE ON FUNCTION privado.carrito_invitado() TO ecom_cliente, ecom_publico, personal, puente;

-- Who an idempotency key or an audit row belongs to behind ecom_cliente. Without a context nobody owns anything:
-- refused, or one shopper's key could return another's answer.
CREATE FUNCTION privado.contexto_sujeto() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_quien text[] := privado.contexto_verificado();
BEGIN
    IF v_quien IS NULL THEN
        PERFORM privado.rechazar(401, 'contexto_invalido', 'La sesión no es válida.');
    END IF;
    RETURN array_to_string(v_quien, '.');
END
$$;
