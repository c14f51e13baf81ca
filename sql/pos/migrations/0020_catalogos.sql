-- The small code tables other nouns point at, with the rows every shop in Ecuador starts from.

CREATE TABLE datos.ciudad (
    ct_codigo       text NOT NULL,
    ct_descripcion  text NOT NULL,
    CONSTRAINT ciudad_unica PRIMARY KEY (ct_codigo),
    CONSTRAINT ciudad_codigo_forma CHECK (ct_codigo ~ '^[A-Z]{3}$'),
    CONSTRAINT ciudad_descripcion_unica UNIQUE (ct_descripcion),
    CONSTRAINT ciudad_descripcion_largo CHECK (length(ct_descripcion) BETWEEN 1 AND 60)
);
COMMENT ON CONSTRAINT ciudad_unica ON datos.ciudad IS 'Ya existe una ciudad con ese código.';
COMMENT ON CONSTRAINT ciudad_codigo_forma ON datos.ciudad IS 'El código de la ciudad son tres letras mayúsculas.';
COMMENT ON CONSTRAINT ciudad_descripcion_unica ON datos.ciudad IS 'Ya existe una ciudad con ese nombre.';
COMMENT ON CONSTRAINT ciudad_descripcion_largo ON datos.ciudad IS 'El nombre de la ciudad tiene entre 1 y 60 caracteres.';

-- The capital of each province, and the larger cities beside them.
INSERT INTO datos.ciudad (ct_codigo, ct_descripcion) VALUES
    ('UIO', 'Quito'), ('GYE', 'Guayaquil'), ('CUE', 'Cuenca'), ('STD', 'Santo Domingo'),
    ('MCH', 'Machala'), ('DUR', 'Durán'), ('MEC', 'Manta'), ('PVO', 'Portoviejo'),
    ('LOH', 'Loja'), ('ATF', 'Ambato'), ('ESM', 'Esmeraldas'), ('QVD', 'Quevedo'),
    ('RIO', 'Riobamba'), ('MIL', 'Milagro'), ('IBA', 'Ibarra'), ('LTX', 'Latacunga'),
    ('BAB', 'Babahoyo'), ('TUL', 'Tulcán'), ('GUA', 'Guaranda'), ('AZO', 'Azogues'),
    ('SNC', 'Santa Elena'), ('SAL', 'Salinas'), ('TNW', 'Tena'), ('PUY', 'Puyo'),
    ('XMS', 'Macas'), ('ZMR', 'Zamora'), ('LGQ', 'Nueva Loja'), ('OCC', 'Puerto Francisco de Orellana'),
    ('SCY', 'Puerto Baquerizo Moreno'), ('OTV', 'Otavalo');

CREATE TABLE datos.categoria (
    cat_codigo       text NOT NULL,
    cat_nombre       text NOT NULL,
    cat_descripcion  text NOT NULL DEFAULT '',
    cat_padre        text,
    CONSTRAINT categoria_unica PRIMARY KEY (cat_codigo),
    CONSTRAINT categoria_codigo_forma CHECK (cat_codigo ~ '^[A-Z0-9][A-Z0-9_-]{0,19}$'),
    CONSTRAINT categoria_nombre_largo CHECK (length(cat_nombre) BETWEEN 1 AND 60),
    CONSTRAINT categoria_descripcion_largo CHECK (length(cat_descripcion) <= 255),
    CONSTRAINT categoria_padre_existe FOREIGN KEY (cat_padre) REFERENCES datos.categoria,
    CONSTRAINT categoria_no_es_su_padre CHECK (cat_padre <> cat_codigo)
);
COMMENT ON CONSTRAINT categoria_unica ON datos.categoria IS 'Ya existe una categoría con ese código.';
COMMENT ON CONSTRAINT categoria_codigo_forma ON datos.categoria IS 'El código de la categoría son hasta 20 letras mayúsculas, dígitos o guiones.';
COMMENT ON CONSTRAINT categoria_nombre_largo ON datos.categoria IS 'El nombre de la categoría tiene entre 1 y 60 caracteres.';
COMMENT ON CONSTRAINT categoria_descripcion_largo ON datos.categoria IS 'La descripción de la categoría tiene hasta 255 caracteres.';
COMMENT ON CONSTRAINT categoria_padre_existe ON datos.categoria IS 'La categoría padre no existe.';
COMMENT ON CONSTRAINT categoria_no_es_su_padre ON datos.categoria IS 'Una categoría no puede ser su propio padre.';
CREATE INDEX categoria_por_padre ON datos.categoria (cat_padre);

CREATE TABLE datos.unidad_medida (
    um_codigo       text NOT NULL,
    um_descripcion  text NOT NULL,
    CONSTRAINT unidad_medida_unica PRIMARY KEY (um_codigo),
    CONSTRAINT unidad_medida_codigo_forma CHECK (um_codigo ~ '^[A-Z0-9]{1,5}$'),
    CONSTRAINT unidad_medida_descripcion_largo CHECK (length(um_descripcion) BETWEEN 1 AND 60)
);
COMMENT ON CONSTRAINT unidad_medida_unica ON datos.unidad_medida IS 'Ya existe una unidad de medida con ese código.';
COMMENT ON CONSTRAINT unidad_medida_codigo_forma ON datos.unidad_medida IS 'El código de la unidad son hasta 5 letras mayúsculas o dígitos.';
COMMENT ON CONSTRAINT unidad_medida_descripcion_largo ON datos.unidad_medida IS 'La descripción de la unidad tiene entre 1 y 60 caracteres.';

INSERT INTO datos.unidad_medida (um_codigo, um_descripcion) VALUES
    ('UND', 'Unidad'), ('PAR', 'Par'), ('DOC', 'Docena'), ('CAJ', 'Caja'), ('PAQ', 'Paquete'),
    ('FDA', 'Funda'), ('SAC', 'Saco'), ('QQ', 'Quintal'), ('KG', 'Kilogramo'), ('G', 'Gramo'),
    ('LB', 'Libra'), ('LT', 'Litro'), ('ML', 'Mililitro'), ('GL', 'Galón'), ('M', 'Metro'),
    ('CM', 'Centímetro'), ('M2', 'Metro cuadrado'), ('M3', 'Metro cúbico'), ('ROL', 'Rollo'),
    ('JGO', 'Juego'), ('HOR', 'Hora'), ('SRV', 'Servicio');

-- The movements of the kardex. Clients colour them by the words of the description, so the texts are contract.
CREATE TABLE datos.transaccion (
    trn_cod          text NOT NULL,
    trn_signo        smallint NOT NULL,
    trn_tipo         text NOT NULL GENERATED ALWAYS AS (CASE WHEN trn_signo > 0 THEN 'INGRESO' ELSE 'EGRESO' END) STORED,
    trn_descripcion  text NOT NULL,
    trn_manual       boolean NOT NULL,
    CONSTRAINT transaccion_unica PRIMARY KEY (trn_cod),
    CONSTRAINT transaccion_codigo_forma CHECK (trn_cod ~ '^[A-Z]{3}$'),
    CONSTRAINT transaccion_signo_conocido CHECK (trn_signo IN (1, -1)),
    CONSTRAINT transaccion_sin_salida CHECK (trn_descripcion NOT LIKE '%SALIDA%' AND trn_cod NOT LIKE 'S%')
);
COMMENT ON CONSTRAINT transaccion_unica ON datos.transaccion IS 'Ya existe una transacción con ese código.';
COMMENT ON CONSTRAINT transaccion_codigo_forma ON datos.transaccion IS 'El código de la transacción son tres letras mayúsculas.';
COMMENT ON CONSTRAINT transaccion_signo_conocido ON datos.transaccion IS 'El signo de la transacción es 1 o -1.';
COMMENT ON CONSTRAINT transaccion_sin_salida ON datos.transaccion IS 'Una transacción no dice SALIDA ni empieza con S.';

INSERT INTO datos.transaccion (trn_cod, trn_signo, trn_descripcion, trn_manual) VALUES
    ('INI', 1, 'INVENTARIO INICIAL', true),
    ('COM', 1, 'COMPRA', false),
    ('DVP', -1, 'BAJA POR DEVOLUCION AL PROVEEDOR', true),
    ('CON', -1, 'BAJA POR CONSUMO', true),
    ('ESI', 1, 'ENTRADA POR PRODUCCION', true),
    ('VEN', -1, 'VENTA', false),
    ('DEV', 1, 'ENTRADA POR DEVOLUCION', false),
    ('AJU', 1, 'AJUSTE DE ENTRADA', true),
    ('BAJ', -1, 'BAJA', true),
    ('TRE', -1, 'BAJA POR TRASLADO', false),
    ('TRI', 1, 'ENTRADA POR TRASLADO', false),
    ('ANV', 1, 'ENTRADA POR ANULACION', false);

-- A product names a class of IVA; the class has a rate for every date.
CREATE TABLE datos.iva_clase (
    iva_codigo       text NOT NULL,
    iva_descripcion  text NOT NULL,
    CONSTRAINT iva_clase_unica PRIMARY KEY (iva_codigo),
    CONSTRAINT iva_clase_codigo_forma CHECK (iva_codigo ~ '^[A-Z]{3}$')
);
COMMENT ON CONSTRAINT iva_clase_unica ON datos.iva_clase IS 'Ya existe una clase de IVA con ese código.';
COMMENT ON CONSTRAINT iva_clase_codigo_forma ON datos.iva_clase IS 'El código de la clase de IVA son tres letras mayúsculas.';

INSERT INTO datos.iva_clase (iva_codigo, iva_descripcion) VALUES
    ('GEN', 'Tarifa general'),
    ('RED', 'Tarifa reducida'),
    ('CER', 'Tarifa 0 %'),
    ('NOB', 'No objeto de impuesto'),
    ('EXE', 'Exento de IVA');

-- `desde` and `hasta` are both inside the interval; no `hasta` means until further notice.
CREATE TABLE datos.tarifa_iva (
    iva_codigo  text NOT NULL,
    sri_codigo  text NOT NULL,
    porcentaje  numeric(6,4) NOT NULL,
    desde       date NOT NULL,
    hasta       date,
    CONSTRAINT tarifa_iva_unica PRIMARY KEY (iva_codigo, desde),
    CONSTRAINT tarifa_iva_clase_existe FOREIGN KEY (iva_codigo) REFERENCES datos.iva_clase,
    CONSTRAINT tarifa_iva_sri_forma CHECK (sri_codigo ~ '^[0-9]{1,2}$'),
    CONSTRAINT tarifa_iva_porcentaje_no_negativo CHECK (porcentaje >= 0 AND porcentaje < 'NaN'),
    CONSTRAINT tarifa_iva_fechas_en_orden CHECK (hasta >= desde),
    CONSTRAINT tarifa_iva_sin_traslape EXCLUDE USING gist (iva_codigo WITH =, daterange(desde, hasta, '[]') WITH &&)
);
COMMENT ON CONSTRAINT tarifa_iva_unica ON datos.tarifa_iva IS 'La clase ya tiene una tarifa desde esa fecha.';
COMMENT ON CONSTRAINT tarifa_iva_clase_existe ON datos.tarifa_iva IS 'La clase de IVA no existe.';
COMMENT ON CONSTRAINT tarifa_iva_sri_forma ON datos.tarifa_iva IS 'El código del SRI son uno o dos dígitos.';
COMMENT ON CONSTRAINT tarifa_iva_porcentaje_no_negativo ON datos.tarifa_iva IS 'El porcentaje de IVA no puede ser negativo.';
COMMENT ON CONSTRAINT tarifa_iva_fechas_en_orden ON datos.tarifa_iva IS 'La tarifa termina antes de empezar.';
COMMENT ON CONSTRAINT tarifa_iva_sin_traslape ON datos.tarifa_iva IS 'Dos tarifas de la misma clase no pueden regir el mismo día.';

INSERT INTO datos.tarifa_iva (iva_codigo, sri_codigo, porcentaje, desde, hasta) VALUES
    ('GEN', '2', 12, '2000-01-01', '2016-05-31'),
    ('GEN', '3', 14, '2016-06-01', '2017-05-31'),
    ('GEN', '2', 12, '2017-06-01', '2024-03-31'),
    ('GEN', '4', 15, '2024-04-01', NULL),
    ('RED', '5', 5, '2024-04-01', NULL),
    ('CER', '0', 0, '2000-01-01', NULL),
    ('NOB', '6', 0, '2000-01-01', NULL),
    ('EXE', '7', 0, '2000-01-01', NULL);

ALTER TABLE datos.ciudad ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.categoria ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.unidad_medida ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.transaccion ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.iva_clase ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.tarifa_iva ENABLE ROW LEVEL SECURITY;
