-- The shop's half of the bridge: the number of the last delivery of the catalogue that was taken.

CREATE TABLE datos.puente_recibido (
    rec_unico  boolean NOT NULL DEFAULT true,
    rec_envio  bigint NOT NULL,
    rec_fecha  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT puente_recibido_unico PRIMARY KEY (rec_unico),
    CONSTRAINT puente_recibido_una_fila CHECK (rec_unico)
);

INSERT INTO datos.puente_recibido (rec_envio) VALUES (0);

ALTER TABLE datos.puente_recibido ENABLE ROW LEVEL SECURITY;
