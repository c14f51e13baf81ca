"""Every table says how it is accounted for, so that a new one has to choose; and no secret is ever copied.

audited    a row trigger writes who changed what into the audit trail
ledger     append-only, so it is its own trail
derived    can be told again from other tables, and the doctor does; auditing it would double the cost of a sale
technical  no fact of the business: sessions, queues, secrets, carts; nothing of it is copied into the trail
"""

import re

import pytest

from .tree import SIDES, SQL

AUDITED = {
    "pos": """
        ajuste bodega caja caja_movimiento categoria ciudad cliente compra compra_detalle conteo conteo_detalle
        cuenta_clase cuenta_por_cobrar cuenta_por_pagar cupo_web descuadre empresa establecimiento estandar
        estandar_detalle factura factura_detalle iva_clase materia_prima orden_compra orden_compra_detalle persona
        prestamo producto proveedor punto_emision recepcion recepcion_detalle reembolso_web retorno retorno_detalle
        sesion_caja tarifa_iva transaccion transferencia transferencia_detalle unidad_medida usuario
        usuario_establecimiento venta_observada
    """,
    "ecom": "ajuste ciudad pago pedido reembolso reembolso_detalle usuario_app",
}
LEDGER = {
    "pos": """
        asiento asiento_linea auditoria comision cuenta factura_pago kardex producto_precio sello sello_ajeno
        sesion_caja_z venta_diferida venta_observada_linea venta_observada_pago venta_web
    """,
    "ecom": "auditoria pedido_detalle pedido_estado sello sello_ajeno",
}
DERIVED = {
    "pos": "existencia numeracion palabra permiso_visto saldo",
    "ecom": "categoria cliente_pos cupo cupo_movimiento faceta palabra permiso_visto producto reserva tarifa_iva",
}
TECHNICAL = {
    "pos": "arranque clave_codigo correo idempotencia login_intento puente_cambio sesion usuario_espera",
    "ecom": """
        arranque carrito carrito_detalle clave_codigo contexto_clave correo direccion idempotencia login_intento
        pago_evento puente_recibido sesion simulada_cargo simulada_reembolso usuario_clave verificacion
    """,
}
# Audited for some of what happens to them only: see the comment above the trigger.
IN_PART = {"factura", "factura_detalle", "cupo_web"}

TRIGGERS = """
    SELECT c.relname, t.tgtype::int, t.tgnargs, encode(t.tgargs, 'escape')
    FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE c.relnamespace = 'datos'::regnamespace AND p.proname = %s AND t.tgparentid = 0
"""
INSERT, DELETE, UPDATE = 4, 8, 16
SECRET = re.compile(r"clave|verificador|secreto|codigo_hash|digesto|token|hash|refresco|llave|huella")


@pytest.fixture(params=SIDES)
def side(request):
    return request.param


@pytest.fixture
def conn(side, request):
    return request.getfixturevalue(side)


def tables(conn):
    """Every table of ours; a partition is its parent."""
    rows = conn.execute(
        "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'datos'::regnamespace"
        " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    return {name for (name,) in rows}


def test_every_table_is_of_one_kind(conn, side):
    kinds = [set(kind[side].split()) for kind in (AUDITED, LEDGER, DERIVED, TECHNICAL)]
    assert sum(map(len, kinds)) == len(set.union(*kinds)), "a table is of two kinds"
    assert tables(conn) == set.union(*kinds)


def test_audited_tables_have_the_trigger_for_every_change_and_no_other_has_it(conn, side):
    seen: dict[str, int] = {}
    for table, kind, _, _ in conn.execute(TRIGGERS, ("auditar",)):
        seen[table] = seen.get(table, 0) | kind
    assert seen.keys() == set(AUDITED[side].split())
    assert {table for table, kind in seen.items() if ~kind & (INSERT | DELETE | UPDATE)} <= IN_PART


def test_ledgers_refuse_to_be_rewritten(conn, side):
    kept: dict[str, int] = {}
    for table, kind, _, _ in conn.execute(TRIGGERS, ("solo_agregar",)):
        kept[table] = kept.get(table, 0) | kind
    rewritten = {table for table in LEDGER[side].split() if ~kept.get(table, 0) & (DELETE | UPDATE)}
    assert rewritten == set()


def test_no_audited_column_holds_a_secret(conn, side):
    """By type and by name: what must not be copied is not in an audited table, or is not copied."""
    hidden = {
        (table, column)
        for table, _, _, arguments in conn.execute(TRIGGERS, ("auditar",))
        for column in arguments.split("\\000")[1:]
    }
    columns = conn.execute(
        "SELECT c.relname, a.attname, a.atttypid = 'bytea'::regtype FROM pg_class AS c"
        " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'datos'::regnamespace AND c.relname = ANY (%s)",
        (AUDITED[side].split(),),
    ).fetchall()
    assert len(columns) > 30
    names = {("ajuste", "aju_clave"), ("pedido", "ped_clave")}  # of a setting, of a request
    assert {(t, c) for t, c, binary in columns if binary or SECRET.search(c)} - hidden <= names


def test_who_writes_events_names_them_in_capitals():
    for path in SQL.rglob("*.sql"):
        for event in re.findall(r"privado\.evento\(\s*'(\w+)'", path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", event), (path.name, event)
