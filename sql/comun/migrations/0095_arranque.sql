-- The one-shot permission to begin: the digest of a token that the deploy made and told, until somebody used it. At the
-- till the new administrator's verifier waits here until the shop has the login too.

CREATE TABLE datos.arranque (
    arr_unico        boolean NOT NULL DEFAULT true,
    arr_huella       text NOT NULL,
    arr_fecha        timestamptz NOT NULL DEFAULT now(),
    arr_usado        timestamptz,
    arr_login        text,
    arr_verificador  text,
    CONSTRAINT arranque_unico PRIMARY KEY (arr_unico),
    CONSTRAINT arranque_una_fila CHECK (arr_unico),
    CONSTRAINT arranque_huella_forma CHECK (arr_huella ~ '^[0-9a-f]{64}$'),
    CONSTRAINT arranque_usado_por_alguien CHECK ((arr_usado IS NULL) = (arr_login IS NULL))
);
COMMENT ON CONSTRAINT arranque_una_fila ON datos.arranque IS 'Se arranca una sola vez.';
COMMENT ON CONSTRAINT arranque_huella_forma ON datos.arranque IS 'La huella del token son 64 cifras hexadecimales.';
COMMENT ON CONSTRAINT arranque_usado_por_alguien ON datos.arranque IS 'El arranque usado dice quién es su administrador.';

ALTER TABLE datos.arranque ENABLE ROW LEVEL SECURITY;
