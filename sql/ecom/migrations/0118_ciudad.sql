-- A city the POS has retired: addresses that name it stay, and it is offered no more. Its shipping price is the
-- shop's own, so the row stays too.

ALTER TABLE datos.ciudad ADD COLUMN ct_estado text NOT NULL DEFAULT 'ACT';
ALTER TABLE datos.ciudad ADD CONSTRAINT ciudad_estado_conocido CHECK (ct_estado IN ('ACT', 'INA'));
COMMENT ON CONSTRAINT ciudad_estado_conocido ON datos.ciudad IS 'El estado de la ciudad es ACT o INA.';
