-- Metrics of the shop's half of the bridge, and of what it owes.

-- Paid orders that the till has not invoiced.
CREATE FUNCTION privado.metrica_pedidos_por_facturar() RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::numeric FROM datos.pedido WHERE ped_estado = 'PAGADO'
$$;
COMMENT ON FUNCTION privado.metrica_pedidos_por_facturar() IS 'Pedidos pagados que aún no tienen factura';

-- Refunds whose money is not back.
CREATE FUNCTION privado.metrica_reembolsos_por_hacer() RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::numeric FROM datos.reembolso WHERE ree_estado IN ('PENDIENTE', 'ACREDITADO')
$$;
COMMENT ON FUNCTION privado.metrica_reembolsos_por_hacer() IS 'Reembolsos cuyo dinero todavía no vuelve';
