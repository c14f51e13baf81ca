-- What both databases hold whatever their side sells: settings, sessions, failed logins, answers kept for
-- replay, and the audit trail.

CREATE TABLE datos.ajuste (
    aju_clave text PRIMARY KEY,
    aju_valor text NOT NULL,
    aju_descripcion text NOT NULL
);

INSERT INTO datos.ajuste (aju_clave, aju_valor, aju_descripcion) VALUES
('zona_horaria', 'America/Guayaquil', 'Zona horaria de la empresa: decide la fecha local de un documento.'),
('moneda', 'USD', 'Moneda de todos los importes.'),
('iva_defecto', 'GEN', 'Clase de IVA de un producto que no nombra otra.'),
('precios_incluyen_iva', 'false', 'Si los precios de lista ya incluyen el IVA.'),
('factura_directa', 'CONTADO', 'Cómo se liquida una factura aprobada sin pagos: CONTADO o CREDITO.'),
('anulacion_hasta_dia', '7', 'Día del mes siguiente hasta el que se puede anular una factura.'),
('consumidor_final_maximo', '50.00', 'Total máximo de una factura a consumidor final.');

-- A session of a person (clase staff, sujeto = login) or of a shopper (clase comprador, sujeto = account id).
-- `secreto` is half of the key that seals a token's credential: closing the row kills the ciphertext. `digesto`
-- is a digest of the SCRAM verifier seen at login, so a new password ends every session opened with the old one.
CREATE TABLE datos.sesion (
    sid uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    clase text NOT NULL CONSTRAINT sesion_clase_conocida CHECK (clase IN ('staff', 'comprador')),
    sujeto text NOT NULL,
    secreto bytea NOT NULL,
    digesto bytea,
    creada_en timestamptz NOT NULL DEFAULT now(),
    vence_en timestamptz NOT NULL,
    cerrada_en timestamptz,
    motivo_cierre text,
    direccion text,
    agente text,
    CONSTRAINT sesion_staff_con_digesto CHECK (clase <> 'staff' OR digesto IS NOT NULL)
);

CREATE INDEX sesion_sujeto ON datos.sesion (clase, sujeto) WHERE cerrada_en IS NULL;
ALTER TABLE datos.sesion ENABLE ROW LEVEL SECURITY;

-- Losing this table in a crash only forgives failed attempts, so it is not worth a WAL record each.
CREATE UNLOGGED TABLE datos.login_intento (
    usuario text NOT NULL,
    direccion text NOT NULL,
    cuando timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX login_intento_direccion ON datos.login_intento (direccion, cuando);
ALTER TABLE datos.login_intento ENABLE ROW LEVEL SECURITY;

-- One row per Idempotency-Key whose request succeeded. The owner is the login and, behind a shared login, the
-- verified shopper or cart, so that nobody's key returns another's answer.
CREATE TABLE datos.idempotencia (
    usuario text NOT NULL,
    sujeto text NOT NULL,
    ruta text NOT NULL,
    clave text NOT NULL,
    huella text NOT NULL,
    respuesta text,
    creada_en timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotencia_una_vez PRIMARY KEY (usuario, sujeto, ruta, clave)
);

CREATE INDEX idempotencia_creada_en ON datos.idempotencia USING brin (creada_en);
ALTER TABLE datos.idempotencia ENABLE ROW LEVEL SECURITY;

-- Append-only. Partitioned by month so that old months can be exported and dropped whole; the default partition
-- takes what no month was made for.
CREATE TABLE datos.auditoria (
    aud_id bigint GENERATED ALWAYS AS IDENTITY,
    cuando timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    usuario text NOT NULL DEFAULT session_user,
    sujeto text,
    sid text,
    request_id text,
    tabla text NOT NULL,
    clave text NOT NULL,
    operacion text NOT NULL,
    antes jsonb,
    despues jsonb,
    PRIMARY KEY (aud_id, cuando)
) PARTITION BY RANGE (cuando);

CREATE TABLE datos.auditoria_resto PARTITION OF datos.auditoria DEFAULT;
CREATE INDEX auditoria_usuario ON datos.auditoria (usuario, cuando);
CREATE INDEX auditoria_clave ON datos.auditoria (tabla, clave);
ALTER TABLE datos.auditoria ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.auditoria_resto ENABLE ROW LEVEL SECURITY;
ALTER TABLE datos.ajuste ENABLE ROW LEVEL SECURITY;
