-- Sales at the till, and those of a terminal that was offline. A late sale is known by the id its terminal made; what
-- cannot be invoiced as it was sold is kept whole, with its money, until somebody resolves it.

ALTER TABLE datos.factura ADD COLUMN fac_vendida_en timestamptz;
COMMENT ON COLUMN datos.factura.fac_vendida_en IS 'Cuándo la vendió un terminal sin conexión; nulo si se vendió al emitirse';

CREATE INDEX factura_venta_reciente ON datos.factura (fac_fecha DESC, fac_codigo DESC) WHERE ses_id IS NOT NULL;
CREATE INDEX factura_venta_propia ON datos.factura (usr_id, fac_fecha DESC, fac_codigo DESC) WHERE ses_id IS NOT NULL;
CREATE INDEX factura_venta_anulada ON datos.factura (fac_fecha DESC, fac_codigo DESC)
WHERE ses_id IS NOT NULL AND fac_estado = 'ANU';

CREATE TABLE datos.venta_diferida (
    id             uuid NOT NULL,
    usr_id         text NOT NULL DEFAULT session_user,
    ses_id         bigint NOT NULL,
    vendida_en     timestamptz NOT NULL,
    recibida_en    timestamptz NOT NULL DEFAULT now(),
    total_impreso  numeric(12,2) NOT NULL,
    fac_codigo     text NOT NULL,
    CONSTRAINT venta_diferida_unica PRIMARY KEY (id),
    CONSTRAINT venta_diferida_una_factura UNIQUE (fac_codigo),
    CONSTRAINT venta_diferida_sesion_existe FOREIGN KEY (ses_id) REFERENCES datos.sesion_caja,
    CONSTRAINT venta_diferida_total CHECK (total_impreso >= 0 AND total_impreso < 'NaN')
);
COMMENT ON COLUMN datos.venta_diferida.fac_codigo IS 'El que le toca a su factura, que existe si se registró o se facturó después';
COMMENT ON CONSTRAINT venta_diferida_total ON datos.venta_diferida IS 'El total impreso no es válido.';

CREATE TABLE datos.venta_observada (
    id                uuid NOT NULL,
    eta_codigo        text NOT NULL,
    pto_codigo        text NOT NULL,
    bod_codigo        text NOT NULL,
    cli_codigo        text NOT NULL,
    fecha             timestamptz NOT NULL DEFAULT now(),
    regla             text NOT NULL,
    mensaje           text NOT NULL,
    estado            text NOT NULL DEFAULT 'PENDIENTE',
    observacion       text NOT NULL DEFAULT '',
    resuelta_por      text,
    fecha_resolucion  timestamptz,
    CONSTRAINT venta_observada_unica PRIMARY KEY (id),
    CONSTRAINT venta_observada_diferida_existe FOREIGN KEY (id) REFERENCES datos.venta_diferida,
    CONSTRAINT venta_observada_punto_existe FOREIGN KEY (eta_codigo, pto_codigo) REFERENCES datos.punto_emision,
    CONSTRAINT venta_observada_bodega_existe FOREIGN KEY (bod_codigo) REFERENCES datos.bodega,
    CONSTRAINT venta_observada_cliente_existe FOREIGN KEY (cli_codigo) REFERENCES datos.cliente,
    CONSTRAINT venta_observada_estado_conocido CHECK (estado IN ('PENDIENTE', 'FACTURADA', 'DEVUELTA')),
    CONSTRAINT venta_observada_observacion_corta CHECK (length(observacion) <= 200),
    CONSTRAINT venta_observada_resuelta_completa CHECK (
        num_nonnulls(resuelta_por, fecha_resolucion) = CASE estado WHEN 'PENDIENTE' THEN 0 ELSE 2 END
    )
);
COMMENT ON CONSTRAINT venta_observada_observacion_corta ON datos.venta_observada IS 'La observación admite hasta 200 caracteres.';
CREATE INDEX venta_observada_recientes ON datos.venta_observada (fecha DESC, id);
CREATE INDEX venta_observada_por_estado ON datos.venta_observada (estado, fecha DESC, id);

CREATE TABLE datos.venta_observada_linea (
    id             uuid NOT NULL,
    linea          smallint NOT NULL,
    prd_codigo     text NOT NULL,
    cantidad       numeric(14,3) NOT NULL,
    precio         numeric(12,2),
    CONSTRAINT venta_observada_linea_unica PRIMARY KEY (id, linea),
    CONSTRAINT venta_observada_linea_venta_existe FOREIGN KEY (id) REFERENCES datos.venta_observada,
    CONSTRAINT venta_observada_linea_producto_existe FOREIGN KEY (prd_codigo) REFERENCES datos.producto,
    CONSTRAINT venta_observada_linea_positiva CHECK (cantidad > 0 AND cantidad < 'NaN' AND precio >= 0 AND precio < 'NaN')
);
COMMENT ON COLUMN datos.venta_observada_linea.precio IS 'El que imprimió el terminal, si no era el de su momento';

CREATE TABLE datos.venta_observada_pago (
    id          uuid NOT NULL,
    linea       smallint NOT NULL,
    metodo      text NOT NULL,
    monto       numeric(12,2) NOT NULL,
    recibido    numeric(12,2) NOT NULL,
    referencia  text NOT NULL DEFAULT '',
    CONSTRAINT venta_observada_pago_unico PRIMARY KEY (id, linea),
    CONSTRAINT venta_observada_pago_venta_existe FOREIGN KEY (id) REFERENCES datos.venta_observada,
    CONSTRAINT venta_observada_pago_metodo CHECK (
        metodo IN ('EFECTIVO', 'QR', 'TRANSFERENCIA', 'TARJETA', 'CREDITO', 'SALDO')
    ),
    CONSTRAINT venta_observada_pago_monto CHECK (monto >= 0 AND recibido >= monto AND recibido < 'NaN'),
    CONSTRAINT venta_observada_pago_referencia CHECK (length(referencia) <= 60)
);

ALTER TABLE datos.venta_diferida ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.venta_observada ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.venta_observada_linea ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.venta_observada_pago ENABLE ROW LEVEL SECURITY;
