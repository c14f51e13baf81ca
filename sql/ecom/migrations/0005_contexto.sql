-- Keys that verify the signed context of shoppers and guest carts. `ik` and `ok` are the HMAC key xored with the
-- inner and outer pads (64 bytes each), so that SQL computes HMAC-SHA256 with two calls of core sha256().

CREATE TABLE datos.contexto_clave (
    kid text PRIMARY KEY,
    ik bytea NOT NULL CONSTRAINT contexto_clave_ik CHECK (octet_length(ik) = 64),
    ok bytea NOT NULL CONSTRAINT contexto_clave_ok CHECK (octet_length(ok) = 64)
);

ALTER TABLE datos.contexto_clave ENABLE ROW LEVEL SECURITY;
