-- IVA in the shop: a copy of the POS's rates, brought by the bridge. A cart is taxed at today's rate; an order keeps the
-- class, SRI code and percent it was charged with.

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, DELETE ON datos.tarifa_iva TO ecom_api;
GRANT SELECT ON datos.tarifa_iva TO personal;

CREATE POLICY tarifa_iva_todas ON datos.tarifa_iva USING (true);
