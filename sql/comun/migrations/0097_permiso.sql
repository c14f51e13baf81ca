-- What each role of the server could do when it was last looked at: its memberships and its powers. No trigger fires
-- when a role changes, so a change made without us shows only as a difference from this.

CREATE TABLE datos.permiso_visto (
    login     text NOT NULL,
    estado    jsonb NOT NULL,
    visto_en  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT permiso_visto_unico PRIMARY KEY (login)
);

ALTER TABLE datos.permiso_visto ENABLE ROW LEVEL SECURITY;
