-- Goods on their way between bodegas: out of one into TRANSITO with what they are worth, from there to the other, back,
-- or lost. Each line keeps the units and the value that are still on the way.
--
-- numeric accepts NaN, which compares greater than every number: hence the `< 'NaN'` in the checks.

CREATE SEQUENCE datos.transferencia_numero AS bigint;

CREATE TABLE datos.transferencia (
    tra_codigo       text NOT NULL,
    eta_origen       text NOT NULL,
    bod_origen       text NOT NULL,
    eta_destino      text NOT NULL,
    bod_destino      text NOT NULL,
    tra_fecha        timestamptz NOT NULL DEFAULT now(),
    tra_observacion  text NOT NULL DEFAULT '',
    tra_estado       text NOT NULL DEFAULT 'ENVIADA',
    tra_motivo       text,
    usr_id           text NOT NULL DEFAULT session_user,
    CONSTRAINT transferencia_unica PRIMARY KEY (tra_codigo),
    CONSTRAINT transferencia_origen_existe FOREIGN KEY (eta_origen, bod_origen)
        REFERENCES datos.bodega (eta_codigo, bod_codigo),
    CONSTRAINT transferencia_destino_existe FOREIGN KEY (eta_destino, bod_destino)
        REFERENCES datos.bodega (eta_codigo, bod_codigo),
    CONSTRAINT transferencia_entre_dos CHECK (bod_origen <> bod_destino),
    CONSTRAINT transferencia_estado_conocido CHECK (tra_estado IN ('ENVIADA', 'PARCIAL', 'RECIBIDA', 'CERRADA')),
    CONSTRAINT transferencia_observacion_corta CHECK (length(tra_observacion) <= 255),
    CONSTRAINT transferencia_motivo_corto CHECK (length(tra_motivo) <= 255)
);
COMMENT ON TABLE datos.transferencia IS 'Envíos entre bodegas';
COMMENT ON COLUMN datos.transferencia.tra_estado IS 'ENVIADA y PARCIAL tienen algo en camino; RECIBIDA llegó entera; CERRADA terminó sin llegar entera';
COMMENT ON CONSTRAINT transferencia_origen_existe ON datos.transferencia IS 'La bodega de origen no existe.';
COMMENT ON CONSTRAINT transferencia_destino_existe ON datos.transferencia IS 'La bodega de destino no existe.';
COMMENT ON CONSTRAINT transferencia_entre_dos ON datos.transferencia IS 'El origen y el destino son bodegas distintas.';
COMMENT ON CONSTRAINT transferencia_estado_conocido ON datos.transferencia IS 'El estado del envío es ENVIADA, PARCIAL, RECIBIDA o CERRADA.';
COMMENT ON CONSTRAINT transferencia_observacion_corta ON datos.transferencia IS 'La observación admite hasta 255 caracteres.';
COMMENT ON CONSTRAINT transferencia_motivo_corto ON datos.transferencia IS 'El motivo admite hasta 255 caracteres.';
CREATE INDEX transferencia_recientes ON datos.transferencia (tra_codigo DESC);
CREATE INDEX transferencia_por_estado ON datos.transferencia (tra_estado, tra_codigo DESC);
CREATE INDEX transferencia_por_origen ON datos.transferencia (bod_origen, tra_codigo DESC);
CREATE INDEX transferencia_por_destino ON datos.transferencia (bod_destino, tra_codigo DESC);

CREATE TABLE datos.transferencia_detalle (
    tra_codigo      text NOT NULL,
    itm_codigo      text NOT NULL,
    cantidad        numeric(14,3) NOT NULL,
    valor           numeric(18,6) NOT NULL,
    recibida        numeric(14,3) NOT NULL DEFAULT 0,
    devuelta        numeric(14,3) NOT NULL DEFAULT 0,
    baja            numeric(14,3) NOT NULL DEFAULT 0,
    pendiente       numeric(14,3) NOT NULL GENERATED ALWAYS AS (cantidad - recibida - devuelta - baja) STORED,
    valor_pendiente numeric(18,6) NOT NULL,
    CONSTRAINT transferencia_detalle_unico PRIMARY KEY (tra_codigo, itm_codigo),
    CONSTRAINT transferencia_detalle_envio_existe FOREIGN KEY (tra_codigo) REFERENCES datos.transferencia,
    CONSTRAINT transferencia_cantidad_positiva CHECK (cantidad > 0 AND cantidad < 'NaN'),
    CONSTRAINT transferencia_dentro_de_lo_enviado CHECK (
        recibida >= 0 AND devuelta >= 0 AND baja >= 0 AND recibida + devuelta + baja <= cantidad
    ),
    CONSTRAINT transferencia_valor_en_camino CHECK (
        valor_pendiente BETWEEN 0 AND valor AND (valor_pendiente = 0 OR recibida + devuelta + baja < cantidad)
    )
);
COMMENT ON CONSTRAINT transferencia_detalle_unico ON datos.transferencia_detalle IS 'Cada artículo va una vez por envío.';
COMMENT ON CONSTRAINT transferencia_detalle_envio_existe ON datos.transferencia_detalle IS 'El envío no existe.';
COMMENT ON CONSTRAINT transferencia_cantidad_positiva ON datos.transferencia_detalle IS 'La cantidad debe ser mayor que cero.';
COMMENT ON CONSTRAINT transferencia_dentro_de_lo_enviado ON datos.transferencia_detalle IS 'No llega, vuelve ni se pierde más de lo que está en camino.';
COMMENT ON CONSTRAINT transferencia_valor_en_camino ON datos.transferencia_detalle IS 'El valor en camino es de las unidades en camino.';
CREATE INDEX transferencia_detalle_en_camino ON datos.transferencia_detalle (itm_codigo) WHERE pendiente > 0;

ALTER TABLE datos.transferencia ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.transferencia_detalle ENABLE ROW LEVEL SECURITY;
