-- Seals over tables that are only added to: which rows a closed window held, and a hash of each, chained.
--
-- A window is the rows of one epoch with (xid, id) in [desde, hasta). `raiz` is the hash of its rows' hashes in that
-- order, `hojas` the first eight bytes of each of them, so that a changed row can be named. An epoch is the rows one
-- database wrote in one life of its cluster: ids from `id_desde` up to the next epoch's.

CREATE TABLE datos.sello (
    lado text NOT NULL,
    tabla text NOT NULL,
    numero bigint NOT NULL,
    clase text NOT NULL,
    version int NOT NULL,
    epoca int NOT NULL,
    sistema text NOT NULL,
    id_desde bigint NOT NULL,
    xid_desde xid8 NOT NULL,
    fila_desde bigint NOT NULL,
    xid_hasta xid8 NOT NULL,
    fila_hasta bigint NOT NULL,
    id_maximo bigint NOT NULL,
    retira bigint NOT NULL,
    filas int NOT NULL,
    raiz bytea NOT NULL,
    hojas bytea NOT NULL,
    anterior bytea NOT NULL,
    sellado_en timestamptz NOT NULL,
    sello bytea NOT NULL,
    PRIMARY KEY (tabla, numero),
    CONSTRAINT sello_clase_conocida CHECK (clase IN ('APERTURA', 'VENTANA', 'RETIRO')),
    CONSTRAINT sello_con_sus_hojas CHECK (length(hojas) = filas * 8)
);

COMMENT ON TABLE datos.sello IS 'Sellos de las tablas que solo crecen, encadenados';
COMMENT ON CONSTRAINT sello_clase_conocida ON datos.sello IS 'El sello abre una época, cierra una ventana o retira filas.';
COMMENT ON CONSTRAINT sello_con_sus_hojas ON datos.sello IS 'Un sello guarda una huella por fila.';

CREATE INDEX sello_epoca ON datos.sello (tabla, epoca, numero);
CREATE INDEX sello_reciente ON datos.sello (sellado_en DESC, tabla, numero DESC);
CREATE INDEX sello_apertura ON datos.sello (tabla) WHERE clase <> 'VENTANA';
ALTER TABLE datos.sello ENABLE ROW LEVEL SECURITY;

-- What the other database published: kept as it came. A second seal under one number is evidence, and stays.
CREATE TABLE datos.sello_ajeno (
    saj_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tabla text NOT NULL,
    numero bigint NOT NULL,
    sello text NOT NULL,
    cabeza jsonb NOT NULL,
    recibido_en timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT sello_ajeno_una_vez UNIQUE (tabla, numero, sello)
);

COMMENT ON TABLE datos.sello_ajeno IS 'Copia de los sellos de la otra base';

ALTER TABLE datos.sello_ajeno ENABLE ROW LEVEL SECURITY;

CREATE INDEX auditoria_xid ON datos.auditoria (xid, aud_id);
