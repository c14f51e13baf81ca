-- The POS's half of the bridge to the shop: what has to be told, the units asked for in WEB, and the orders invoiced.

-- Outbox: one row per change the shop has to hear of, written in the transaction of the change and deleted when the
-- shop has it. It is never read behind a cursor: a change that commits late under a low id is a row like any other.
CREATE TABLE datos.puente_cambio (
    cam_id          bigint GENERATED ALWAYS AS IDENTITY,
    cam_tabla       text NOT NULL,
    cam_clave       text NOT NULL,
    cam_reintentar  timestamptz NOT NULL DEFAULT now(),
    cam_error       text,
    CONSTRAINT puente_cambio_unico PRIMARY KEY (cam_id),
    CONSTRAINT puente_cambio_tabla_conocida CHECK (
        cam_tabla IN ('producto', 'categoria', 'ciudad', 'tarifa_iva', 'ajuste', 'cliente')
    )
);
COMMENT ON TABLE datos.puente_cambio IS 'Lo que la tienda aún no sabe: una fila por cambio, hasta su entrega';

-- Numbers the deliveries in the order of what they saw, so that the shop refuses one that arrives after a later one.
CREATE SEQUENCE datos.puente_envio AS bigint;

-- What was there before the bridge.
INSERT INTO datos.puente_cambio (cam_tabla, cam_clave) VALUES
    ('categoria', '*'), ('ciudad', '*'), ('tarifa_iva', '*'), ('ajuste', '*');
INSERT INTO datos.puente_cambio (cam_tabla, cam_clave)
SELECT 'cliente', cli_codigo FROM datos.cliente;
INSERT INTO datos.puente_cambio (cam_tabla, cam_clave)
SELECT 'producto', prd_codigo FROM datos.producto;

-- One row per request to have so many units unsold in WEB, until both databases agree on it.
--   PENDIENTE    asked; how many units that takes is not decided, and a newer request replaces it
--   SUBIENDO     the units are in WEB; the shop has not counted them yet
--   BAJANDO      decided how many to ask back; the shop gives what is free, and only then do they leave WEB
--   APLICADO     both sides agree
--   REEMPLAZADO  a newer request came before this one was decided
-- SUBIENDO and BAJANDO are at most one per product, so what the shop answers is always the effect of finished moves.
CREATE TABLE datos.cupo_web (
    cup_id         bigint GENERATED ALWAYS AS IDENTITY,
    prd_codigo     text NOT NULL,
    bod_codigo     text NOT NULL,
    cup_pedido     numeric(14,3) NOT NULL,
    cup_estado     text NOT NULL DEFAULT 'PENDIENTE',
    cup_sin_vender numeric(14,3),
    cup_mover      numeric(14,3) NOT NULL DEFAULT 0,
    cup_movido     numeric(14,3) NOT NULL DEFAULT 0,
    cup_intentos   int NOT NULL DEFAULT 0,
    cup_reintentar timestamptz NOT NULL DEFAULT now(),
    cup_error      text,
    cup_fecha      timestamptz NOT NULL DEFAULT now(),
    usr_id         text NOT NULL DEFAULT session_user,
    sid            text DEFAULT nullif(current_setting('daf.sid', true), ''),
    request_id     text DEFAULT nullif(current_setting('daf.request_id', true), ''),
    CONSTRAINT cupo_web_unico PRIMARY KEY (cup_id),
    CONSTRAINT cupo_web_producto_existe FOREIGN KEY (prd_codigo) REFERENCES datos.producto,
    CONSTRAINT cupo_web_bodega_existe FOREIGN KEY (bod_codigo) REFERENCES datos.bodega,
    CONSTRAINT cupo_web_no_negativo CHECK (cup_pedido >= 0 AND cup_pedido < 'NaN'),
    CONSTRAINT cupo_web_estado_conocido CHECK (
        cup_estado IN ('PENDIENTE', 'SUBIENDO', 'BAJANDO', 'APLICADO', 'REEMPLAZADO')
    ),
    CONSTRAINT cupo_web_movido_dentro CHECK (
        abs(cup_movido) <= abs(cup_mover) AND cup_movido * cup_mover >= 0
    )
);
COMMENT ON TABLE datos.cupo_web IS 'Pedidos de unidades para la tienda en línea';
COMMENT ON COLUMN datos.cupo_web.cup_sin_vender IS 'Unidades sin vender en la tienda al decidir';
COMMENT ON COLUMN datos.cupo_web.cup_mover IS 'Unidades por mover: positivo hacia WEB, negativo de vuelta a la bodega';
COMMENT ON COLUMN datos.cupo_web.cup_movido IS 'Unidades que se movieron, con el mismo signo';
COMMENT ON CONSTRAINT cupo_web_producto_existe ON datos.cupo_web IS 'No existe ese producto.';
COMMENT ON CONSTRAINT cupo_web_bodega_existe ON datos.cupo_web IS 'La bodega no existe.';
COMMENT ON CONSTRAINT cupo_web_no_negativo ON datos.cupo_web IS 'La cantidad para la tienda no puede ser negativa.';

CREATE UNIQUE INDEX cupo_web_un_pendiente ON datos.cupo_web (prd_codigo) WHERE cup_estado = 'PENDIENTE';
CREATE UNIQUE INDEX cupo_web_uno_en_curso ON datos.cupo_web (prd_codigo) WHERE cup_estado IN ('SUBIENDO', 'BAJANDO');
CREATE INDEX cupo_web_por_aplicar ON datos.cupo_web (cup_reintentar, cup_id)
WHERE cup_estado IN ('PENDIENTE', 'SUBIENDO', 'BAJANDO');
CREATE INDEX cupo_web_por_producto ON datos.cupo_web (prd_codigo, cup_id);

-- The order an invoice came from. The key is what makes invoicing an order twice one invoice. The invoice is written
-- after the row that claims the order, hence the deferred foreign key.
CREATE TABLE datos.venta_web (
    ped_codigo     text NOT NULL,
    fac_codigo     text NOT NULL,
    vwe_total      numeric(12,2) NOT NULL,
    vwe_proveedor  text NOT NULL,
    vwe_pago       text NOT NULL,
    vwe_fecha      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT venta_web_unica PRIMARY KEY (ped_codigo),
    CONSTRAINT venta_web_factura_unica UNIQUE (fac_codigo),
    CONSTRAINT venta_web_factura_existe FOREIGN KEY (fac_codigo) REFERENCES datos.factura DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE datos.venta_web IS 'Qué factura salió de qué pedido de la tienda en línea';
COMMENT ON CONSTRAINT venta_web_unica ON datos.venta_web IS 'El pedido ya está facturado.';
COMMENT ON CONSTRAINT venta_web_factura_unica ON datos.venta_web IS 'La factura ya es de otro pedido.';

INSERT INTO datos.ajuste (aju_clave, aju_valor, aju_descripcion) VALUES
    ('punto_emision_web', '', 'Punto de emisión (001-001) que factura los pedidos en línea; vacío: el primero.');

ALTER TABLE datos.puente_cambio ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.cupo_web ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.venta_web ENABLE ROW LEVEL SECURITY;
