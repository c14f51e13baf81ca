-- Catalogues and places are retired, never erased: documents go on naming them. What is retired leaves the lists and
-- is not chosen again; creating it anew brings it back.

ALTER TABLE datos.ciudad ADD COLUMN ct_estado text NOT NULL DEFAULT 'ACT';
ALTER TABLE datos.ciudad ADD CONSTRAINT ciudad_estado_conocido CHECK (ct_estado IN ('ACT', 'INA'));
COMMENT ON CONSTRAINT ciudad_estado_conocido ON datos.ciudad IS 'El estado de la ciudad es ACT o INA.';

ALTER TABLE datos.categoria ADD COLUMN cat_estado text NOT NULL DEFAULT 'ACT';
ALTER TABLE datos.categoria ADD CONSTRAINT categoria_estado_conocido CHECK (cat_estado IN ('ACT', 'INA'));
COMMENT ON CONSTRAINT categoria_estado_conocido ON datos.categoria IS 'El estado de la categoría es ACT o INA.';

ALTER TABLE datos.unidad_medida ADD COLUMN um_estado text NOT NULL DEFAULT 'ACT';
ALTER TABLE datos.unidad_medida ADD CONSTRAINT unidad_medida_estado_conocido CHECK (um_estado IN ('ACT', 'INA'));
COMMENT ON CONSTRAINT unidad_medida_estado_conocido ON datos.unidad_medida IS 'El estado de la unidad es ACT o INA.';

ALTER TABLE datos.bodega ADD COLUMN bod_estado text NOT NULL DEFAULT 'ACT';
ALTER TABLE datos.bodega ADD CONSTRAINT bodega_estado_conocido CHECK (bod_estado IN ('ACT', 'INA'));
ALTER TABLE datos.bodega ADD CONSTRAINT bodega_especial_activa CHECK (eta_codigo IS NOT NULL OR bod_estado = 'ACT');
COMMENT ON CONSTRAINT bodega_estado_conocido ON datos.bodega IS 'El estado de la bodega es ACT o INA.';
COMMENT ON CONSTRAINT bodega_especial_activa ON datos.bodega IS 'Las bodegas WEB y TRANSITO no se retiran.';

ALTER TABLE datos.punto_emision ADD COLUMN pto_estado text NOT NULL DEFAULT 'ACT';
ALTER TABLE datos.punto_emision ADD CONSTRAINT punto_emision_estado_conocido CHECK (pto_estado IN ('ACT', 'INA'));
COMMENT ON CONSTRAINT punto_emision_estado_conocido ON datos.punto_emision IS 'El estado del punto de emisión es ACT o INA.';
