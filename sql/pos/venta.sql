-- Venta: the till's single act. Its payments stand beside the invoice they settle; who sees the invoice sees them.

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER factura_pago_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.factura_pago
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.factura_pago TO cajero, adm_ventas, adm_fact, contador, auditor, admin;
GRANT SELECT, INSERT ON datos.factura_pago TO pos_api;

CREATE POLICY factura_pago_de_factura ON datos.factura_pago
USING (EXISTS (SELECT FROM datos.factura AS f WHERE f.fac_codigo = factura_pago.fac_codigo));
