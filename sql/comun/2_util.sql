-- Small shared steps: text, dates, codes, and the one list envelope.

-- Text as searches see it: lower case, no accents, single spaces.
CREATE FUNCTION privado.normalizar(p_text text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT btrim(regexp_replace(ext.unaccent('ext.unaccent', lower(p_text)), '\s+', ' ', 'g'))
$$;

GRANT EXECUTE ON FUNCTION privado.normalizar(text) TO personal, ecom_publico, ecom_cliente, puente;

-- The local date of a moment, in the company's time zone.
CREATE FUNCTION privado.fecha_local(p_momento timestamptz) RETURNS date
LANGUAGE sql STABLE AS $$
    SELECT (p_momento AT TIME ZONE privado.ajuste('zona_horaria'))::date
$$;

GRANT EXECUTE ON FUNCTION privado.fecha_local(timestamptz) TO personal, ecom_publico, ecom_cliente, puente;

-- Today, in the company's time zone.
CREATE FUNCTION privado.hoy() RETURNS date
LANGUAGE sql STABLE AS $$
    SELECT privado.fecha_local(now())
$$;

GRANT EXECUTE ON FUNCTION privado.hoy() TO personal, ecom_publico, ecom_cliente, puente;

-- A document code: prefix and zero-padded number.
CREATE FUNCTION privado.codigo(p_prefijo text, p_ancho int, p_numero bigint) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT p_prefijo || lpad(p_numero::text, greatest(p_ancho, length(p_numero::text)), '0')
$$;

-- The address of an uploaded image under the URL the caller reached us by; NULL for no image.
CREATE FUNCTION privado.imagen_url(p_nombre text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('daf.url', true), '') || '/images/' || nullif(p_nombre, '')
$$;

GRANT EXECUTE ON FUNCTION privado.imagen_url(text) TO personal, ecom_publico, ecom_cliente, puente;

-- Two JSON objects as one, textually: keeps `json` (no jsonb round trip) and key order. A NULL second is no keys.
CREATE FUNCTION privado.json_unir(a json, b json) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN b IS NULL THEN a
        ELSE (left(rtrim(a::text), -1) || ',' || substr(ltrim(b::text), 2))::json
    END
$$;

GRANT EXECUTE ON FUNCTION privado.json_unir(json, json) TO personal, ecom_publico, ecom_cliente, puente;

-- Rows to answer: no page is a pick-list (cap 5,000, p_limit may only lower it); a page holds 20, at most 100.
CREATE FUNCTION privado.limite(p_page int, p_limit int) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_page IS NULL THEN least(greatest(coalesce(p_limit, 5000), 1), 5000)
        ELSE least(greatest(coalesce(p_limit, 20), 1), 100)
    END
$$;

GRANT EXECUTE ON FUNCTION privado.limite(int, int) TO personal, ecom_publico, ecom_cliente, puente;

-- Rows to skip before the page.
CREATE FUNCTION privado.salto(p_page int, p_limit int) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_page IS NULL THEN 0
        ELSE least((greatest(p_page, 1) - 1)::bigint * privado.limite(p_page, p_limit), 2147483647)::int
    END
$$;

GRANT EXECUTE ON FUNCTION privado.salto(int, int) TO personal, ecom_publico, ecom_cliente, puente;

-- The one list envelope. p_total is counted up to 10,001: beyond 10,000 the total is a floor and says so.
CREATE FUNCTION privado.sobre(p_data json, p_page int, p_limit int, p_total bigint) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'data', coalesce(p_data, '[]'::json),
        'page', s.pagina,
        'limit', s.filas,
        'count', s.total,
        'total', s.total,
        'totalPages', s.paginas,
        'totalExacto', p_total <= 10000,
        'pagination', json_build_object(
            'page', s.pagina, 'limit', s.filas, 'totalCount', s.total, 'totalPages', s.paginas
        )
    )
    FROM (
        SELECT
            greatest(coalesce(p_page, 1), 1) AS pagina,
            privado.limite(p_page, p_limit) AS filas,
            least(p_total, 10000) AS total,
            greatest(ceil(least(p_total, 10000)::numeric / privado.limite(p_page, p_limit)), 1)::int AS paginas
    ) AS s
$$;

GRANT EXECUTE ON FUNCTION privado.sobre(json, int, int, bigint) TO personal, ecom_publico, ecom_cliente, puente;
