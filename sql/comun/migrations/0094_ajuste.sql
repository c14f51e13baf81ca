-- A setting says itself what it accepts (type, options, form, bounds), who may read it, and at which version it last
-- changed. The version of all settings is the highest of theirs.

ALTER TABLE datos.ajuste
    ADD COLUMN aju_tipo text NOT NULL DEFAULT 'texto',
    ADD COLUMN aju_opciones text[],
    ADD COLUMN aju_forma text,
    ADD COLUMN aju_minimo numeric,
    ADD COLUMN aju_maximo numeric,
    ADD COLUMN aju_publico boolean NOT NULL DEFAULT true,
    ADD COLUMN aju_version bigint NOT NULL DEFAULT 1,
    ADD CONSTRAINT ajuste_clave_forma CHECK (
        aju_clave ~ '^[a-z][a-z0-9_]{2,40}$' AND aju_clave NOT IN ('version', 'ajustes')
    ),
    ADD CONSTRAINT ajuste_tipo_conocido CHECK (
        aju_tipo IN ('texto', 'entero', 'dinero', 'logico', 'opcion', 'zona', 'hora', 'denominaciones')
    ),
    ADD CONSTRAINT ajuste_opciones_de_opcion CHECK ((aju_tipo = 'opcion') = (aju_opciones IS NOT NULL)),
    ADD CONSTRAINT ajuste_forma_de_texto CHECK (aju_forma IS NULL OR aju_tipo = 'texto'),
    ADD CONSTRAINT ajuste_limites_en_orden CHECK (aju_minimo <= aju_maximo);

COMMENT ON COLUMN datos.ajuste.aju_forma IS 'Expresión regular que cumple un texto';
COMMENT ON COLUMN datos.ajuste.aju_minimo IS 'El menor valor; de un texto, sus caracteres; de una lista, el de cada elemento';
COMMENT ON COLUMN datos.ajuste.aju_maximo IS 'El mayor valor; de un texto, sus caracteres; de una lista, el de cada elemento';
COMMENT ON COLUMN datos.ajuste.aju_publico IS 'Si lo lee todo el personal, y no solo quien administra o audita';
COMMENT ON CONSTRAINT ajuste_clave_forma ON datos.ajuste IS 'La clave de un ajuste son minúsculas, dígitos y guiones bajos, y no es version ni ajustes.';
COMMENT ON CONSTRAINT ajuste_tipo_conocido ON datos.ajuste IS 'Ese tipo de ajuste no existe.';
COMMENT ON CONSTRAINT ajuste_opciones_de_opcion ON datos.ajuste IS 'Un ajuste de opción, y solo él, tiene opciones.';
COMMENT ON CONSTRAINT ajuste_forma_de_texto ON datos.ajuste IS 'Solo un texto tiene forma.';
COMMENT ON CONSTRAINT ajuste_limites_en_orden ON datos.ajuste IS 'El mínimo de un ajuste no pasa de su máximo.';

UPDATE datos.ajuste AS a
SET aju_tipo = d.tipo, aju_opciones = d.opciones, aju_forma = d.forma, aju_minimo = d.minimo, aju_maximo = d.maximo
FROM (
    VALUES
    ('zona_horaria', 'zona', NULL::text[], NULL::text, NULL::numeric, NULL::numeric),
    ('moneda', 'texto', NULL, '^[A-Z]{3}$', NULL, NULL),
    ('iva_defecto', 'opcion', ARRAY['GEN', 'RED', 'CER', 'NOB', 'EXE'], NULL, NULL, NULL),
    ('precios_incluyen_iva', 'logico', NULL, NULL, NULL, NULL),
    ('factura_directa', 'opcion', ARRAY['CONTADO', 'CREDITO'], NULL, NULL, NULL),
    ('anulacion_hasta_dia', 'entero', NULL, NULL, 1, 28),
    ('consumidor_final_maximo', 'dinero', NULL, NULL, 0, 9999999.99)
) AS d (clave, tipo, opciones, forma, minimo, maximo)
WHERE a.aju_clave = d.clave;

INSERT INTO datos.ajuste (aju_clave, aju_valor, aju_tipo, aju_minimo, aju_maximo, aju_publico, aju_descripcion) VALUES
    ('oc_aprobar_recibe', 'true', 'logico', NULL, NULL, true, 'Si aprobar una orden de compra recibe todo lo pedido.'),
    ('compra_caja_maximo', '100.00', 'dinero', 0, 9999999.99, true, 'Total máximo de una compra que un cajero paga de su caja.'),
    ('arqueo_ciego', 'true', 'logico', NULL, NULL, true, 'Si el cajero cierra su caja sin ver lo que debería haber en ella.'),
    (
        'denominaciones', '100,50,20,10,5,2,1,0.50,0.25,0.10,0.05,0.01', 'denominaciones', 0.01, 10000, true,
        'Billetes y monedas con los que se cuenta una caja.'
    ),
    ('descuadre_tolerancia', '0.00', 'dinero', 0, 1000, false, 'Diferencia de caja que todavía cuenta como cuadrada.'),
    ('hora_apertura', '07:00', 'hora', NULL, NULL, true, 'Hora local desde la que se trabaja; lo de antes es fuera de hora.'),
    ('hora_cierre', '22:00', 'hora', NULL, NULL, true, 'Hora local hasta la que se trabaja; lo de después es fuera de hora.');
