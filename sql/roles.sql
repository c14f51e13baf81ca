-- Cluster roles. Repeatable; run alone, in database postgres, under one advisory lock, before either side is
-- deployed (role DDL from two databases at once races).
--
-- Three kinds of role, none of them superuser, CREATEROLE or BYPASSRLS:
--   owners   NOLOGIN, two a side, members of nothing and without members. <side>_datos owns the tables and the
--            privado steps; <side>_api owns the api write functions, so row-level security binds inside them.
--   groups   NOLOGIN. What a member of staff may do is the union of their groups. All are in `personal`,
--            which is what "a member of staff" means: the API lets nobody else in.
--   services LOGIN, for what has no person behind it: sessions (api_login), the shop's visitors (ecom_publico),
--            its shoppers (ecom_cliente, always with a signed context) and the bridge (puente).
-- Passwords of the services are set by the deploy from DAF_HOME/keys, never here.
--
-- Functions owned by the superuser ("crown jewels": they read pg_authid or change roles) are listed by name in
-- sql/comun/9_duenos.sql, and nowhere else.

DO $roles$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY[
        'pos_datos', 'pos_api', 'ecom_datos', 'ecom_api',
        'personal',
        'admin', 'adm_bodega', 'bodega', 'adm_ventas', 'ventas', 'adm_fact',
        'adm_compras', 'compras', 'cajero', 'contador', 'auditor'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I', v_role);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT', v_role
        );
    END LOOP;

    FOREACH v_role IN ARRAY ARRAY['api_login', 'ecom_publico', 'ecom_cliente', 'puente'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I', v_role);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT', v_role
        );
    END LOOP;
END
$roles$;

-- What each group is for; the API shows it beside what the group may really execute.
COMMENT ON ROLE admin IS 'Administra personas, roles, ajustes y catálogos, y puede todo menos leer la auditoría.';
COMMENT ON ROLE adm_bodega IS 'Dirige la bodega: ajustes, costos, conteos y unidades para la tienda en línea.';
COMMENT ON ROLE bodega IS 'Lleva productos y sus movimientos de bodega.';
COMMENT ON ROLE adm_ventas IS 'Dirige las ventas: precios, anulaciones, crédito de los clientes.';
COMMENT ON ROLE ventas IS 'Vende: clientes y facturas.';
COMMENT ON ROLE adm_fact IS 'Administra la facturación: aprueba, anula y lleva los puntos de emisión.';
COMMENT ON ROLE adm_compras IS 'Dirige las compras: aprueba órdenes y paga a proveedores.';
COMMENT ON ROLE compras IS 'Compra: proveedores y órdenes de compra.';
COMMENT ON ROLE cajero IS 'Cobra en caja.';
COMMENT ON ROLE contador IS 'Lee todo, con costos.';
COMMENT ON ROLE auditor IS 'Lee todo, y la auditoría.';

GRANT personal TO
    admin, adm_bodega, bodega, adm_ventas, ventas, adm_fact, adm_compras, compras, cajero, contador, auditor;
