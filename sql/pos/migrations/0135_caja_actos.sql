-- What happens in a cash session besides sales: money in and out with a reason, advances to staff; and the Z report of
-- its close, as it was printed.

CREATE TABLE datos.caja_movimiento (
    id      bigint GENERATED ALWAYS AS IDENTITY,
    ses_id  bigint NOT NULL,
    tipo    text NOT NULL,
    cuenta  text NOT NULL,
    monto   numeric(12,2) NOT NULL,
    motivo  text NOT NULL,
    fecha   timestamptz NOT NULL DEFAULT now(),
    usr_id  text NOT NULL DEFAULT session_user,
    CONSTRAINT caja_movimiento_unico PRIMARY KEY (id),
    CONSTRAINT caja_movimiento_sesion_existe FOREIGN KEY (ses_id) REFERENCES datos.sesion_caja,
    CONSTRAINT caja_movimiento_tipo_conocido CHECK (tipo IN ('INGRESO', 'EGRESO')),
    CONSTRAINT caja_movimiento_cuenta_conocida CHECK (
        cuenta IN ('CAJA_GENERAL', CASE tipo WHEN 'INGRESO' THEN 'OTROS_INGRESOS' ELSE 'GASTOS_CAJA' END)
    ),
    CONSTRAINT caja_movimiento_monto_positivo CHECK (monto > 0 AND monto < 'NaN'),
    CONSTRAINT caja_movimiento_con_motivo CHECK (length(motivo) BETWEEN 1 AND 150)
);
COMMENT ON COLUMN datos.caja_movimiento.cuenta IS 'La otra cuenta del asiento: de dónde vino o adónde fue el dinero';
COMMENT ON CONSTRAINT caja_movimiento_tipo_conocido ON datos.caja_movimiento IS 'El movimiento es INGRESO o EGRESO.';
COMMENT ON CONSTRAINT caja_movimiento_cuenta_conocida ON datos.caja_movimiento IS 'El movimiento no va contra esa cuenta.';
COMMENT ON CONSTRAINT caja_movimiento_monto_positivo ON datos.caja_movimiento IS 'El monto debe ser mayor que cero.';
COMMENT ON CONSTRAINT caja_movimiento_con_motivo ON datos.caja_movimiento IS 'Diga el motivo, en hasta 150 caracteres.';
CREATE INDEX caja_movimiento_por_sesion ON datos.caja_movimiento (ses_id, id);

-- What a member of staff owes: an advance out of a drawer, or a shortage that was charged to them.
CREATE TABLE datos.prestamo (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    eta_codigo   text NOT NULL,
    usr_id       text NOT NULL,
    ses_id       bigint,
    des_id       bigint,
    monto        numeric(12,2) NOT NULL,
    saldo        numeric(12,2) NOT NULL,
    motivo       text NOT NULL,
    fecha        timestamptz NOT NULL DEFAULT now(),
    estado       text NOT NULL DEFAULT 'PEN',
    otorgado_por text NOT NULL DEFAULT session_user,
    CONSTRAINT prestamo_unico PRIMARY KEY (id),
    CONSTRAINT prestamo_establecimiento_existe FOREIGN KEY (eta_codigo) REFERENCES datos.establecimiento,
    CONSTRAINT prestamo_sesion_existe FOREIGN KEY (ses_id) REFERENCES datos.sesion_caja,
    CONSTRAINT prestamo_descuadre_existe FOREIGN KEY (des_id) REFERENCES datos.descuadre,
    CONSTRAINT prestamo_descuadre_una_vez UNIQUE (des_id),
    CONSTRAINT prestamo_de_caja_o_descuadre CHECK (num_nonnulls(ses_id, des_id) = 1),
    CONSTRAINT prestamo_dentro_del_monto CHECK (monto > 0 AND saldo BETWEEN 0 AND monto AND monto < 'NaN'),
    CONSTRAINT prestamo_estado_conocido CHECK (estado IN ('PEN', 'PAG')),
    CONSTRAINT prestamo_pagado_sin_saldo CHECK ((estado = 'PAG') = (saldo = 0)),
    CONSTRAINT prestamo_con_motivo CHECK (length(motivo) BETWEEN 1 AND 255)
);
COMMENT ON COLUMN datos.prestamo.usr_id IS 'Quien debe';
COMMENT ON COLUMN datos.prestamo.ses_id IS 'La sesión de caja de la que salió; nulo si es un faltante cargado';
COMMENT ON COLUMN datos.prestamo.des_id IS 'El faltante de caja que se le cargó; nulo si es un anticipo';
COMMENT ON CONSTRAINT prestamo_con_motivo ON datos.prestamo IS 'Diga el motivo, en hasta 255 caracteres.';
CREATE INDEX prestamo_por_persona ON datos.prestamo (usr_id, id DESC);
CREATE INDEX prestamo_por_estado ON datos.prestamo (estado, id DESC);
CREATE INDEX prestamo_por_sesion ON datos.prestamo (ses_id) WHERE ses_id IS NOT NULL;

-- What the close of a session reported. It is kept as it was told, not told again: sales of the session may be annulled
-- later, with money of another day.
CREATE TABLE datos.sesion_caja_z (
    ses_id    bigint NOT NULL,
    contenido json NOT NULL,
    CONSTRAINT sesion_caja_z_una PRIMARY KEY (ses_id),
    CONSTRAINT sesion_caja_z_sesion_existe FOREIGN KEY (ses_id) REFERENCES datos.sesion_caja
);

CREATE INDEX caja_por_punto ON datos.caja (eta_codigo, pto_codigo);

ALTER TABLE datos.caja_movimiento ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.prestamo ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.sesion_caja_z ENABLE ROW LEVEL SECURITY;
