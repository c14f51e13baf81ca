-- The words of each searched table, with their forms: each word as it is and without any one of its letters.

ALTER TABLE datos.palabra
    ADD COLUMN tabla text NOT NULL DEFAULT 'producto',
    ADD COLUMN formas text[] NOT NULL DEFAULT '{}',
    DROP CONSTRAINT palabra_unica,
    ADD CONSTRAINT palabra_unica PRIMARY KEY (tabla, palabra);

UPDATE datos.palabra AS p
SET formas = ARRAY(
    SELECT DISTINCT left(p.palabra, n.i - 1) || substr(p.palabra, n.i + 1)
    FROM generate_series(1, length(p.palabra) + 1) AS n (i)
);

ALTER TABLE datos.palabra ALTER COLUMN tabla DROP DEFAULT, ALTER COLUMN formas DROP DEFAULT;
CREATE INDEX palabra_formas ON datos.palabra USING gin (formas);
