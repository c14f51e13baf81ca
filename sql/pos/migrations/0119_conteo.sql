-- Count sheets: what people found in a bodega, beside what the ledger said at the moment each count was entered.

CREATE SEQUENCE datos.conteo_numero AS bigint;

CREATE TABLE datos.conteo (
    cnt_codigo        text NOT NULL,
    eta_codigo        text NOT NULL,
    bod_codigo        text NOT NULL,
    cnt_fecha         timestamptz NOT NULL DEFAULT now(),
    cnt_observacion   text NOT NULL DEFAULT '',
    cnt_estado        text NOT NULL DEFAULT 'PEN',
    cnt_cierre        timestamptz,
    cnt_motivo        text,
    usr_id            text NOT NULL DEFAULT session_user,
    CONSTRAINT conteo_unico PRIMARY KEY (cnt_codigo),
    CONSTRAINT conteo_bodega_existe FOREIGN KEY (eta_codigo, bod_codigo)
        REFERENCES datos.bodega (eta_codigo, bod_codigo),
    CONSTRAINT conteo_estado_conocido CHECK (cnt_estado IN ('PEN', 'APR', 'ANU')),
    CONSTRAINT conteo_observacion_corta CHECK (length(cnt_observacion) <= 255),
    CONSTRAINT conteo_motivo_corto CHECK (length(cnt_motivo) <= 255)
);
COMMENT ON TABLE datos.conteo IS 'Hojas de conteo de una bodega';
COMMENT ON CONSTRAINT conteo_bodega_existe ON datos.conteo IS 'La bodega no existe.';
COMMENT ON CONSTRAINT conteo_estado_conocido ON datos.conteo IS 'El estado del conteo es PEN, APR o ANU.';
COMMENT ON CONSTRAINT conteo_observacion_corta ON datos.conteo IS 'La observación admite hasta 255 caracteres.';
COMMENT ON CONSTRAINT conteo_motivo_corto ON datos.conteo IS 'El motivo admite hasta 255 caracteres.';
CREATE INDEX conteo_recientes ON datos.conteo (cnt_codigo DESC);
CREATE INDEX conteo_por_estado ON datos.conteo (cnt_estado, cnt_codigo DESC);
CREATE INDEX conteo_por_bodega ON datos.conteo (bod_codigo, cnt_codigo DESC);

-- `existencia` and `secuencia` are the ledger's at the moment of the count; `diferencia` is what was posted.
CREATE TABLE datos.conteo_detalle (
    cnt_codigo    text NOT NULL,
    itm_codigo    text NOT NULL,
    contado       numeric(14,3),
    contado_en    timestamptz,
    contado_por   text,
    existencia    numeric(14,3),
    secuencia     bigint,
    diferencia    numeric(14,3),
    CONSTRAINT conteo_detalle_unico PRIMARY KEY (cnt_codigo, itm_codigo),
    CONSTRAINT conteo_detalle_conteo_existe FOREIGN KEY (cnt_codigo) REFERENCES datos.conteo,
    CONSTRAINT conteo_no_negativo CHECK (contado >= 0 AND contado < 'NaN'),
    CONSTRAINT conteo_entero CHECK (
        (contado IS NULL) = (existencia IS NULL) AND (contado IS NULL) = (secuencia IS NULL)
        AND (contado IS NULL) = (contado_por IS NULL) AND (contado IS NULL) = (contado_en IS NULL)
        AND (contado IS NOT NULL OR diferencia IS NULL)
    )
);
COMMENT ON CONSTRAINT conteo_detalle_unico ON datos.conteo_detalle IS 'Cada artículo va una vez en la hoja.';
COMMENT ON CONSTRAINT conteo_detalle_conteo_existe ON datos.conteo_detalle IS 'El conteo no existe.';
COMMENT ON CONSTRAINT conteo_no_negativo ON datos.conteo_detalle IS 'Lo contado no puede ser negativo.';
COMMENT ON CONSTRAINT conteo_entero ON datos.conteo_detalle IS 'Una cuenta dice cuánto, cuándo, quién y contra qué.';

ALTER TABLE datos.conteo ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.conteo_detalle ENABLE ROW LEVEL SECURITY;
