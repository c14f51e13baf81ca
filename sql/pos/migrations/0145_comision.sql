-- Commissions are listed and summed by person and by day, from the index alone.
DROP INDEX datos.comision_por_persona;
CREATE INDEX comision_por_persona ON datos.comision (usr_login, com_fecha DESC, com_id DESC) INCLUDE (com_monto);
CREATE INDEX comision_por_fecha ON datos.comision (com_fecha DESC, com_id DESC) INCLUDE (usr_login, com_monto);
