-- The audit trail by what an auditor asks of it, newest first: everything, a person, a row, and what was noted about
-- somebody without changing a row. Each ends in (cuando, aud_id), the order of the lists and of their cursor.

DROP INDEX datos.auditoria_usuario;
DROP INDEX datos.auditoria_clave;

CREATE INDEX auditoria_cuando ON datos.auditoria (cuando, aud_id);
CREATE INDEX auditoria_usuario ON datos.auditoria (usuario, cuando, aud_id);
CREATE INDEX auditoria_clave ON datos.auditoria (tabla, clave, cuando, aud_id);
CREATE INDEX auditoria_evento ON datos.auditoria (clave, cuando, aud_id) WHERE operacion = 'EVENT';
