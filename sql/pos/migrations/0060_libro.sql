-- Money: double entry. A class of account says how its accounts behave; an account is a class and a
-- reference (a branch, a client, a tax code); only guarded classes keep a balance row, because one hot
-- row for income or inventory would make every till of the company wait for the others.
--
-- A line carries the transaction id of its asiento in its foreign key, so no line can be added to an
-- asiento after the transaction that wrote it. No foreign key to `cuenta`: accounts are never deleted
-- (trigger), and each sale would share-lock the same account rows.

CREATE TABLE datos.cuenta_clase (
    clase       text PRIMARY KEY,
    tipo        text NOT NULL,
    por         text NOT NULL DEFAULT '',
    guardada    boolean NOT NULL DEFAULT false,
    piso        numeric(14,2),
    descripcion text NOT NULL,
    CONSTRAINT cuenta_clase_tipo_conocido CHECK (tipo IN ('ACTIVO', 'PASIVO', 'PATRIMONIO', 'INGRESO', 'GASTO')),
    CONSTRAINT cuenta_clase_por_conocido CHECK (
        por IN ('', 'establecimiento', 'cliente', 'sri', 'proveedor', 'pasarela')
    ),
    CONSTRAINT cuenta_clase_piso_solo_guardada CHECK (guardada OR piso IS NULL)
);

COMMENT ON TABLE datos.cuenta_clase IS 'Plan de cuentas: qué clases existen, a qué se refieren y si guardan saldo';
COMMENT ON COLUMN datos.cuenta_clase.piso IS 'Saldo mínimo de las cuentas guardadas; nulo = sin mínimo';

INSERT INTO datos.cuenta_clase (clase, tipo, por, guardada, piso, descripcion) VALUES
    ('CAJA_GENERAL',         'ACTIVO',     'establecimiento', false, NULL, 'Efectivo y cobros directos de la sucursal'),
    ('PASARELA',             'ACTIVO',     'pasarela',        false, NULL, 'Cobros en línea por recibir del proveedor de pagos'),
    ('CLIENTE',              'ACTIVO',     'cliente',         true,  0,    'Lo que el cliente debe'),
    ('INVENTARIO',           'ACTIVO',     '',                false, NULL, 'Valor de las existencias'),
    ('DEVOLUCION_PROVEEDOR', 'ACTIVO',     '',                false, NULL, 'Mercadería devuelta al proveedor, por acreditar'),
    ('IVA_VENTAS',           'PASIVO',     'sri',             false, NULL, 'IVA cobrado, por código de tarifa del SRI'),
    ('CAPITAL_INICIAL',      'PATRIMONIO', '',                false, NULL, 'Contrapartida del inventario inicial'),
    ('VENTAS',               'INGRESO',    '',                false, NULL, 'Ventas netas de descuento, sin IVA'),
    ('COSTO_VENTAS',         'GASTO',      '',                false, NULL, 'Costo de lo vendido'),
    ('AJUSTE_INVENTARIO',    'GASTO',      '',                false, NULL, 'Ajustes de entrada'),
    ('MERMA',                'GASTO',      '',                false, NULL, 'Pérdida, rotura, caducidad y consumo propio'),
    ('DIFERENCIA_COSTO',     'GASTO',      '',                false, NULL, 'Diferencias de costo y redondeo');

CREATE TABLE datos.cuenta (
    cta_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    clase  text NOT NULL REFERENCES datos.cuenta_clase,
    ref    text NOT NULL DEFAULT '',
    CONSTRAINT cuenta_unica UNIQUE (clase, ref)
);

CREATE TABLE datos.saldo (
    cta_id bigint PRIMARY KEY REFERENCES datos.cuenta,
    saldo  numeric(14,2) NOT NULL DEFAULT 0,
    piso   numeric(14,2),
    CONSTRAINT saldo_no_negativo CHECK (saldo >= piso)
) WITH (fillfactor = 70);

COMMENT ON TABLE datos.saldo IS 'Saldo de las cuentas guardadas, al día con el libro';
COMMENT ON CONSTRAINT saldo_no_negativo ON datos.saldo IS 'El saldo de la cuenta no alcanza.';

CREATE TABLE datos.asiento (
    asi_id     bigint GENERATED ALWAYS AS IDENTITY,
    asi_fecha  timestamptz NOT NULL DEFAULT now(),
    eta_codigo text,
    doc_tipo   text NOT NULL,
    doc_codigo text NOT NULL,
    glosa      text NOT NULL,
    usr_id     text NOT NULL DEFAULT session_user,
    sid        text DEFAULT nullif(current_setting('daf.sid', true), ''),
    request_id text DEFAULT nullif(current_setting('daf.request_id', true), ''),
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (asi_id, xid)
);

COMMENT ON TABLE datos.asiento IS 'Libro de dinero: un asiento por acto; sus líneas suman cero';

CREATE TABLE datos.asiento_linea (
    asi_id bigint NOT NULL,
    xid    xid8 NOT NULL DEFAULT pg_current_xact_id(),
    linea  smallint NOT NULL,
    cta_id bigint NOT NULL,
    monto  numeric(14,2) NOT NULL,
    PRIMARY KEY (asi_id, linea),
    CONSTRAINT linea_nace_con_su_asiento FOREIGN KEY (asi_id, xid) REFERENCES datos.asiento,
    CONSTRAINT linea_con_monto CHECK (monto <> 0 AND monto < 'NaN')
);

COMMENT ON COLUMN datos.asiento_linea.monto IS 'Debe positivo, haber negativo';

CREATE INDEX asiento_documento ON datos.asiento (doc_tipo, doc_codigo);
CREATE INDEX asiento_por_fecha ON datos.asiento USING brin (asi_fecha);
CREATE INDEX asiento_linea_cuenta ON datos.asiento_linea (cta_id, asi_id);

ALTER TABLE datos.cuenta_clase ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.cuenta ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.saldo ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.asiento ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.asiento_linea ENABLE ROW LEVEL SECURITY;

INSERT INTO datos.cuenta (clase)
SELECT clase FROM datos.cuenta_clase WHERE por = '' ORDER BY clase;
