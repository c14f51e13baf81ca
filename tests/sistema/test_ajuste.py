"""Settings: typed, held to what their row accepts, versioned, changed all or none."""

import json
import threading

import psycopg
import pytest

from tests.conftest import as_login

from ..pos.acts import forbidden, refused

SETTINGS = "/api/v1/settings"
ROLES = (
    "admin adm_bodega bodega adm_ventas ventas adm_fact adm_compras compras cajero contador auditor".split()
)


def save(act, version=None, **settings):
    """Change settings; every one by key, as they are afterwards."""
    return by_key(act("ajuste_guardar", ajustes=json.dumps(settings), version=version))


def by_key(answer):
    return {row["clave"]: row for row in answer["data"]}


def test_el_negocio_encuentra_sus_ajustes_con_valores_sensatos(pos, people):
    with as_login(pos, people.login("admin")) as act:
        rows = by_key(act("ajuste_listar"))
    expected = {
        "zona_horaria": "America/Guayaquil", "moneda": "USD", "iva_defecto": "GEN", "precios_incluyen_iva": False,
        "factura_directa": "CONTADO", "anulacion_hasta_dia": 7, "consumidor_final_maximo": "50.00",
        "oc_aprobar_recibe": True, "compra_caja_maximo": "100.00", "arqueo_ciego": True,
        "descuadre_tolerancia": "0.00", "hora_apertura": "07:00", "hora_cierre": "22:00",
        "envio_defecto": "5.00", "punto_emision_web": "",
        "denominaciones": ["100", "50", "20", "10", "5", "2", "1", "0.50", "0.25", "0.10", "0.05", "0.01"],
    }  # fmt: skip
    assert {key: rows[key]["valor"] for key in expected} == expected
    assert all(row["descripcion"].endswith(".") for row in rows.values())


GOOD = [
    ("anulacion_hasta_dia", "12", 12), ("anulacion_hasta_dia", 28, 28),
    ("consumidor_final_maximo", 75, "75.00"), ("consumidor_final_maximo", "0.5", "0.50"),
    ("precios_incluyen_iva", True, True), ("precios_incluyen_iva", "FALSE", False),
    ("factura_directa", " CREDITO ", "CREDITO"), ("zona_horaria", "America/La_Paz", "America/La_Paz"),
    ("hora_cierre", "23:59", "23:59"), ("moneda", "PEN", "PEN"), ("punto_emision_web", "001-001", "001-001"),
    ("denominaciones", [1, "0.5", "200", 1], ["200", "1", "0.50"]), ("denominaciones", "5, 10", ["10", "5"]),
]  # fmt: skip


@pytest.mark.parametrize(("key", "given", "kept"), GOOD)
def test_un_valor_se_guarda_en_su_unica_forma(pos, people, key, given, kept):
    with as_login(pos, people.login("admin")) as act:
        assert save(act, **{key: given})[key]["valor"] == kept


BAD = [
    ("anulacion_hasta_dia", 29), ("anulacion_hasta_dia", "7.5"), ("anulacion_hasta_dia", 10**12),
    ("anulacion_hasta_dia", True), ("consumidor_final_maximo", -1), ("consumidor_final_maximo", "1.005"),
    ("consumidor_final_maximo", "NaN"), ("consumidor_final_maximo", "1e3"), ("precios_incluyen_iva", 1),
    ("factura_directa", "FIADO"), ("factura_directa", ""), ("zona_horaria", "Marte/Olympus"),
    ("zona_horaria", "right/America/Lima"), ("zona_horaria", "UTC'; DROP TABLE datos.ajuste; --"),
    ("hora_cierre", "24:00"), ("hora_cierre", "7:00"), ("moneda", "usd"), ("moneda", "USD\nEUR"),
    ("punto_emision_web", "1-1"), ("denominaciones", []), ("denominaciones", ["0"]), ("denominaciones", [{}]),
    ("denominaciones", list(range(1, 40))), ("moneda", {"a": 1}), ("denominaciones", "5,,10"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "given"), BAD)
def test_un_valor_que_la_fila_no_admite_no_cambia_nada(pos, people, key, given):
    with as_login(pos, people.login("admin")) as act:
        before = act("ajuste_listar")
        both = json.dumps({"iva_defecto": "CER", key: given})
        assert refused(act, "ajuste_valido", "ajuste_guardar", ajustes=both) == "422"
        assert act("ajuste_listar") == before


def test_un_ajuste_que_no_existe_no_deja_guardar_los_demas(pos, people):
    with as_login(pos, people.login("admin")) as act:
        body = json.dumps({"moneda": "PEN", "zzz_nada": 1})
        assert refused(act, "ajuste_existe", "ajuste_guardar", ajustes=body) == "422"
        assert by_key(act("ajuste_listar"))["moneda"]["valor"] == "USD"


def test_la_misma_regla_vale_para_quien_escribe_sql(pos):
    with pytest.raises(psycopg.Error) as caught, pos.transaction():
        pos.execute("UPDATE datos.ajuste SET aju_valor = 'FIADO' WHERE aju_clave = 'factura_directa'")
    assert caught.value.diag.constraint_name == "ajuste_valido"
    version = "SELECT privado.ajuste_version()"
    before = pos.execute(version).fetchone()[0]
    pos.execute("UPDATE datos.ajuste SET aju_valor = ' CREDITO' WHERE aju_clave = 'factura_directa'")
    assert pos.execute(version).fetchone()[0] == before + 1


def test_cada_cambio_tiene_version_y_lo_que_no_cambia_la_conserva(pos, people):
    with as_login(pos, people.login("admin")) as act:
        before = act("ajuste_listar")["version"]
        rows = save(act, moneda="PEN", hora_cierre="22:00", iva_defecto=None)
        assert rows["moneda"]["version"] == before + 1 == act("ajuste_listar")["version"]
        assert rows["hora_cierre"]["version"] <= before and rows["iva_defecto"]["valor"] == "GEN"
        save(act, moneda="PEN")
        assert act("ajuste_listar")["version"] == before + 1


def test_quien_leyo_una_version_anterior_no_pisa_el_cambio_de_otro(pos, people):
    with as_login(pos, people.login("admin")) as act:
        read = act("ajuste_listar")["version"]
        save(act, version=read, moneda="PEN")
        change = json.dumps({"moneda": "BOB"})
        assert refused(act, "ajuste_version", "ajuste_guardar", ajustes=change, version=read) == "409"
        assert refused(act, "ajuste_version", "ajuste_guardar", ajustes=change, version=read + 9) == "409"
        assert (
            save(act, version=read, hora_cierre="21:00")["hora_cierre"]["valor"] == "21:00"
        )  # nobody touched it


def test_cada_cambio_queda_en_la_auditoria(pos, people):
    login = people.login("admin")
    with as_login(pos, login) as act:
        act("ajuste_actualizar", aju_clave="moneda", aju_valor="PEN")
    row = pos.execute(
        "SELECT usuario, operacion, antes ->> 'aju_valor', despues ->> 'aju_valor' FROM datos.auditoria"
        " WHERE tabla = 'ajuste' AND clave = 'moneda' ORDER BY aud_id DESC LIMIT 1"
    ).fetchone()
    assert row == (login, "UPDATE", "USD", "PEN")


@pytest.mark.parametrize("role", ROLES)
def test_todo_el_personal_lee_y_solo_el_administrador_escribe(pos, people, role):
    with as_login(pos, people.login(role)) as act:
        answer = act("ajuste_listar")
        assert ("descuadre_tolerancia" in by_key(answer)) == (role in ("admin", "auditor"))
        assert answer["version"] == act.conn.execute("SELECT privado.ajuste_version()").fetchone()[0]
        if role != "admin":
            forbidden(act, "ajuste_guardar", ajustes="{}")
            forbidden(act, "ajuste_actualizar", aju_clave="moneda", aju_valor="PEN")


def test_en_la_tienda_nadie_los_cambia(ecom, people):
    names = "SELECT proname FROM pg_proc WHERE proname ~ '^ajuste_(guardar|actualizar|aplicar)$'"
    assert ecom.execute(names).fetchall() == []
    with as_login(ecom, people.login("admin")) as act, pytest.raises(psycopg.errors.InsufficientPrivilege):
        act.conn.execute("UPDATE datos.ajuste SET aju_valor = 'PEN'")


def test_dos_cambios_a_la_vez_nunca_comparten_version(servers, people):
    """Else a worker that knows version n could have missed one of the two changes called n."""
    given = [("hora_apertura", "06:30"), ("hora_cierre", "22:30")]
    start, versions = threading.Barrier(len(given)), []

    def change(key, value):
        with psycopg.connect(servers.admin_conninfo("pos")) as conn:
            start.wait()
            conn.execute("UPDATE datos.ajuste SET aju_valor = %s WHERE aju_clave = %s", (value, key))
            versions.append(
                conn.execute("SELECT aju_version FROM datos.ajuste WHERE aju_clave = %s", (key,)).fetchone()
            )

    threads = [threading.Thread(target=change, args=pair) for pair in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(versions)) == len(given)
    with psycopg.connect(servers.admin_conninfo("pos")) as conn:
        conn.execute("UPDATE datos.ajuste SET aju_valor = '07:00' WHERE aju_clave = 'hora_apertura'")
        conn.execute("UPDATE datos.ajuste SET aju_valor = '22:00' WHERE aju_clave = 'hora_cierre'")
