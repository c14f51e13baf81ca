-- Codes with which a person who forgot the password sets a new one.
--
-- A row begins as a bare wish (an e-mail, whoever's), so that asking costs the same whether anybody has it; the worker
-- then finds out who it is, makes the code and keeps its digest. `cla_sujeto` is a login at the POS, an account in the
-- shop.
CREATE TABLE datos.clave_codigo (
    cla_id        bigint GENERATED ALWAYS AS IDENTITY,
    cla_email     text NOT NULL,
    cla_sujeto    text,
    cla_hash      bytea,
    cla_intentos  smallint NOT NULL DEFAULT 0,
    cla_creado    timestamptz NOT NULL DEFAULT now(),
    cla_vence     timestamptz,
    cla_usado     timestamptz,
    CONSTRAINT clave_codigo_unico PRIMARY KEY (cla_id),
    CONSTRAINT clave_codigo_email_largo CHECK (length(cla_email) BETWEEN 3 AND 120),
    CONSTRAINT clave_codigo_completo CHECK (
        (cla_sujeto IS NULL) = (cla_hash IS NULL) AND (cla_sujeto IS NULL) = (cla_vence IS NULL)
    ),
    CONSTRAINT clave_codigo_sha256 CHECK (octet_length(cla_hash) = 32),
    CONSTRAINT clave_codigo_cinco_intentos CHECK (cla_intentos BETWEEN 0 AND 5)
);
COMMENT ON TABLE datos.clave_codigo IS 'Códigos para restablecer una contraseña olvidada';
COMMENT ON CONSTRAINT clave_codigo_email_largo ON datos.clave_codigo IS 'El correo electrónico no es válido.';
COMMENT ON CONSTRAINT clave_codigo_completo ON datos.clave_codigo IS 'Un código es de alguien y vence.';
COMMENT ON CONSTRAINT clave_codigo_sha256 ON datos.clave_codigo IS 'El código no llegó en la forma esperada.';
COMMENT ON CONSTRAINT clave_codigo_cinco_intentos ON datos.clave_codigo IS 'Demasiados intentos con ese código; pida otro.';

CREATE INDEX clave_codigo_por_email ON datos.clave_codigo (cla_email, cla_id DESC);
CREATE INDEX clave_codigo_por_atender ON datos.clave_codigo (cla_id) WHERE cla_sujeto IS NULL;

ALTER TABLE datos.clave_codigo ENABLE ROW LEVEL SECURITY;
