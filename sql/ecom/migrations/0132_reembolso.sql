-- When an order came to each of its states, and what was given back of it.

-- One row per state an order was in, for ever: it is in each at most once.
CREATE TABLE datos.pedido_estado (
    ped_codigo       text NOT NULL,
    ped_estado       text NOT NULL,
    pes_fecha        timestamptz NOT NULL DEFAULT now(),
    pes_observacion  text NOT NULL DEFAULT '',
    usr_id           text NOT NULL DEFAULT session_user,
    CONSTRAINT pedido_estado_unico PRIMARY KEY (ped_codigo, ped_estado),
    CONSTRAINT pedido_estado_pedido_existe FOREIGN KEY (ped_codigo) REFERENCES datos.pedido,
    CONSTRAINT pedido_estado_observacion_corta CHECK (length(pes_observacion) <= 255)
);
COMMENT ON CONSTRAINT pedido_estado_observacion_corta ON datos.pedido_estado
IS 'La observación admite hasta 255 caracteres.';

-- What was before this table: the audit trail saw it.
INSERT INTO datos.pedido_estado (ped_codigo, ped_estado, pes_fecha, usr_id)
SELECT a.clave, a.despues ->> 'ped_estado', a.cuando, a.usuario
FROM datos.auditoria AS a
JOIN datos.pedido AS p ON p.ped_codigo = a.clave
WHERE a.tabla = 'pedido' AND a.despues ? 'ped_estado'
ORDER BY a.aud_id
ON CONFLICT DO NOTHING;

-- What is given back of an order, asked by the shop's staff or told by the POS. Its key is the one the POS credits it
-- under and the provider refunds it under, so each happens once.
--   PENDIENTE   asked; the POS has not credited it yet
--   ACREDITADO  credited at the POS; the provider has not refunded it yet
--   HECHO       the money is back
--   RECHAZADO   the POS refused it for good; nothing was given back
CREATE TABLE datos.reembolso (
    ree_id          uuid NOT NULL DEFAULT gen_random_uuid(),
    ped_codigo      text NOT NULL,
    ree_origen      text NOT NULL DEFAULT 'TIENDA',
    ree_estado      text NOT NULL DEFAULT 'PENDIENTE',
    ree_medio       text NOT NULL DEFAULT 'PASARELA',
    ree_motivo      text NOT NULL,
    ree_monto       numeric(12,2),
    ree_documento   text,
    ree_numero      text,
    ree_referencia  text,
    ree_clase       smallint,
    ree_regla       text,
    ree_error       text,
    ree_intentos    int NOT NULL DEFAULT 0,
    ree_reintentar  timestamptz NOT NULL DEFAULT now(),
    ree_fecha       timestamptz NOT NULL DEFAULT now(),
    ree_acreditado  timestamptz,
    ree_resuelto    timestamptz,
    usr_id          text NOT NULL DEFAULT session_user,
    CONSTRAINT reembolso_unico PRIMARY KEY (ree_id),
    CONSTRAINT reembolso_pedido_existe FOREIGN KEY (ped_codigo) REFERENCES datos.pedido,
    CONSTRAINT reembolso_origen_conocido CHECK (ree_origen IN ('TIENDA', 'MOSTRADOR')),
    CONSTRAINT reembolso_estado_conocido CHECK (ree_estado IN ('PENDIENTE', 'ACREDITADO', 'HECHO', 'RECHAZADO')),
    CONSTRAINT reembolso_medio_conocido CHECK (
        ree_medio IN ('PASARELA', 'MANUAL', 'EFECTIVO', 'TRANSFERENCIA', 'TARJETA', 'SALDO')
    ),
    CONSTRAINT reembolso_monto_no_negativo CHECK (ree_monto >= 0 AND ree_monto < 'NaN'),
    CONSTRAINT reembolso_motivo_corto CHECK (length(ree_motivo) BETWEEN 1 AND 255),
    CONSTRAINT reembolso_acreditado_con_documento CHECK (
        (ree_estado IN ('ACREDITADO', 'HECHO')) = (ree_documento IS NOT NULL)
        AND (ree_documento IS NULL) = (ree_monto IS NULL)
        AND (ree_documento IS NULL) = (ree_acreditado IS NULL)
    ),
    CONSTRAINT reembolso_resuelto_con_fecha CHECK ((ree_estado IN ('HECHO', 'RECHAZADO')) = (ree_resuelto IS NOT NULL)),
    CONSTRAINT reembolso_rechazado_con_regla CHECK (
        (ree_estado = 'RECHAZADO') = (ree_regla IS NOT NULL) AND (ree_regla IS NULL) = (ree_clase IS NULL)
    )
);
COMMENT ON COLUMN datos.reembolso.ree_documento IS 'La nota de crédito del punto de venta, o la factura que se anuló';
COMMENT ON COLUMN datos.reembolso.ree_clase IS 'Con qué clase de negativa respondió el punto de venta: 409, 422';
COMMENT ON CONSTRAINT reembolso_unico ON datos.reembolso IS 'Ese reembolso ya existe.';
COMMENT ON CONSTRAINT reembolso_motivo_corto ON datos.reembolso IS 'El motivo tiene entre 1 y 255 caracteres.';

CREATE INDEX reembolso_por_pedido ON datos.reembolso (ped_codigo, ree_fecha, ree_id);
CREATE INDEX reembolso_por_hacer ON datos.reembolso (ree_estado, ree_reintentar, ree_id)
WHERE ree_estado IN ('PENDIENTE', 'ACREDITADO');
-- Told again by an impatient finger, the same wish is not a second one.
CREATE UNIQUE INDEX reembolso_uno_pendiente ON datos.reembolso (ped_codigo) WHERE ree_estado = 'PENDIENTE';

-- The lines of a refund: asked, and then credited with their amounts. One without lines asks for all that is left.
CREATE TABLE datos.reembolso_detalle (
    ree_id      uuid NOT NULL,
    prd_codigo  text NOT NULL,
    cantidad    numeric(14,3) NOT NULL,
    a_stock     boolean NOT NULL,
    subtotal    numeric(12,2),
    iva         numeric(12,2),
    CONSTRAINT reembolso_detalle_unico PRIMARY KEY (ree_id, prd_codigo),
    CONSTRAINT reembolso_detalle_reembolso_existe FOREIGN KEY (ree_id) REFERENCES datos.reembolso,
    CONSTRAINT reembolso_detalle_cantidad_positiva CHECK (cantidad > 0 AND cantidad < 'NaN'),
    CONSTRAINT reembolso_detalle_monto_no_negativo CHECK (subtotal >= 0 AND iva >= 0),
    CONSTRAINT reembolso_detalle_acreditado_entero CHECK ((subtotal IS NULL) = (iva IS NULL))
);
COMMENT ON CONSTRAINT reembolso_detalle_cantidad_positiva ON datos.reembolso_detalle
IS 'La cantidad debe ser mayor que cero.';

-- What the embedded provider gave back of a charge, in parts, under a key each.
CREATE TABLE datos.simulada_reembolso (
    rem_clave   uuid NOT NULL,
    car_clave   uuid NOT NULL,
    rem_monto   numeric(12,2) NOT NULL,
    rem_fecha   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT simulada_reembolso_unico PRIMARY KEY (rem_clave),
    CONSTRAINT simulada_reembolso_cargo_existe FOREIGN KEY (car_clave) REFERENCES datos.simulada_cargo,
    CONSTRAINT simulada_reembolso_positivo CHECK (rem_monto > 0)
);
COMMENT ON CONSTRAINT simulada_reembolso_positivo ON datos.simulada_reembolso IS 'El reembolso debe ser mayor que cero.';
CREATE INDEX simulada_reembolso_por_cargo ON datos.simulada_reembolso (car_clave);

ALTER TABLE datos.pedido_estado ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.reembolso ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.reembolso_detalle ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.simulada_reembolso ENABLE ROW LEVEL SECURITY;
