-- Identification of people and companies in Ecuador: what kind a number is, whether its digits are right, and the
-- fingerprint by which the two sides know a client without telling who it is.

-- The kind of an identification by its digits: 13 a RUC, 10 a cédula, thirteen nines nobody in particular, else foreign.
CREATE FUNCTION privado.identificacion_tipo(p_ruc_ced text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_ruc_ced = '9999999999999' THEN 'FINAL'
        WHEN p_ruc_ced ~ '^[0-9]{13}$' THEN 'RUC'
        WHEN p_ruc_ced ~ '^[0-9]{10}$' THEN 'CEDULA'
        ELSE 'EXTERIOR'
    END
$$;

-- Whether the first digits, each by its weight, sum to a multiple of p_modulo. With p_luhn a product above 9 counts as
-- the sum of its digits. ascii - 48 is the value of a digit and never fails: text that is not digits is just not valid.
CREATE FUNCTION privado.identificacion_suma(p_digitos text, p_pesos int[], p_modulo int, p_luhn boolean)
RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT sum(d.producto - CASE WHEN p_luhn AND d.producto > 9 THEN 9 ELSE 0 END) % p_modulo = 0
    FROM unnest(p_pesos) WITH ORDINALITY AS w (peso, i)
    CROSS JOIN LATERAL (SELECT w.peso * (ascii(substr(p_digitos, w.i::int, 1)) - 48)) AS d (producto)
$$;

-- Whether an identification can be what it says: check digits of a cédula (province, third digit up to 6, Luhn) and of a
-- RUC (of a person, of a public body, of a private company); of anything else, the shape.
CREATE FUNCTION privado.identificacion_valida(p_tipo text, p_ruc_ced text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(CASE p_tipo
        WHEN 'CEDULA' THEN
            p_ruc_ced ~ '^(0[1-9]|1[0-9]|2[0-4]|30|50)[0-6][0-9]{7}$'
            AND privado.identificacion_suma(p_ruc_ced, '{2,1,2,1,2,1,2,1,2,1}', 10, true)
        WHEN 'RUC' THEN
            p_ruc_ced ~ '^(0[1-9]|1[0-9]|2[0-4]|30|50)[0-9]{11}$'
            AND (
                (p_ruc_ced ~ '^..[0-6]' AND right(p_ruc_ced, 3) <> '000'
                    AND privado.identificacion_suma(p_ruc_ced, '{2,1,2,1,2,1,2,1,2,1}', 10, true))
                OR (p_ruc_ced ~ '^..[69]' AND right(p_ruc_ced, 4) <> '0000'
                    AND privado.identificacion_suma(p_ruc_ced, '{3,2,7,6,5,4,3,2,1}', 11, false))
                OR (p_ruc_ced ~ '^..9' AND right(p_ruc_ced, 3) <> '000'
                    AND privado.identificacion_suma(p_ruc_ced, '{4,3,2,7,6,5,4,3,2,1}', 11, false))
            )
        WHEN 'FINAL' THEN p_ruc_ced = '9999999999999'
        ELSE p_ruc_ced ~ '^[A-Za-z0-9-]{1,20}$'
    END, false)
$$;

-- The fingerprint under which the shop knows that the POS has a client with this identification.
CREATE FUNCTION privado.identificacion_huella(p_ruc_ced text) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to('daf:cliente:' || upper(btrim(p_ruc_ced)), 'UTF8'))
$$;

GRANT EXECUTE ON FUNCTION privado.identificacion_huella(text) TO puente;
