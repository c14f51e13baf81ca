-- Who shops: accounts, their passwords apart, what is known of POS clients, codes to claim one, and letters to send.

-- A closed account keeps its row (its orders point at it) and nothing that names the person: e-mail and identification
-- become NULL, which frees both for another account.
CREATE TABLE datos.usuario_app (
    usr_id              bigint GENERATED ALWAYS AS IDENTITY,
    usr_email           text,
    usr_estado          text NOT NULL DEFAULT 'ACT',
    usr_fecha_registro  timestamptz NOT NULL DEFAULT now(),
    cli_codigo          text NOT NULL DEFAULT '',
    cli_tipo_id         text,
    cli_ruc_ced         text,
    cli_nombre          text NOT NULL DEFAULT '',
    cli_telefono        text NOT NULL DEFAULT '',
    cli_celular         text NOT NULL DEFAULT '',
    cli_direccion       text NOT NULL DEFAULT '',
    ct_codigo           text,
    CONSTRAINT usuario_unico PRIMARY KEY (usr_id),
    CONSTRAINT usuario_email_unico UNIQUE (usr_email),
    CONSTRAINT usuario_identificacion_unica UNIQUE (cli_ruc_ced),
    CONSTRAINT usuario_estado_conocido CHECK (usr_estado IN ('ACT', 'INA')),
    CONSTRAINT usuario_activo_identificado CHECK (
        usr_estado = 'INA' OR (usr_email IS NOT NULL AND cli_ruc_ced IS NOT NULL AND cli_tipo_id IS NOT NULL)
    ),
    CONSTRAINT usuario_email_forma CHECK (
        length(usr_email) <= 120 AND usr_email ~ '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:].]+$'
        AND usr_email = lower(usr_email)
    ),
    CONSTRAINT usuario_nombre_largo CHECK (length(cli_nombre) <= 120),
    CONSTRAINT usuario_telefono_forma CHECK (cli_telefono ~ '^[0-9]{0,10}$'),
    CONSTRAINT usuario_celular_forma CHECK (cli_celular ~ '^[0-9]{0,10}$'),
    CONSTRAINT usuario_direccion_largo CHECK (length(cli_direccion) <= 255),
    CONSTRAINT usuario_ciudad_existe FOREIGN KEY (ct_codigo) REFERENCES datos.ciudad
);
COMMENT ON CONSTRAINT usuario_email_unico ON datos.usuario_app IS 'Ya existe una cuenta con ese correo.';
COMMENT ON CONSTRAINT usuario_identificacion_unica ON datos.usuario_app IS 'Ya existe una cuenta con esa identificación.';
COMMENT ON CONSTRAINT usuario_estado_conocido ON datos.usuario_app IS 'El estado de la cuenta es ACT o INA.';
COMMENT ON CONSTRAINT usuario_activo_identificado ON datos.usuario_app IS 'Una cuenta activa lleva correo e identificación.';
COMMENT ON CONSTRAINT usuario_email_forma ON datos.usuario_app IS 'El correo electrónico no es válido.';
COMMENT ON CONSTRAINT usuario_nombre_largo ON datos.usuario_app IS 'El nombre tiene hasta 120 caracteres.';
COMMENT ON CONSTRAINT usuario_telefono_forma ON datos.usuario_app IS 'El teléfono tiene hasta 10 dígitos.';
COMMENT ON CONSTRAINT usuario_celular_forma ON datos.usuario_app IS 'El celular tiene hasta 10 dígitos.';
COMMENT ON CONSTRAINT usuario_direccion_largo ON datos.usuario_app IS 'La dirección tiene hasta 255 caracteres.';
COMMENT ON CONSTRAINT usuario_ciudad_existe ON datos.usuario_app IS 'La ciudad no existe.';

-- Argon2id, made and verified by the API. Nobody is granted this table: only the steps behind api_login's functions,
-- which run as its owner, reach it.
CREATE TABLE datos.usuario_clave (
    usr_id       bigint NOT NULL,
    clave        text NOT NULL,
    cambiada_en  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT usuario_clave_unica PRIMARY KEY (usr_id),
    CONSTRAINT usuario_clave_usuario_existe FOREIGN KEY (usr_id) REFERENCES datos.usuario_app,
    CONSTRAINT usuario_clave_argon2id CHECK (clave LIKE '$argon2id$%')
);
COMMENT ON CONSTRAINT usuario_clave_argon2id ON datos.usuario_clave IS 'La contraseña no llegó en la forma esperada.';

-- What the shop knows of the POS's clients: that somebody with this identification exists, and whether a code can be
-- mailed to them. Not who they are.
CREATE TABLE datos.cliente_pos (
    cli_hash        bytea NOT NULL,
    cli_tiene_mail  boolean NOT NULL,
    cli_version     bigint NOT NULL,
    CONSTRAINT cliente_pos_unico PRIMARY KEY (cli_hash),
    CONSTRAINT cliente_pos_hash_sha256 CHECK (octet_length(cli_hash) = 32)
);

-- A registration that waits for the code mailed to the client record it claims. The account does not exist until the
-- code comes back, so nobody can squat on somebody else's identification by asking.
CREATE TABLE datos.verificacion (
    ver_id        bigint GENERATED ALWAYS AS IDENTITY,
    usr_email     text NOT NULL,
    cli_tipo_id   text NOT NULL,
    cli_ruc_ced   text NOT NULL,
    clave         text NOT NULL,
    ver_codigo    bytea NOT NULL,
    ver_intentos  smallint NOT NULL DEFAULT 0,
    ver_creada    timestamptz NOT NULL DEFAULT now(),
    ver_vence     timestamptz NOT NULL,
    ver_usada     timestamptz,
    CONSTRAINT verificacion_unica PRIMARY KEY (ver_id),
    CONSTRAINT verificacion_clave_argon2id CHECK (clave LIKE '$argon2id$%'),
    CONSTRAINT verificacion_codigo_sha256 CHECK (octet_length(ver_codigo) = 32),
    CONSTRAINT verificacion_cinco_intentos CHECK (ver_intentos BETWEEN 0 AND 5)
);
COMMENT ON CONSTRAINT verificacion_cinco_intentos ON datos.verificacion IS 'Demasiados intentos con ese código; pide otro.';
CREATE INDEX verificacion_por_email ON datos.verificacion (usr_email, ver_id DESC) WHERE ver_usada IS NULL;

-- Letters to send after commit. `cor_para` is an address, or NULL when only the POS knows it: then `cli_ruc_ced` names
-- the client whose record has it.
CREATE TABLE datos.correo (
    cor_id        bigint GENERATED ALWAYS AS IDENTITY,
    cor_para      text,
    cli_ruc_ced   text,
    cor_asunto    text NOT NULL,
    cor_cuerpo    text NOT NULL,
    cor_estado    text NOT NULL DEFAULT 'PENDIENTE',
    cor_creado    timestamptz NOT NULL DEFAULT now(),
    cor_enviado   timestamptz,
    CONSTRAINT correo_unico PRIMARY KEY (cor_id),
    CONSTRAINT correo_un_destino CHECK ((cor_para IS NULL) <> (cli_ruc_ced IS NULL)),
    CONSTRAINT correo_estado_conocido CHECK (cor_estado IN ('PENDIENTE', 'ENVIADO', 'FALLIDO'))
);
CREATE INDEX correo_pendiente ON datos.correo (cor_id) WHERE cor_estado = 'PENDIENTE';

ALTER TABLE datos.usuario_app ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.usuario_clave ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.cliente_pos ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.verificacion ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.correo ENABLE ROW LEVEL SECURITY;
