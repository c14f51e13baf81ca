-- Persona: somebody the company deals with by name. A user is a person plus a login; somebody who asked for one waits
-- in state PEN, without any role in PostgreSQL, and with the verifier of the password they chose kept apart.

CREATE TABLE datos.persona (
    per_id            bigint GENERATED ALWAYS AS IDENTITY,
    nombres           text NOT NULL,
    p_apellido        text NOT NULL,
    s_apellido        text NOT NULL DEFAULT '',
    fecha_nacimiento  date NOT NULL,
    genero            text NOT NULL,
    identificacion    text,
    telefono          text NOT NULL DEFAULT '',
    direccion         text NOT NULL DEFAULT '',
    fecha_alta        timestamptz NOT NULL DEFAULT now(),
    id_user_create    bigint,
    id_user_update    bigint,
    busqueda          text NOT NULL,
    CONSTRAINT persona_unica PRIMARY KEY (per_id),
    CONSTRAINT persona_nombres_largo CHECK (length(nombres) BETWEEN 1 AND 80),
    CONSTRAINT persona_apellido_largo CHECK (length(p_apellido) BETWEEN 1 AND 60 AND length(s_apellido) <= 60),
    CONSTRAINT persona_nacimiento_posible CHECK (fecha_nacimiento BETWEEN '1900-01-01' AND '2999-12-31'),
    CONSTRAINT persona_genero_forma CHECK (genero ~ '^[[:alpha:]][[:alpha:] ]{0,19}$'),
    CONSTRAINT persona_identificacion_forma CHECK (identificacion ~ '^[A-Za-z0-9-]{3,20}$'),
    CONSTRAINT persona_identificacion_unica UNIQUE (identificacion),
    CONSTRAINT persona_telefono_forma CHECK (telefono ~ '^(\+?[0-9]{6,15})?$'),
    CONSTRAINT persona_direccion_largo CHECK (length(direccion) <= 255)
);
COMMENT ON CONSTRAINT persona_nombres_largo ON datos.persona IS 'Los nombres llevan de 1 a 80 caracteres.';
COMMENT ON CONSTRAINT persona_apellido_largo ON datos.persona IS 'El primer apellido es obligatorio, y cada uno lleva hasta 60 caracteres.';
COMMENT ON CONSTRAINT persona_nacimiento_posible ON datos.persona IS 'La fecha de nacimiento no es posible.';
COMMENT ON CONSTRAINT persona_genero_forma ON datos.persona IS 'El género es una palabra de hasta 20 letras.';
COMMENT ON CONSTRAINT persona_identificacion_forma ON datos.persona IS 'La identificación lleva de 3 a 20 letras, dígitos o guiones.';
COMMENT ON CONSTRAINT persona_identificacion_unica ON datos.persona IS 'Ya existe una persona con esa identificación.';
COMMENT ON CONSTRAINT persona_telefono_forma ON datos.persona IS 'El teléfono son de 6 a 15 dígitos.';
COMMENT ON CONSTRAINT persona_direccion_largo ON datos.persona IS 'La dirección lleva hasta 255 caracteres.';

CREATE INDEX persona_busqueda ON datos.persona USING gin (busqueda ext.gin_trgm_ops);
CREATE INDEX persona_orden ON datos.persona (busqueda, per_id);

ALTER TABLE datos.usuario ADD COLUMN usr_id bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE datos.usuario ADD COLUMN per_id bigint;
ALTER TABLE datos.usuario ADD COLUMN usr_comision numeric(7,4) NOT NULL DEFAULT 0;
ALTER TABLE datos.usuario ADD CONSTRAINT usuario_id_unico UNIQUE (usr_id);
ALTER TABLE datos.usuario ADD CONSTRAINT usuario_persona_existe FOREIGN KEY (per_id) REFERENCES datos.persona;
ALTER TABLE datos.usuario ADD CONSTRAINT usuario_una_persona UNIQUE (per_id);
ALTER TABLE datos.usuario ADD CONSTRAINT usuario_comision_porcentaje CHECK (usr_comision BETWEEN 0 AND 100);
ALTER TABLE datos.usuario ADD CONSTRAINT usuario_nombre_largo CHECK (length(usr_nombre) <= 160) NOT VALID;
ALTER TABLE datos.usuario DROP CONSTRAINT usuario_estado_conocido;
ALTER TABLE datos.usuario ADD CONSTRAINT usuario_estado_conocido CHECK (usr_estado IN ('PEN', 'ACT', 'INA'));
COMMENT ON CONSTRAINT usuario_persona_existe ON datos.usuario IS 'La persona del usuario no existe.';
COMMENT ON CONSTRAINT usuario_una_persona ON datos.usuario IS 'Esa persona ya tiene un usuario.';
COMMENT ON CONSTRAINT usuario_comision_porcentaje ON datos.usuario IS 'La comisión es un porcentaje entre 0 y 100.';
COMMENT ON CONSTRAINT usuario_nombre_largo ON datos.usuario IS 'El nombre que se muestra lleva hasta 160 caracteres.';
COMMENT ON CONSTRAINT usuario_estado_conocido ON datos.usuario IS 'El estado del usuario es PEN, ACT o INA.';

ALTER TABLE datos.persona ADD CONSTRAINT persona_creador_existe FOREIGN KEY (id_user_create) REFERENCES datos.usuario (usr_id);
ALTER TABLE datos.persona ADD CONSTRAINT persona_editor_existe FOREIGN KEY (id_user_update) REFERENCES datos.usuario (usr_id);

-- The only place where a verifier waits for a role to be made of it. Nobody is granted anything here.
CREATE TABLE datos.usuario_espera (
    usr_login       text NOT NULL,
    verificador     text NOT NULL,
    solicitada_en   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT usuario_espera_unica PRIMARY KEY (usr_login),
    CONSTRAINT usuario_espera_usuario_existe FOREIGN KEY (usr_login) REFERENCES datos.usuario ON DELETE CASCADE,
    CONSTRAINT usuario_espera_verificador CHECK (verificador LIKE 'SCRAM-SHA-256$%')
);
COMMENT ON CONSTRAINT usuario_espera_verificador ON datos.usuario_espera IS 'La contraseña no llegó en la forma esperada.';

ALTER TABLE datos.persona ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.usuario_espera ENABLE ROW LEVEL SECURITY;
