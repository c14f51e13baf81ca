-- Where things happen and who works there: company, branch, stock location, emission point,
-- person, and the person's branches. Everything bound to a branch is read through these tables.

-- One deployment is one company: the row is filled in by empresa_actualizar.
CREATE TABLE datos.empresa (
    emp_id                smallint NOT NULL DEFAULT 1,
    emp_ruc               text NOT NULL,
    emp_razon_social      text NOT NULL,
    emp_nombre_comercial  text NOT NULL DEFAULT '',
    emp_direccion         text NOT NULL DEFAULT '',
    CONSTRAINT empresa_pk PRIMARY KEY (emp_id),
    CONSTRAINT empresa_unica CHECK (emp_id = 1),
    CONSTRAINT empresa_ruc_forma CHECK (emp_ruc ~ '^[0-9]{13}$'),
    CONSTRAINT empresa_razon_social_largo CHECK (length(emp_razon_social) BETWEEN 1 AND 300)
);
COMMENT ON CONSTRAINT empresa_unica ON datos.empresa IS 'Hay una sola empresa por instalación.';
COMMENT ON CONSTRAINT empresa_ruc_forma ON datos.empresa IS 'El RUC de la empresa tiene 13 dígitos.';
COMMENT ON CONSTRAINT empresa_razon_social_largo ON datos.empresa IS 'La razón social tiene entre 1 y 300 caracteres.';

CREATE TABLE datos.establecimiento (
    eta_codigo     text NOT NULL,
    eta_nombre     text NOT NULL,
    eta_direccion  text NOT NULL DEFAULT '',
    eta_estado     text NOT NULL DEFAULT 'ACT',
    CONSTRAINT establecimiento_unico PRIMARY KEY (eta_codigo),
    CONSTRAINT establecimiento_codigo_forma CHECK (eta_codigo ~ '^[0-9]{3}$'),
    CONSTRAINT establecimiento_nombre_largo CHECK (length(eta_nombre) BETWEEN 1 AND 120),
    CONSTRAINT establecimiento_estado_conocido CHECK (eta_estado IN ('ACT', 'INA'))
);
COMMENT ON CONSTRAINT establecimiento_unico ON datos.establecimiento IS 'Ya existe un establecimiento con ese código.';
COMMENT ON CONSTRAINT establecimiento_codigo_forma ON datos.establecimiento IS 'El código del establecimiento son tres dígitos, por ejemplo 001.';
COMMENT ON CONSTRAINT establecimiento_nombre_largo ON datos.establecimiento IS 'El nombre del establecimiento tiene entre 1 y 120 caracteres.';
COMMENT ON CONSTRAINT establecimiento_estado_conocido ON datos.establecimiento IS 'El estado del establecimiento es ACT o INA.';

-- WEB (sold by the shop alone) and TRANSITO (between branches) belong to no branch.
CREATE TABLE datos.bodega (
    bod_codigo    text NOT NULL,
    eta_codigo    text,
    bod_nombre    text NOT NULL,
    bod_vendible  boolean NOT NULL DEFAULT true,
    CONSTRAINT bodega_unica PRIMARY KEY (bod_codigo),
    CONSTRAINT bodega_establecimiento_existe FOREIGN KEY (eta_codigo) REFERENCES datos.establecimiento,
    CONSTRAINT bodega_de_establecimiento UNIQUE (eta_codigo, bod_codigo),
    CONSTRAINT bodega_codigo_forma CHECK (bod_codigo ~ '^[A-Z][A-Z0-9]{0,9}$'),
    CONSTRAINT bodega_nombre_largo CHECK (length(bod_nombre) BETWEEN 1 AND 120),
    CONSTRAINT bodega_con_establecimiento CHECK ((eta_codigo IS NULL) = (bod_codigo IN ('WEB', 'TRANSITO'))),
    CONSTRAINT bodega_especial_no_vendible CHECK (eta_codigo IS NOT NULL OR NOT bod_vendible)
);
COMMENT ON CONSTRAINT bodega_unica ON datos.bodega IS 'Ya existe una bodega con ese código.';
COMMENT ON CONSTRAINT bodega_establecimiento_existe ON datos.bodega IS 'El establecimiento de la bodega no existe.';
COMMENT ON CONSTRAINT bodega_codigo_forma ON datos.bodega IS 'El código de la bodega son hasta 10 letras mayúsculas y dígitos, empezando por letra.';
COMMENT ON CONSTRAINT bodega_nombre_largo ON datos.bodega IS 'El nombre de la bodega tiene entre 1 y 120 caracteres.';
COMMENT ON CONSTRAINT bodega_con_establecimiento ON datos.bodega IS 'Toda bodega es de un establecimiento, menos WEB y TRANSITO.';
COMMENT ON CONSTRAINT bodega_especial_no_vendible ON datos.bodega IS 'En las bodegas WEB y TRANSITO no se vende desde el mostrador.';

INSERT INTO datos.bodega (bod_codigo, eta_codigo, bod_nombre, bod_vendible) VALUES
    ('WEB', NULL, 'Tienda en línea', false),
    ('TRANSITO', NULL, 'Mercadería en tránsito', false);

CREATE TABLE datos.punto_emision (
    eta_codigo  text NOT NULL,
    pto_codigo  text NOT NULL,
    bod_codigo  text NOT NULL,
    CONSTRAINT punto_emision_unico PRIMARY KEY (eta_codigo, pto_codigo),
    CONSTRAINT punto_emision_codigo_forma CHECK (pto_codigo ~ '^[0-9]{3}$'),
    CONSTRAINT punto_emision_bodega_propia FOREIGN KEY (eta_codigo, bod_codigo)
        REFERENCES datos.bodega (eta_codigo, bod_codigo)
);
COMMENT ON CONSTRAINT punto_emision_unico ON datos.punto_emision IS 'Ya existe ese punto de emisión en el establecimiento.';
COMMENT ON CONSTRAINT punto_emision_codigo_forma ON datos.punto_emision IS 'El código del punto de emisión son tres dígitos, por ejemplo 001.';
COMMENT ON CONSTRAINT punto_emision_bodega_propia ON datos.punto_emision IS 'La bodega del punto de emisión debe ser de su mismo establecimiento.';

-- A person is one PostgreSQL login; this row is what the login is called by people.
CREATE TABLE datos.usuario (
    usr_login       text NOT NULL,
    usr_email       text,
    usr_nombre      text NOT NULL DEFAULT '',
    usr_estado      text NOT NULL DEFAULT 'ACT',
    usr_fecha_alta  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT usuario_unico PRIMARY KEY (usr_login),
    CONSTRAINT usuario_login_forma CHECK (usr_login ~ '^[a-z][a-z0-9_]{2,40}$'),
    CONSTRAINT usuario_email_forma CHECK (usr_email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND usr_email = lower(usr_email)),
    CONSTRAINT usuario_email_unico UNIQUE (usr_email),
    CONSTRAINT usuario_estado_conocido CHECK (usr_estado IN ('ACT', 'INA'))
);
COMMENT ON CONSTRAINT usuario_unico ON datos.usuario IS 'Ya existe un usuario con ese nombre.';
COMMENT ON CONSTRAINT usuario_login_forma ON datos.usuario IS 'El nombre de usuario empieza con letra y usa de 3 a 41 minúsculas, dígitos o guiones bajos.';
COMMENT ON CONSTRAINT usuario_email_forma ON datos.usuario IS 'El correo del usuario no es válido o no está en minúsculas.';
COMMENT ON CONSTRAINT usuario_email_unico ON datos.usuario IS 'Ya existe un usuario con ese correo.';
COMMENT ON CONSTRAINT usuario_estado_conocido ON datos.usuario IS 'El estado del usuario es ACT o INA.';

CREATE TABLE datos.usuario_establecimiento (
    usr_login   text NOT NULL,
    eta_codigo  text NOT NULL,
    pto_codigo  text NOT NULL,
    principal   boolean NOT NULL DEFAULT false,
    CONSTRAINT usuario_establecimiento_unico PRIMARY KEY (usr_login, eta_codigo),
    CONSTRAINT usuario_establecimiento_usuario_existe FOREIGN KEY (usr_login) REFERENCES datos.usuario,
    CONSTRAINT usuario_establecimiento_punto_existe FOREIGN KEY (eta_codigo, pto_codigo)
        REFERENCES datos.punto_emision (eta_codigo, pto_codigo)
);
COMMENT ON CONSTRAINT usuario_establecimiento_unico ON datos.usuario_establecimiento IS 'La persona ya tiene ese establecimiento.';
COMMENT ON CONSTRAINT usuario_establecimiento_usuario_existe ON datos.usuario_establecimiento IS 'El usuario no existe.';
COMMENT ON CONSTRAINT usuario_establecimiento_punto_existe ON datos.usuario_establecimiento IS 'El punto de emisión no existe.';

CREATE UNIQUE INDEX usuario_establecimiento_un_principal
    ON datos.usuario_establecimiento (usr_login)
    WHERE principal;

ALTER TABLE datos.empresa ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.establecimiento ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.bodega ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.punto_emision ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.usuario ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.usuario_establecimiento ENABLE ROW LEVEL SECURITY;
