-- Puente, wake-up: a paid order tells whoever listens that there is something to invoice. Only a hint: the order itself
-- is the intent, and the sweep finds it without.

CREATE FUNCTION privado.puente_avisar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('daf_puente', 'pedido');
    RETURN NULL;
END
$$;

CREATE TRIGGER pedido_puente_aviso AFTER UPDATE OF ped_estado ON datos.pedido
FOR EACH ROW WHEN (new.ped_estado = 'PAGADO' AND old.ped_estado <> 'PAGADO') EXECUTE FUNCTION privado.puente_avisar();
