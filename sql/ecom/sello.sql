-- Sello at the shop: its audit trail. Rules in comun/sello.sql.

-- The name of this side in its seals.
CREATE FUNCTION privado.sello_lado() RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'ecom'
$$;
