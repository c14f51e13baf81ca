-- Método de pago: the account that money moves by, for whatever act. Cash is in a drawer, what was sold on credit is the
-- client's debt, a credit balance what the company owes the client, all else in the bank.

-- The class of account of a method; NULL for one that does not exist.
CREATE FUNCTION privado.metodo_clase(p_metodo text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_metodo = 'EFECTIVO' THEN 'CAJA'
        WHEN p_metodo = 'CREDITO' THEN 'CLIENTE'
        WHEN p_metodo = 'SALDO' THEN 'SALDO_CLIENTE'
        WHEN p_metodo IN ('QR', 'TRANSFERENCIA', 'TARJETA') THEN 'BANCO'
    END
$$;
