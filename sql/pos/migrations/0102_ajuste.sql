-- The POS decides every setting, also those the shop alone reads; the bridge tells the shop what they are.

UPDATE datos.ajuste
SET aju_forma = '^([0-9]{3}-[0-9]{3})?$'
WHERE aju_clave = 'punto_emision_web';

INSERT INTO datos.ajuste (aju_clave, aju_valor, aju_tipo, aju_minimo, aju_maximo, aju_descripcion) VALUES
    ('envio_defecto', '5.00', 'dinero', 0, 9999.99, 'Precio del envío a una ciudad que no tiene el suyo.');

INSERT INTO datos.puente_cambio (cam_tabla, cam_clave) VALUES ('ajuste', '*');
