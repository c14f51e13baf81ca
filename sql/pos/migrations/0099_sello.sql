-- The order in which the ledgers are sealed.

CREATE INDEX kardex_xid ON datos.kardex (xid, krd_codigo);
CREATE INDEX asiento_xid ON datos.asiento (xid, asi_id);
CREATE INDEX asiento_linea_xid ON datos.asiento_linea (xid, asi_id);
