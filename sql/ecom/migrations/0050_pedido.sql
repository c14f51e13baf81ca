-- What was ordered and how it is paid. An order is its own snapshot: prices, taxes, buyer and address as they were.

CREATE SEQUENCE datos.pedido_numero AS bigint;

-- PAGADO without `fac_codigo` is the pending intent of the invoice; the bridge sweeps it until it is issued.
CREATE TABLE datos.pedido (
    ped_codigo       text NOT NULL,
    usr_id           bigint NOT NULL,
    crr_codigo       bigint NOT NULL,
    ped_clave        text,
    ped_estado       text NOT NULL DEFAULT 'PENDIENTE_PAGO',
    ped_fecha        timestamptz NOT NULL DEFAULT now(),
    ped_vence        timestamptz NOT NULL,
    ped_pagado       timestamptz,
    ped_descuento    numeric(12,2) NOT NULL,
    ped_envio        numeric(12,2) NOT NULL,
    ped_subtotal     numeric(12,2) NOT NULL,
    ped_iva          numeric(12,2) NOT NULL,
    ped_total        numeric(12,2) NOT NULL,
    cli_tipo_id      text NOT NULL,
    cli_ruc_ced      text NOT NULL,
    cli_nombre       text NOT NULL,
    cli_telefono     text NOT NULL,
    cli_celular      text NOT NULL,
    cli_mail         text NOT NULL,
    cli_direccion    text NOT NULL,
    ct_codigo        text,
    dir_calle        text NOT NULL DEFAULT '',
    dir_referencia   text NOT NULL DEFAULT '',
    dir_telefono     text NOT NULL DEFAULT '',
    dir_ct_codigo    text,
    fac_codigo       text,
    fac_numero       text,
    fac_intentos     int NOT NULL DEFAULT 0,
    fac_reintentar   timestamptz NOT NULL DEFAULT now(),
    fac_error        text,
    CONSTRAINT pedido_unico PRIMARY KEY (ped_codigo),
    CONSTRAINT pedido_usuario_existe FOREIGN KEY (usr_id) REFERENCES datos.usuario_app,
    CONSTRAINT pedido_carrito_existe FOREIGN KEY (crr_codigo) REFERENCES datos.carrito,
    CONSTRAINT pedido_clave_unica UNIQUE (usr_id, ped_clave),
    CONSTRAINT pedido_estado_conocido CHECK (ped_estado IN (
        'PENDIENTE_PAGO', 'PAGADO', 'FACTURADO', 'ENVIADO', 'ENTREGADO', 'CANCELADO', 'EXPIRADO', 'REEMBOLSADO'
    )),
    CONSTRAINT pedido_total_cuadra CHECK (ped_total = ped_subtotal + ped_iva),
    CONSTRAINT pedido_pagado_con_fecha CHECK (
        (ped_pagado IS NOT NULL) = (ped_estado IN ('PAGADO', 'FACTURADO', 'ENVIADO', 'ENTREGADO', 'REEMBOLSADO'))
    ),
    CONSTRAINT pedido_factura_completa CHECK (
        (fac_codigo IS NULL) = (fac_numero IS NULL)
        AND (fac_codigo IS NOT NULL) = (ped_estado IN ('FACTURADO', 'ENVIADO', 'ENTREGADO', 'REEMBOLSADO'))
    )
);
COMMENT ON CONSTRAINT pedido_clave_unica ON datos.pedido IS 'Ese pedido ya se hizo.';
COMMENT ON CONSTRAINT pedido_estado_conocido ON datos.pedido IS 'El estado del pedido no es válido.';
COMMENT ON CONSTRAINT pedido_total_cuadra ON datos.pedido IS 'El total del pedido no es la suma de subtotal e IVA.';
COMMENT ON CONSTRAINT pedido_factura_completa ON datos.pedido IS 'Un pedido facturado lleva su factura, y solo él.';

-- A double click, two tabs: one cart has one order waiting for its payment.
CREATE UNIQUE INDEX pedido_uno_por_carrito ON datos.pedido (crr_codigo) WHERE ped_estado = 'PENDIENTE_PAGO';
CREATE INDEX pedido_por_usuario ON datos.pedido (usr_id, ped_fecha DESC, ped_codigo DESC);
CREATE INDEX pedido_por_fecha ON datos.pedido (ped_fecha DESC, ped_codigo DESC);
CREATE INDEX pedido_por_estado ON datos.pedido (ped_estado, ped_fecha DESC, ped_codigo DESC);
CREATE INDEX pedido_por_facturar ON datos.pedido (fac_reintentar, ped_codigo) WHERE ped_estado = 'PAGADO';
CREATE INDEX pedido_por_vencer ON datos.pedido (ped_vence) WHERE ped_estado = 'PENDIENTE_PAGO';

CREATE TABLE datos.pedido_detalle (
    ped_codigo       text NOT NULL,
    pxpe_linea       int NOT NULL,
    prd_codigo       text NOT NULL,
    prd_nombre       text NOT NULL,
    prd_img          text,
    pxpe_cantidad    numeric(14,3) NOT NULL,
    pxpe_precio      numeric(12,2) NOT NULL,
    pxpe_promocion   numeric(7,4) NOT NULL,
    pxpe_descuento   numeric(12,2) NOT NULL,
    pxpe_subtotal    numeric(12,2) NOT NULL,
    pxpe_iva         numeric(12,2) NOT NULL,
    iva_codigo       text NOT NULL,
    sri_codigo       text NOT NULL,
    iva_porcentaje   numeric(6,4) NOT NULL,
    CONSTRAINT pedido_detalle_unico PRIMARY KEY (ped_codigo, pxpe_linea),
    CONSTRAINT pedido_detalle_pedido_existe FOREIGN KEY (ped_codigo) REFERENCES datos.pedido,
    CONSTRAINT pedido_detalle_producto_una_vez UNIQUE (ped_codigo, prd_codigo),
    CONSTRAINT pedido_detalle_cantidad_positiva CHECK (pxpe_cantidad > 0)
);
CREATE INDEX pedido_detalle_por_producto ON datos.pedido_detalle (prd_codigo);

-- Units set aside for an order: VIVA until they are sold (CONSUMIDA) or go back to the shelf (LIBERADA).
CREATE TABLE datos.reserva (
    ped_codigo    text NOT NULL,
    prd_codigo    text NOT NULL,
    res_cantidad  numeric(14,3) NOT NULL,
    res_estado    text NOT NULL DEFAULT 'VIVA',
    res_vence     timestamptz NOT NULL,
    CONSTRAINT reserva_unica PRIMARY KEY (ped_codigo, prd_codigo),
    CONSTRAINT reserva_pedido_existe FOREIGN KEY (ped_codigo) REFERENCES datos.pedido,
    CONSTRAINT reserva_cupo_existe FOREIGN KEY (prd_codigo) REFERENCES datos.cupo,
    CONSTRAINT reserva_cantidad_positiva CHECK (res_cantidad > 0),
    CONSTRAINT reserva_estado_conocido CHECK (res_estado IN ('VIVA', 'CONSUMIDA', 'LIBERADA'))
);
CREATE INDEX reserva_por_producto ON datos.reserva (prd_codigo, res_estado);

-- One intent per attempt to charge an order. Its id is the key the provider charges under, so asking twice charges
-- once. Never a card number: brand and last four only.
CREATE TABLE datos.pago (
    pag_id          uuid NOT NULL DEFAULT gen_random_uuid(),
    ped_codigo      text NOT NULL,
    pag_proveedor   text NOT NULL,
    pag_estado      text NOT NULL DEFAULT 'INICIADO',
    pag_monto       numeric(12,2) NOT NULL,
    pag_referencia  text,
    pag_marca       text,
    pag_ultimos4    text,
    pag_creado      timestamptz NOT NULL DEFAULT now(),
    pag_resuelto    timestamptz,
    CONSTRAINT pago_unico PRIMARY KEY (pag_id),
    CONSTRAINT pago_pedido_existe FOREIGN KEY (ped_codigo) REFERENCES datos.pedido,
    CONSTRAINT pago_proveedor_conocido CHECK (pag_proveedor IN ('simulada')),
    CONSTRAINT pago_estado_conocido CHECK (pag_estado IN (
        'INICIADO', 'CAPTURADO', 'RECHAZADO', 'ANULADO', 'POR_REEMBOLSAR', 'REEMBOLSADO'
    )),
    CONSTRAINT pago_monto_no_negativo CHECK (pag_monto >= 0),
    CONSTRAINT pago_resuelto_con_fecha CHECK ((pag_estado = 'INICIADO') = (pag_resuelto IS NULL)),
    CONSTRAINT pago_ultimos4_forma CHECK (pag_ultimos4 ~ '^[0-9]{4}$')
);
COMMENT ON CONSTRAINT pago_estado_conocido ON datos.pago IS 'El estado del pago no es válido.';

CREATE UNIQUE INDEX pago_capturado_una_vez ON datos.pago (ped_codigo) WHERE pag_estado = 'CAPTURADO';
CREATE INDEX pago_por_pedido ON datos.pago (ped_codigo);
CREATE INDEX pago_por_resolver ON datos.pago (pag_creado) WHERE pag_estado IN ('INICIADO', 'POR_REEMBOLSAR');

-- The book of the embedded provider `simulada`, which plays the outside world: what it did under each key, for ever.
CREATE TABLE datos.simulada_cargo (
    car_clave       uuid NOT NULL,
    car_monto       numeric(12,2) NOT NULL,
    car_resultado   text NOT NULL,
    car_referencia  text NOT NULL,
    car_marca       text,
    car_ultimos4    text,
    car_fecha       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT simulada_cargo_unico PRIMARY KEY (car_clave),
    CONSTRAINT simulada_cargo_resultado_conocido CHECK (
        car_resultado IN ('APROBADO', 'RECHAZADO', 'ANULADO', 'REEMBOLSADO')
    )
);

ALTER TABLE datos.pedido ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.pedido_detalle ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.reserva ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.pago ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.simulada_cargo ENABLE ROW LEVEL SECURITY;
