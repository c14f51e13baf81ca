-- The brake on guesses: one row per thing that is slowed down (a name at an address, an address), instead of a row per
-- failure. Losing it in a crash only forgives, so it is not worth WAL. `clave` never shows what somebody typed.

DROP TABLE datos.login_intento;

CREATE UNLOGGED TABLE datos.login_intento (
    clave text PRIMARY KEY,
    cuenta real NOT NULL,
    visto_en timestamptz NOT NULL,
    libre_en timestamptz NOT NULL
);

CREATE INDEX login_intento_visto_en ON datos.login_intento (visto_en);
ALTER TABLE datos.login_intento ENABLE ROW LEVEL SECURITY;
