-- Goods: one balance row per item and bodega, one ledger row per movement.
--
-- `existencia` is deliberately narrow (no text, no search index) and half empty on each page, so that a
-- sale updates it in place. A ledger row points at the balance row that was locked to write it; foreign
-- keys from the ledger to code tables are left out on purpose, because every sale of the company would
-- share-lock the same row of `transaccion` and `bodega`. The doctor checks those instead.
--
-- numeric accepts NaN, which compares greater than every number: hence the `< 'NaN'` in the checks.

CREATE TABLE datos.existencia (
    itm_codigo    text NOT NULL,
    bod_codigo    text NOT NULL REFERENCES datos.bodega,
    exi_cantidad  numeric(14,3) NOT NULL DEFAULT 0,
    exi_valor     numeric(18,6) NOT NULL DEFAULT 0,
    exi_secuencia bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (itm_codigo, bod_codigo),
    CONSTRAINT existencia_no_negativa CHECK (exi_cantidad >= 0 AND exi_cantidad < 'NaN'),
    CONSTRAINT existencia_valor_no_negativo CHECK (exi_valor >= 0 AND exi_valor < 'NaN'),
    CONSTRAINT existencia_cero_sin_valor CHECK (exi_cantidad > 0 OR exi_valor = 0)
) WITH (fillfactor = 70);

COMMENT ON TABLE datos.existencia IS 'Cantidad y valor de cada ítem en cada bodega, al día con el kardex';
COMMENT ON CONSTRAINT existencia_no_negativa ON datos.existencia IS 'No hay existencia suficiente.';
COMMENT ON CONSTRAINT existencia_valor_no_negativo ON datos.existencia IS 'El valor de la existencia no puede ser negativo.';
COMMENT ON CONSTRAINT existencia_cero_sin_valor ON datos.existencia IS 'Sin unidades no queda valor.';

ALTER TABLE datos.existencia ENABLE ROW LEVEL SECURITY;

CREATE INDEX existencia_bodega ON datos.existencia (bod_codigo, itm_codigo);

CREATE TABLE datos.kardex (
    krd_codigo      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    itm_codigo      text NOT NULL,
    bod_codigo      text NOT NULL,
    krd_secuencia   bigint NOT NULL,
    trn_cod         text NOT NULL,
    krd_signo       smallint NOT NULL,
    krd_cantidad    numeric(14,3) NOT NULL,
    krd_valor       numeric(18,6) NOT NULL,
    krd_saldo       numeric(14,3) NOT NULL,
    krd_valor_saldo numeric(18,6) NOT NULL,
    doc_tipo        text,
    doc_codigo      text,
    doc_linea       bigint,
    est_cod         text,
    krd_revierte    bigint REFERENCES datos.kardex,
    krd_razon       text,
    usr_id          text NOT NULL DEFAULT session_user,
    sid             text DEFAULT nullif(current_setting('daf.sid', true), ''),
    request_id      text DEFAULT nullif(current_setting('daf.request_id', true), ''),
    krd_fechahora   timestamptz NOT NULL DEFAULT now(),
    xid             xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT kardex_de_existencia FOREIGN KEY (itm_codigo, bod_codigo) REFERENCES datos.existencia,
    CONSTRAINT kardex_secuencia_unica UNIQUE (itm_codigo, bod_codigo, krd_secuencia),
    CONSTRAINT kardex_signo_valido CHECK (krd_signo IN (-1, 1)),
    CONSTRAINT kardex_cantidad_positiva CHECK (krd_cantidad > 0 AND krd_cantidad < 'NaN'),
    CONSTRAINT kardex_valor_no_negativo CHECK (krd_valor >= 0 AND krd_valor < 'NaN'),
    CONSTRAINT kardex_documento_completo CHECK ((doc_tipo IS NULL) = (doc_codigo IS NULL)),
    CONSTRAINT kardex_razon_corta CHECK (length(krd_razon) <= 255)
);

COMMENT ON TABLE datos.kardex IS 'Libro de bienes: un renglón por movimiento, nunca editado ni borrado';
COMMENT ON CONSTRAINT kardex_secuencia_unica ON datos.kardex IS 'El movimiento ya fue registrado.';
COMMENT ON CONSTRAINT kardex_cantidad_positiva ON datos.kardex IS 'La cantidad debe ser mayor que cero.';
COMMENT ON CONSTRAINT kardex_valor_no_negativo ON datos.kardex IS 'El costo no puede ser negativo.';
COMMENT ON CONSTRAINT kardex_razon_corta ON datos.kardex IS 'La razón admite hasta 255 caracteres.';

ALTER TABLE datos.kardex ENABLE ROW LEVEL SECURITY;

CREATE INDEX kardex_item ON datos.kardex (itm_codigo, krd_codigo);
CREATE INDEX kardex_documento ON datos.kardex (doc_tipo, doc_codigo) WHERE doc_codigo IS NOT NULL;
CREATE INDEX kardex_fecha ON datos.kardex USING brin (krd_fechahora);
-- The index name is the rule a second reversal breaks.
CREATE UNIQUE INDEX movimiento_ya_revertido ON datos.kardex (krd_revierte) WHERE krd_revierte IS NOT NULL;
