-- Debts of clients are listed newest first, of one state or of one client, closed ones too. An asiento belongs to a
-- branch: one of none would be seen by nobody. (NOT VALID: rows of before stay as they are sealed, new ones obey.)
CREATE INDEX cuenta_por_cobrar_por_estado ON datos.cuenta_por_cobrar (cxc_estado, cxc_codigo DESC);
CREATE INDEX cuenta_por_cobrar_por_cliente ON datos.cuenta_por_cobrar (cli_codigo, cxc_codigo DESC);
DROP INDEX datos.cuenta_por_cobrar_cliente;

ALTER TABLE datos.asiento ADD CONSTRAINT asiento_con_sucursal CHECK (eta_codigo IS NOT NULL) NOT VALID;
COMMENT ON CONSTRAINT asiento_con_sucursal ON datos.asiento IS 'Cada asiento es de una sucursal.';
