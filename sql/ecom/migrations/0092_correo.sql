-- Letters to send after the commit that wrote them: what a template is filled with, instead of a text, and what a sender
-- needs to try again. The same table as the POS's.
--
-- Nothing ever sent a letter of the table that is replaced, and the codes in them were good for fifteen minutes.
DROP TABLE datos.correo;

-- `cor_para` is an address, or NULL when only the POS knows it: then `cli_ruc_ced` names the client whose record has it.
-- `cor_datos` is what the template is filled with; it may hold a code, so it does not outlive the letter's way.
CREATE TABLE datos.correo (
    cor_id         bigint GENERATED ALWAYS AS IDENTITY,
    cor_uid        uuid NOT NULL DEFAULT gen_random_uuid(),
    cor_plantilla  text NOT NULL,
    cor_para       text,
    cli_ruc_ced    text,
    cor_datos      jsonb,
    cor_vence      timestamptz,
    cor_estado     text NOT NULL DEFAULT 'PENDIENTE',
    cor_intentos   int NOT NULL DEFAULT 0,
    cor_proximo    timestamptz NOT NULL DEFAULT now(),
    cor_error      text,
    cor_creado     timestamptz NOT NULL DEFAULT now(),
    cor_enviado    timestamptz,
    usr_id         text NOT NULL DEFAULT session_user,
    CONSTRAINT correo_unico PRIMARY KEY (cor_id),
    CONSTRAINT correo_plantilla_forma CHECK (cor_plantilla ~ '^[a-z_]{3,40}$'),
    CONSTRAINT correo_un_destino CHECK ((cor_para IS NULL) <> (cli_ruc_ced IS NULL)),
    CONSTRAINT correo_para_forma CHECK (
        length(cor_para) <= 120 AND cor_para ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'
    ),
    CONSTRAINT correo_datos_tamano CHECK (octet_length(cor_datos::text) <= 20000),
    CONSTRAINT correo_estado_conocido CHECK (cor_estado IN ('PENDIENTE', 'ENVIANDO', 'ENVIADO', 'MUERTO')),
    CONSTRAINT correo_con_contenido CHECK (cor_datos IS NOT NULL OR cor_estado IN ('ENVIADO', 'MUERTO')),
    CONSTRAINT correo_error_largo CHECK (length(cor_error) <= 200)
);
COMMENT ON TABLE datos.correo IS 'Correos por enviar y enviados: el sobre queda, el contenido se borra';
COMMENT ON COLUMN datos.correo.cor_uid IS 'El mismo en cada intento: de él sale el Message-ID';
COMMENT ON COLUMN datos.correo.cor_vence IS 'Hasta cuándo vale enviarlo; solo lo tiene el que lleva un código';
COMMENT ON COLUMN datos.correo.cor_proximo IS 'PENDIENTE: desde cuándo se intenta. ENVIANDO: hasta cuándo es de quien lo tomó';
COMMENT ON COLUMN datos.correo.usr_id IS 'Quién hizo que se enviara';
COMMENT ON CONSTRAINT correo_plantilla_forma ON datos.correo IS 'La plantilla se nombra con minúsculas y guiones bajos.';
COMMENT ON CONSTRAINT correo_un_destino ON datos.correo IS 'Un correo va a una dirección o a un cliente, no a ambos.';
COMMENT ON CONSTRAINT correo_para_forma ON datos.correo IS 'El correo electrónico no es válido.';
COMMENT ON CONSTRAINT correo_datos_tamano ON datos.correo IS 'El mensaje es demasiado largo.';
COMMENT ON CONSTRAINT correo_estado_conocido ON datos.correo IS 'El estado del correo no es uno de los conocidos.';
COMMENT ON CONSTRAINT correo_con_contenido ON datos.correo IS 'Un correo por enviar tiene contenido.';
COMMENT ON CONSTRAINT correo_error_largo ON datos.correo IS 'El error de un correo tiene hasta 200 caracteres.';

CREATE INDEX correo_por_enviar ON datos.correo (cor_proximo, cor_id) WHERE cor_estado IN ('PENDIENTE', 'ENVIANDO');
CREATE INDEX correo_por_estado ON datos.correo (cor_estado, cor_id DESC);
CREATE INDEX correo_por_autor ON datos.correo (usr_id, cor_creado) WHERE cor_plantilla = 'mensaje';
CREATE INDEX correo_por_destino ON datos.correo (lower(cor_para), cor_creado) WHERE cor_plantilla = 'mensaje';

ALTER TABLE datos.correo ENABLE ROW LEVEL SECURITY;

-- The letter of a claim also carries a link, for clients without a screen to type a code in: a random token, of which
-- only this digest is kept.
ALTER TABLE datos.verificacion
    ADD COLUMN ver_enlace bytea,
    ADD CONSTRAINT verificacion_enlace_unico UNIQUE (ver_enlace),
    ADD CONSTRAINT verificacion_enlace_sha256 CHECK (octet_length(ver_enlace) = 32);
COMMENT ON CONSTRAINT verificacion_enlace_unico ON datos.verificacion IS 'Ese enlace ya existe.';
COMMENT ON CONSTRAINT verificacion_enlace_sha256 ON datos.verificacion IS 'El enlace no llegó en la forma esperada.';
