-- Refresh: a session outlives its access tokens. Each generation of it has one refresh token, of which only a digest is
-- kept, and the person's SCRAM keys sealed under that token; who holds this table, even with the KEK, opens nothing.
-- `renovada_en` and the two kids make the tokens of a generation the same ones when they are asked for twice.
-- `red` is the network that the session came from, for the brake on guesses.

ALTER TABLE datos.sesion
ADD COLUMN generacion int NOT NULL DEFAULT 0,
ADD COLUMN renovada_en timestamptz NOT NULL DEFAULT now(),
ADD COLUMN termina_en timestamptz,
ADD COLUMN refresco bytea,
ADD COLUMN refresco_anterior bytea,
ADD COLUMN sobre bytea,
ADD COLUMN kid_kek text,
ADD COLUMN kid_firma text,
ADD COLUMN red text;

UPDATE datos.sesion SET renovada_en = creada_en, termina_en = vence_en;

ALTER TABLE datos.sesion ALTER COLUMN termina_en SET NOT NULL;
ALTER TABLE datos.sesion ADD CONSTRAINT sesion_termina_a_tiempo CHECK (vence_en <= termina_en);
COMMENT ON CONSTRAINT sesion_termina_a_tiempo ON datos.sesion IS 'Una sesión no dura más que su límite absoluto.';

CREATE INDEX sesion_conocida ON datos.sesion (sujeto, red);
