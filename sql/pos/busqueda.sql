-- Búsqueda, at the POS: whose words are learned beside those of products (see comun/busqueda.sql).

CREATE TRIGGER cliente_palabra_alta AFTER INSERT ON datos.cliente
REFERENCING NEW TABLE AS nuevas FOR EACH STATEMENT EXECUTE FUNCTION privado.palabra_aprender();
CREATE TRIGGER cliente_palabra_cambio AFTER UPDATE ON datos.cliente
FOR EACH ROW WHEN (old.busqueda <> new.busqueda) EXECUTE FUNCTION privado.palabra_aprender();

CREATE TRIGGER proveedor_palabra_alta AFTER INSERT ON datos.proveedor
REFERENCING NEW TABLE AS nuevas FOR EACH STATEMENT EXECUTE FUNCTION privado.palabra_aprender();
CREATE TRIGGER proveedor_palabra_cambio AFTER UPDATE ON datos.proveedor
FOR EACH ROW WHEN (old.busqueda <> new.busqueda) EXECUTE FUNCTION privado.palabra_aprender();

CREATE TRIGGER materia_prima_palabra_alta AFTER INSERT ON datos.materia_prima
REFERENCING NEW TABLE AS nuevas FOR EACH STATEMENT EXECUTE FUNCTION privado.palabra_aprender();
CREATE TRIGGER materia_prima_palabra_cambio AFTER UPDATE ON datos.materia_prima
FOR EACH ROW WHEN (old.busqueda <> new.busqueda) EXECUTE FUNCTION privado.palabra_aprender();
