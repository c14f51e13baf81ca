-- The words of the catalogue, so that a word typed wrong can be read as the nearest one that some product has.

CREATE TABLE datos.palabra (
    palabra  text NOT NULL,
    CONSTRAINT palabra_unica PRIMARY KEY (palabra)
);
CREATE INDEX palabra_parecida ON datos.palabra USING gist (palabra ext.gist_trgm_ops);

ALTER TABLE datos.palabra ENABLE ROW LEVEL SECURITY;

INSERT INTO datos.palabra (palabra)
SELECT DISTINCT w.palabra
FROM datos.producto AS p
CROSS JOIN regexp_split_to_table(p.busqueda, '[^a-z]+') AS w (palabra)
WHERE length(w.palabra) >= 3;
