-- pgaudit: reads of what things cost, in the server's log. A read leaves no row, so no trigger can tell; the extension can,
-- where the server has it. Applied to the POS database at the end of each deploy if the server has loaded it:
--
--     shared_preload_libraries = 'pgaudit'      (postgresql.conf, and a restart; the embedded server does not have it)
--     log_line_prefix with %u                   (the person: every statement runs as its caller's own login)
--
-- Object auditing: what this role may read is what is logged when anybody reads it, whatever function they go through.
-- Lines say `AUDIT: OBJECT,...,READ,SELECT,TABLE,datos.kardex`. Values and parameters are not logged. A sale reads the
-- value of what it takes, so it leaves a line too; the statement in the line tells one from the other.

DO $role$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgaudit_costos') THEN
        CREATE ROLE pgaudit_costos NOLOGIN;
    END IF;
END
$role$;

CREATE EXTENSION IF NOT EXISTS pgaudit SCHEMA ext;

GRANT SELECT (krd_valor, krd_valor_saldo) ON datos.kardex TO pgaudit_costos;
GRANT SELECT (exi_valor) ON datos.existencia TO pgaudit_costos;
GRANT SELECT (pxfa_costo) ON datos.factura_detalle TO pgaudit_costos;

DO $settings$
DECLARE
    v_setting text;
BEGIN
    FOREACH v_setting IN ARRAY ARRAY[
        'pgaudit.role = pgaudit_costos', 'pgaudit.log = none', 'pgaudit.log_parameter = off', 'pgaudit.log_catalog = off'
    ] LOOP
        EXECUTE format('ALTER DATABASE %I SET %s', current_database(), v_setting);
    END LOOP;
END
$settings$;
