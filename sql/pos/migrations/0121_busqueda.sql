-- The words of each searched table, so that a word typed wrong can be read as the nearest one that some row has. The
-- forms of a word are it and what is left of it without any one of its letters.

CREATE TABLE datos.palabra (
    tabla    text NOT NULL,
    palabra  text NOT NULL,
    formas   text[] NOT NULL,
    CONSTRAINT palabra_unica PRIMARY KEY (tabla, palabra)
);
CREATE INDEX palabra_parecida ON datos.palabra USING gist (palabra ext.gist_trgm_ops);
CREATE INDEX palabra_formas ON datos.palabra USING gin (formas);

ALTER TABLE datos.palabra ENABLE ROW LEVEL SECURITY;

INSERT INTO datos.palabra (tabla, palabra, formas)
SELECT w.tabla, w.palabra, ARRAY(
    SELECT DISTINCT left(w.palabra, n.i - 1) || substr(w.palabra, n.i + 1)
    FROM generate_series(1, length(w.palabra) + 1) AS n (i)
)
FROM (
    SELECT DISTINCT b.tabla, r.palabra
    FROM (
        SELECT 'producto' AS tabla, busqueda FROM datos.producto
        UNION ALL SELECT 'cliente', busqueda FROM datos.cliente
        UNION ALL SELECT 'proveedor', busqueda FROM datos.proveedor
        UNION ALL SELECT 'materia_prima', busqueda FROM datos.materia_prima
    ) AS b
    CROSS JOIN regexp_split_to_table(b.busqueda, '[^a-z]+') AS r (palabra)
    WHERE length(r.palabra) >= 3
) AS w;
