"""The trail's months: made ahead, filled from the default partition, and as closed as the trail itself."""

import threading
from datetime import UTC, datetime

import psycopg
import pytest

SIDES = ["pos", "ecom"]
ROWS = "SELECT aud_id, cuando, xid, usuario, tabla, clave, operacion, antes, despues FROM datos.auditoria ORDER BY 1"


@pytest.fixture(params=SIDES)
def conn(request):
    return request.getfixturevalue(request.param)


def parts(conn):
    """The partitions by name."""
    rows = conn.execute(
        "SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'datos.auditoria'::regclass ORDER BY 1"
    )
    return [name for (name,) in rows]


def test_el_despliegue_deja_hechos_este_mes_y_los_dos_siguientes(conn):
    today = datetime.now(UTC)
    months = [(today.year * 12 + today.month - 1 + n) for n in range(3)]
    assert {f"auditoria_{m // 12}_{m % 12 + 1:02}" for m in months} < set(parts(conn))
    assert conn.execute("SELECT count(*) FROM datos.auditoria_resto").fetchone() == (0,)
    assert conn.execute("SELECT api.auditoria_preparar()").fetchone()[0] == {"meses": [], "movidas": 0}


def test_lo_que_no_tuvo_mes_se_muda_a_el_sin_cambiar_ni_perderse(conn):
    for when in (
        "2033-01-31 23:59:59.999999Z",
        "2033-02-01 00:00Z",
        "2033-02-28 12:00Z",
        "1999-12-31 12:00Z",
    ):
        conn.execute(
            "INSERT INTO datos.auditoria (cuando, tabla, clave, operacion, despues)"
            " VALUES (%s, 'cosa', 'x', 'INSERT', '{\"a\": 1}')",
            (when,),
        )
    before = conn.execute(ROWS).fetchall()
    warned = "SELECT privado.aviso_auditoria_sin_mes()"
    assert [row[0] for row in conn.execute(f"{warned} ORDER BY 1")] == [
        "1999-12: 1",
        "2033-01: 1",
        "2033-02: 2",
    ]
    done = conn.execute("SELECT api.auditoria_preparar()").fetchone()[0]
    assert done == {"meses": ["1999-12", "2033-01", "2033-02"], "movidas": 4}
    assert conn.execute(ROWS).fetchall() == before
    assert conn.execute("SELECT count(*) FROM datos.auditoria_2033_02").fetchone() == (2,)
    assert conn.execute(warned).fetchall() == []
    assert conn.execute("SELECT privado.doctor_auditoria_encendida()").fetchall() == []


@pytest.mark.parametrize("damage", ["UPDATE {} SET clave = 'y'", "DELETE FROM {}", "TRUNCATE {}"])
def test_ni_su_dueno_reescribe_un_mes_ni_el_resto(request, conn, damage):
    owner = "pos_datos" if request.node.callspec.params["conn"] == "pos" else "ecom_datos"
    insert = "INSERT INTO datos.auditoria (cuando, tabla, clave, operacion) VALUES (%s, 'c', 'x', 'EVENT')"
    conn.execute("SELECT privado.auditoria_mes('2033-02-01')")
    for when in ("2099-01-01", "2033-02-03"):
        conn.execute(insert, (when,))
    conn.execute(f"SET LOCAL ROLE {owner}")
    for table in ("datos.auditoria", "datos.auditoria_resto", "datos.auditoria_2033_02"):
        with pytest.raises(psycopg.Error) as caught, conn.transaction():
            conn.execute(damage.format(table))
        assert caught.value.diag.constraint_name == "solo_agregar"


def test_nadie_tiene_permiso_sobre_una_particion(conn):
    granted = conn.execute(
        "SELECT c.relname, a.grantee::regrole FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid"
        " CROSS JOIN aclexplode(c.relacl) AS a"
        " WHERE i.inhparent = 'datos.auditoria'::regclass AND a.grantee <> c.relowner"
    ).fetchall()
    assert granted == []
    unprotected = conn.execute(
        "SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'datos.auditoria'::regclass AND NOT c.relrowsecurity"
    ).fetchall()
    assert unprotected == []


def test_un_mes_que_falta_y_un_disparador_apagado_se_ven(pos, people):
    month = parts(pos)[1]
    pos.execute(f"ALTER TABLE datos.auditoria DETACH PARTITION datos.{month}")
    pos.execute(f"DROP TABLE datos.{month}")
    assert pos.execute("SELECT privado.aviso_auditoria_mes_siguiente()").fetchall() == [
        (month.removeprefix("auditoria_").replace("_", "-"),)
    ]
    pos.execute("ALTER TABLE datos.producto DISABLE TRIGGER producto_auditoria")
    pos.execute("DROP TRIGGER auditoria_sin_vaciar ON datos.auditoria_resto")
    found = {row[0] for row in pos.execute("SELECT privado.doctor_auditoria_encendida()")}
    assert found == {"producto producto_auditoria", "auditoria_resto TRUNCATE"}


def test_hacer_un_mes_no_detiene_a_quien_escribe(servers):
    """A writer's row of this month is not committed while another month is made; and the other way round."""
    with (
        psycopg.connect(servers.admin_conninfo("pos")) as writer,
        psycopg.connect(servers.admin_conninfo("pos")) as maker,
    ):
        writer.execute("SELECT privado.evento('PRUEBA', 'x')")
        maker.execute("SET statement_timeout = '3s'")
        maker.execute("SELECT privado.auditoria_mes('2041-01-01')")
        done = threading.Event()

        def write():
            with psycopg.connect(servers.admin_conninfo("pos")) as other:
                other.execute("SELECT privado.evento('PRUEBA', 'y')")
                other.rollback()
            done.set()

        threading.Thread(target=write, daemon=True).start()
        assert done.wait(5), "a writer waited for a month that is not its own"
        writer.rollback()
        maker.rollback()


def test_dos_que_hacen_el_mismo_mes_a_la_vez_lo_hacen_una_vez(servers):
    with (
        psycopg.connect(servers.admin_conninfo("pos")) as one,
        psycopg.connect(servers.admin_conninfo("pos")) as two,
    ):
        assert one.execute("SELECT privado.auditoria_mes('2042-01-01')").fetchone() == (0,)
        two.execute("SET lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            two.execute("SELECT privado.auditoria_mes('2042-01-01')")
        one.rollback()
