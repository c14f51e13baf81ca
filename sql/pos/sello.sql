-- Sello at the POS: the two ledgers, sealed beside the audit trail. Rules in comun/sello.sql.

-- The name of this side in its seals.
CREATE FUNCTION privado.sello_lado() RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'pos'
$$;

-- The canonical text of a movement of goods.
CREATE FUNCTION privado.sello_kardex_v1(p_fila datos.kardex) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT json_build_array(
        p_fila.krd_codigo, p_fila.itm_codigo, p_fila.bod_codigo, p_fila.krd_secuencia, p_fila.trn_cod,
        p_fila.krd_signo, p_fila.krd_cantidad, p_fila.krd_valor, p_fila.krd_saldo, p_fila.krd_valor_saldo,
        p_fila.doc_tipo, p_fila.doc_codigo, p_fila.doc_linea, p_fila.est_cod, p_fila.krd_revierte, p_fila.krd_razon,
        p_fila.usr_id, p_fila.sid, p_fila.request_id, p_fila.krd_fechahora, p_fila.xid
    )::text
$$;

-- The canonical text of an entry of the libro.
CREATE FUNCTION privado.sello_asiento_v1(p_fila datos.asiento) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT json_build_array(
        p_fila.asi_id, p_fila.asi_fecha, p_fila.eta_codigo, p_fila.doc_tipo, p_fila.doc_codigo, p_fila.glosa,
        p_fila.usr_id, p_fila.sid, p_fila.request_id, p_fila.xid
    )::text
$$;

-- The canonical text of a line of an entry.
CREATE FUNCTION privado.sello_asiento_linea_v1(p_fila datos.asiento_linea) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT json_build_array(p_fila.asi_id, p_fila.xid, p_fila.linea, p_fila.cta_id, p_fila.monto)::text
$$;
