-- Cash: registers, and the sessions in which a person works one. The money itself stands in the libro: each session has
-- an account of its own (class CAJA), so what a session holds, and that a closed one holds nothing, is a matter of sums.

ALTER TABLE datos.cuenta_clase DROP CONSTRAINT cuenta_clase_por_conocido;
ALTER TABLE datos.cuenta_clase ADD CONSTRAINT cuenta_clase_por_conocido CHECK (
    por IN ('', 'establecimiento', 'cliente', 'sri', 'proveedor', 'pasarela', 'sesion', 'caja', 'usuario')
);

INSERT INTO datos.cuenta_clase (clase, tipo, por, guardada, piso, descripcion) VALUES
    ('CAJA',             'ACTIVO',  'sesion',  true,  0,    'Efectivo de una sesión de caja abierta'),
    ('CAJA_FONDO',       'ACTIVO',  'caja',    true,  0,    'Fondo que queda en la caja entre una sesión y la siguiente'),
    ('DESCUADRE',        'ACTIVO',  'usuario', false, NULL, 'Diferencias de caja por resolver, por cajero'),
    ('DEUDA_PERSONAL',   'ACTIVO',  'usuario', true,  0,    'Lo que una persona debe a la empresa'),
    ('POR_REGULARIZAR',  'PASIVO',  '',        false, NULL, 'Cobros de ventas observadas, por regularizar'),
    ('OTROS_INGRESOS',   'INGRESO', '',        false, NULL, 'Ingresos de caja que no son ventas, y sobrantes'),
    ('GASTOS_CAJA',      'GASTO',   '',        false, NULL, 'Gastos menores pagados de la caja'),
    ('FALTANTES',        'GASTO',   '',        false, NULL, 'Faltantes de caja justificados');

INSERT INTO datos.cuenta (clase) VALUES ('POR_REGULARIZAR'), ('OTROS_INGRESOS'), ('GASTOS_CAJA'), ('FALTANTES');

CREATE TABLE datos.caja (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    nombre      text NOT NULL,
    tipo        text NOT NULL DEFAULT 'MIXTA',
    eta_codigo  text NOT NULL,
    pto_codigo  text NOT NULL,
    estado      text NOT NULL DEFAULT 'ACT',
    CONSTRAINT caja_unica PRIMARY KEY (id),
    CONSTRAINT caja_nombre_largo CHECK (length(nombre) BETWEEN 1 AND 60),
    CONSTRAINT caja_tipo_conocido CHECK (tipo IN ('SOLO_VENTAS', 'SOLO_AGENTES', 'MIXTA')),
    CONSTRAINT caja_estado_conocido CHECK (estado IN ('ACT', 'INA')),
    CONSTRAINT caja_punto_existe FOREIGN KEY (eta_codigo, pto_codigo) REFERENCES datos.punto_emision
);
COMMENT ON CONSTRAINT caja_nombre_largo ON datos.caja IS 'El nombre de la caja tiene entre 1 y 60 caracteres.';
COMMENT ON CONSTRAINT caja_tipo_conocido ON datos.caja IS 'El tipo de caja es SOLO_VENTAS, SOLO_AGENTES o MIXTA.';
COMMENT ON CONSTRAINT caja_estado_conocido ON datos.caja IS 'El estado de la caja es ACT o INA.';
COMMENT ON CONSTRAINT caja_punto_existe ON datos.caja IS 'El punto de emisión de la caja no existe.';
CREATE UNIQUE INDEX caja_nombre_unico ON datos.caja (eta_codigo, lower(nombre)) WHERE estado = 'ACT';
COMMENT ON INDEX datos.caja_nombre_unico IS 'Ya hay una caja con ese nombre en el establecimiento.';

CREATE TABLE datos.sesion_caja (
    id                     bigint GENERATED ALWAYS AS IDENTITY,
    caja                   bigint NOT NULL,
    eta_codigo             text NOT NULL,
    pto_codigo             text NOT NULL,
    usr_id                 text NOT NULL DEFAULT session_user,
    estado                 text NOT NULL DEFAULT 'ABIERTA',
    fecha_apertura         timestamptz NOT NULL DEFAULT now(),
    monto_inicial          numeric(12,2) NOT NULL,
    monto_inicial_esperado numeric(12,2) NOT NULL,
    desglose_apertura      jsonb,
    observacion_apertura   text NOT NULL DEFAULT '',
    fecha_cierre           timestamptz,
    cerrada_por            text,
    z_secuencial           bigint,
    monto_esperado         numeric(12,2),
    monto_final_declarado  numeric(12,2),
    desglose_cierre        jsonb,
    fondo                  numeric(12,2),
    diferencia             numeric(12,2) GENERATED ALWAYS AS (monto_final_declarado - monto_esperado) STORED,
    cuadre                 text,
    observacion_cierre     text NOT NULL DEFAULT '',
    CONSTRAINT sesion_caja_unica PRIMARY KEY (id),
    CONSTRAINT sesion_caja_caja_existe FOREIGN KEY (caja) REFERENCES datos.caja,
    CONSTRAINT sesion_caja_estado_conocido CHECK (estado IN ('ABIERTA', 'CERRADA')),
    CONSTRAINT sesion_caja_cuadre_conocido CHECK (cuadre IN ('CUADRADO', 'SOBRANTE', 'FALTANTE')),
    CONSTRAINT sesion_caja_monto_inicial CHECK (monto_inicial >= 0 AND monto_inicial_esperado >= 0),
    CONSTRAINT sesion_caja_monto_final CHECK (monto_final_declarado >= 0 AND monto_esperado >= 0),
    CONSTRAINT sesion_caja_fondo CHECK (fondo BETWEEN 0 AND monto_final_declarado),
    CONSTRAINT sesion_caja_observacion_corta CHECK (
        length(observacion_apertura) <= 255 AND length(observacion_cierre) <= 255
    ),
    CONSTRAINT sesion_caja_cerrada_completa CHECK (
        num_nonnulls(fecha_cierre, cerrada_por, z_secuencial, monto_esperado, monto_final_declarado, fondo, cuadre)
        = CASE estado WHEN 'CERRADA' THEN 7 ELSE 0 END
    )
);
COMMENT ON CONSTRAINT sesion_caja_caja_existe ON datos.sesion_caja IS 'La caja no existe.';
COMMENT ON CONSTRAINT sesion_caja_monto_inicial ON datos.sesion_caja IS 'El monto inicial no puede ser negativo.';
COMMENT ON CONSTRAINT sesion_caja_monto_final ON datos.sesion_caja IS 'El monto contado no puede ser negativo.';
COMMENT ON CONSTRAINT sesion_caja_fondo ON datos.sesion_caja IS 'El fondo que queda no puede exceder lo contado.';
COMMENT ON CONSTRAINT sesion_caja_observacion_corta ON datos.sesion_caja IS 'La observación admite hasta 255 caracteres.';
CREATE UNIQUE INDEX sesion_caja_una_por_caja ON datos.sesion_caja (caja) WHERE estado = 'ABIERTA';
CREATE UNIQUE INDEX sesion_caja_una_por_persona ON datos.sesion_caja (usr_id) WHERE estado = 'ABIERTA';
COMMENT ON INDEX datos.sesion_caja_una_por_caja IS 'La caja ya tiene una sesión abierta.';
COMMENT ON INDEX datos.sesion_caja_una_por_persona IS 'Ya tiene una sesión de caja abierta.';
CREATE UNIQUE INDEX sesion_caja_z_unico ON datos.sesion_caja (eta_codigo, pto_codigo, z_secuencial);
CREATE INDEX sesion_caja_recientes ON datos.sesion_caja (fecha_apertura DESC, id DESC);
CREATE INDEX sesion_caja_por_persona ON datos.sesion_caja (usr_id, id DESC);
CREATE INDEX sesion_caja_por_caja ON datos.sesion_caja (caja, id DESC);

-- A sale at the till names its session; every way it was paid is a row.
ALTER TABLE datos.factura ADD COLUMN ses_id bigint
    CONSTRAINT factura_sesion_existe REFERENCES datos.sesion_caja;
CREATE INDEX factura_por_sesion ON datos.factura (ses_id, fac_fecha DESC, fac_codigo DESC) WHERE ses_id IS NOT NULL;

CREATE TABLE datos.factura_pago (
    fac_codigo  text NOT NULL,
    linea       smallint NOT NULL,
    metodo      text NOT NULL,
    monto       numeric(12,2) NOT NULL,
    recibido    numeric(12,2) NOT NULL,
    referencia  text NOT NULL DEFAULT '',
    CONSTRAINT factura_pago_unico PRIMARY KEY (fac_codigo, linea),
    CONSTRAINT factura_pago_factura_existe FOREIGN KEY (fac_codigo) REFERENCES datos.factura,
    CONSTRAINT pago_metodo_conocido CHECK (
        metodo IN ('EFECTIVO', 'QR', 'TRANSFERENCIA', 'TARJETA', 'CREDITO', 'SALDO')
    ),
    CONSTRAINT pago_monto_positivo CHECK (monto >= 0 AND recibido >= monto AND recibido < 'NaN'),
    CONSTRAINT pago_cambio_solo_efectivo CHECK (metodo = 'EFECTIVO' OR recibido = monto),
    CONSTRAINT pago_referencia_corta CHECK (length(referencia) <= 60)
);
COMMENT ON COLUMN datos.factura_pago.monto IS 'Lo que pagó de la venta; en efectivo, lo que quedó en la caja';
COMMENT ON COLUMN datos.factura_pago.recibido IS 'Lo que se entregó; menos el monto, es el cambio';
COMMENT ON CONSTRAINT pago_metodo_conocido ON datos.factura_pago IS 'El método de pago no es válido.';
COMMENT ON CONSTRAINT pago_monto_positivo ON datos.factura_pago IS 'El monto del pago no es válido.';
COMMENT ON CONSTRAINT pago_cambio_solo_efectivo ON datos.factura_pago IS 'Solo el efectivo da cambio.';
COMMENT ON CONSTRAINT pago_referencia_corta ON datos.factura_pago IS 'La referencia admite hasta 60 caracteres.';
CREATE UNIQUE INDEX pago_un_efectivo ON datos.factura_pago (fac_codigo) WHERE metodo = 'EFECTIVO';
COMMENT ON INDEX datos.pago_un_efectivo IS 'Una venta tiene a lo sumo un pago en efectivo.';

-- What a count found missing or over, for ever; resolving it is a later, signed entry.
CREATE TABLE datos.descuadre (
    id                bigint GENERATED ALWAYS AS IDENTITY,
    ses_id            bigint NOT NULL,
    momento           text NOT NULL,
    eta_codigo        text NOT NULL,
    usr_id            text NOT NULL,
    monto             numeric(12,2) NOT NULL,
    fecha             timestamptz NOT NULL DEFAULT now(),
    estado            text NOT NULL DEFAULT 'PENDIENTE',
    observacion       text NOT NULL DEFAULT '',
    resuelto_por      text,
    fecha_resolucion  timestamptz,
    CONSTRAINT descuadre_unico PRIMARY KEY (id),
    CONSTRAINT descuadre_uno_por_arqueo UNIQUE (ses_id, momento),
    CONSTRAINT descuadre_sesion_existe FOREIGN KEY (ses_id) REFERENCES datos.sesion_caja,
    CONSTRAINT descuadre_momento_conocido CHECK (momento IN ('APERTURA', 'CIERRE')),
    CONSTRAINT descuadre_con_monto CHECK (monto <> 0 AND monto < 'NaN'),
    CONSTRAINT descuadre_estado_conocido CHECK (estado IN ('PENDIENTE', 'RESUELTO', 'JUSTIFICADO')),
    CONSTRAINT descuadre_observacion_corta CHECK (length(observacion) <= 255),
    CONSTRAINT descuadre_resuelto_completo CHECK (
        num_nonnulls(resuelto_por, fecha_resolucion) = CASE estado WHEN 'PENDIENTE' THEN 0 ELSE 2 END
    )
);
COMMENT ON COLUMN datos.descuadre.usr_id IS 'El cajero de la sesión';
COMMENT ON COLUMN datos.descuadre.monto IS 'Contado menos esperado: positivo sobra, negativo falta';
COMMENT ON CONSTRAINT descuadre_estado_conocido ON datos.descuadre IS 'El descuadre queda RESUELTO o JUSTIFICADO.';
COMMENT ON CONSTRAINT descuadre_observacion_corta ON datos.descuadre IS 'La observación admite hasta 255 caracteres.';
CREATE INDEX descuadre_por_estado ON datos.descuadre (estado, id DESC);
CREATE INDEX descuadre_por_persona ON datos.descuadre (usr_id, id DESC);

ALTER TABLE datos.caja ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.sesion_caja ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.descuadre ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.factura_pago ENABLE ROW LEVEL SECURITY;
