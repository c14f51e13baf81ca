-- Metrics of the shop's half of the bridge.

-- Paid orders that the till has not invoiced.
CREATE FUNCTION privado.metrica_pedidos_por_facturar() RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::numeric FROM datos.pedido WHERE ped_estado = 'PAGADO'
$$;
COMMENT ON FUNCTION privado.metrica_pedidos_por_facturar() IS 'Pedidos pagados que aún no tienen factura';
