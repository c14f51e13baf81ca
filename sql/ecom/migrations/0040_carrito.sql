-- What somebody means to buy: addresses and carts. A cart holds quantities, never prices.

CREATE TABLE datos.direccion (
    dir_codigo      bigint GENERATED ALWAYS AS IDENTITY,
    usr_id          bigint NOT NULL,
    dir_nombre      text NOT NULL DEFAULT '',
    dir_calle       text NOT NULL,
    dir_referencia  text NOT NULL DEFAULT '',
    dir_telefono    text NOT NULL DEFAULT '',
    ct_codigo       text NOT NULL,
    dir_estado      text NOT NULL DEFAULT 'ACT',
    CONSTRAINT direccion_unica PRIMARY KEY (dir_codigo),
    CONSTRAINT direccion_usuario_existe FOREIGN KEY (usr_id) REFERENCES datos.usuario_app,
    CONSTRAINT direccion_ciudad_existe FOREIGN KEY (ct_codigo) REFERENCES datos.ciudad,
    CONSTRAINT direccion_nombre_largo CHECK (length(dir_nombre) <= 60),
    CONSTRAINT direccion_calle_largo CHECK (length(dir_calle) <= 255),
    CONSTRAINT direccion_referencia_largo CHECK (length(dir_referencia) <= 255),
    CONSTRAINT direccion_telefono_forma CHECK (dir_telefono ~ '^[0-9]{0,10}$'),
    CONSTRAINT direccion_estado_conocido CHECK (dir_estado IN ('ACT', 'INA'))
);
COMMENT ON CONSTRAINT direccion_ciudad_existe ON datos.direccion IS 'La ciudad no existe.';
COMMENT ON CONSTRAINT direccion_nombre_largo ON datos.direccion IS 'El nombre de la dirección tiene hasta 60 caracteres.';
COMMENT ON CONSTRAINT direccion_calle_largo ON datos.direccion IS 'La dirección tiene hasta 255 caracteres.';
COMMENT ON CONSTRAINT direccion_referencia_largo ON datos.direccion IS 'La referencia tiene hasta 255 caracteres.';
COMMENT ON CONSTRAINT direccion_telefono_forma ON datos.direccion IS 'El teléfono tiene hasta 10 dígitos.';
CREATE INDEX direccion_por_usuario ON datos.direccion (usr_id, dir_codigo);

-- Exactly one owner: a shopper, or whoever holds the token with this hash. `crr_total` is the last total answered: what
-- the owner has read, and so all they may be charged.
CREATE TABLE datos.carrito (
    crr_codigo  bigint GENERATED ALWAYS AS IDENTITY,
    usr_id      bigint,
    crr_token   bytea,
    crr_vence   timestamptz,
    crr_total   numeric(12,2),
    dir_codigo  bigint,
    crr_fecha   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT carrito_unico PRIMARY KEY (crr_codigo),
    CONSTRAINT carrito_uno_por_usuario UNIQUE (usr_id),
    CONSTRAINT carrito_token_unico UNIQUE (crr_token),
    CONSTRAINT carrito_usuario_existe FOREIGN KEY (usr_id) REFERENCES datos.usuario_app,
    CONSTRAINT carrito_direccion_existe FOREIGN KEY (dir_codigo) REFERENCES datos.direccion,
    CONSTRAINT carrito_un_dueno CHECK ((usr_id IS NULL) <> (crr_token IS NULL)),
    CONSTRAINT carrito_token_sha256 CHECK (octet_length(crr_token) = 32),
    CONSTRAINT carrito_invitado_vence CHECK ((crr_token IS NULL) = (crr_vence IS NULL))
);
COMMENT ON CONSTRAINT carrito_uno_por_usuario ON datos.carrito IS 'La cuenta ya tiene un carrito.';
COMMENT ON CONSTRAINT carrito_direccion_existe ON datos.carrito IS 'La dirección no existe.';
CREATE INDEX carrito_por_vencer ON datos.carrito (crr_vence) WHERE crr_vence IS NOT NULL;
CREATE INDEX carrito_por_direccion ON datos.carrito (dir_codigo) WHERE dir_codigo IS NOT NULL;

CREATE TABLE datos.carrito_detalle (
    crr_codigo     bigint NOT NULL,
    prd_codigo     text NOT NULL,
    pxca_cantidad  numeric(14,3) NOT NULL,
    pxca_fecha     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT carrito_detalle_unico PRIMARY KEY (crr_codigo, prd_codigo),
    CONSTRAINT carrito_detalle_carrito_existe FOREIGN KEY (crr_codigo) REFERENCES datos.carrito ON DELETE CASCADE,
    CONSTRAINT carrito_detalle_producto_existe FOREIGN KEY (prd_codigo) REFERENCES datos.producto,
    CONSTRAINT carrito_cantidad_minima CHECK (pxca_cantidad >= 1)
);
COMMENT ON CONSTRAINT carrito_detalle_producto_existe ON datos.carrito_detalle IS 'El producto no existe.';
COMMENT ON CONSTRAINT carrito_cantidad_minima ON datos.carrito_detalle IS 'La cantidad mínima es 1.';
CREATE INDEX carrito_detalle_por_producto ON datos.carrito_detalle (prd_codigo);

ALTER TABLE datos.direccion ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.carrito ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.carrito_detalle ENABLE ROW LEVEL SECURITY;
