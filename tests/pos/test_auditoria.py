"""The trail as its auditor reads it: over HTTP, in psql, and nobody else."""

import psycopg
import pytest

from tests.conftest import as_login

from .acts import forbidden, refused

NOT_AUDITORS = (
    "admin adm_bodega bodega adm_ventas ventas adm_fact adm_compras compras cajero contador".split()
)
READS = {
    "auditoria_listar": {}, "auditoria_permisos": {}, "auditoria_personas": {},
}  # fmt: skip


def note(conn, *rows):
    """Rows of the trail as they would have been written: (usuario, tabla, clave, cuando)."""
    for usuario, tabla, clave, cuando in rows:
        conn.execute(
            "INSERT INTO datos.auditoria (usuario, tabla, clave, cuando, operacion)"
            " VALUES (%s, %s, %s, %s, 'UPDATE')",
            (usuario, tabla, clave, cuando),
        )


@pytest.fixture
def trail(pos, people):
    """Reads of the auditor in a transaction that is rolled back."""

    def read(name="auditoria_listar", /, **params):
        with as_login(pos, people.login("auditor")) as act:
            return act(name, **params)

    return read


@pytest.fixture
def shop_trail(ecom, people):
    """The same of the shop."""

    def read(name="auditoria_listar", /, **params):
        with as_login(ecom, people.login("auditor")) as act:
            return act(name, **params)

    return read


@pytest.mark.parametrize("side", ["pos", "ecom"])
@pytest.mark.parametrize("name", READS)
def test_solo_el_auditor_lee_la_auditoria(request, people, side, name):
    conn = request.getfixturevalue(side)
    for role in NOT_AUDITORS:
        with as_login(conn, people.login(role)) as act:
            forbidden(act, name, **READS[name])
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute("SELECT FROM datos.auditoria")
    with as_login(conn, people.login("auditor")) as act:
        assert "data" in act(name, **READS[name])


def test_un_cambio_hecho_en_psql_se_lee_igual_que_uno_del_api(pos, trail):
    pos.execute("INSERT INTO datos.unidad_medida (um_codigo, um_descripcion) VALUES ('ZZT', 'Prueba')")
    pos.execute("UPDATE datos.unidad_medida SET um_descripcion = 'Otra' WHERE um_codigo = 'ZZT'")
    changed, made = trail(tabla="unidad_medida", clave="ZZT")["data"]
    assert (changed["operacion"], made["operacion"]) == ("UPDATE", "INSERT")
    assert changed["antes"] == {"um_descripcion": "Prueba"}
    assert changed["despues"] == {"um_descripcion": "Otra"}
    assert changed["usuario"] == "postgres" and int(changed["xid"]) == int(made["xid"]) > 0


def test_el_cursor_no_repite_ni_salta_mientras_se_escribe(pos, trail):
    note(pos, *(("eva_x", "cosa", str(n), f"2031-05-01 12:00:{n // 2:02}Z") for n in range(20)))
    seen, cursor = [], None
    while True:
        page = trail(tabla="cosa", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [row["clave"] for row in page["data"]]
        note(pos, ("eva_x", "cosa", f"nueva{len(seen)}", "2031-06-01"))
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == [str(n) for n in reversed(range(20))]


def test_un_cursor_inventado_es_un_422(pos, people):
    with as_login(pos, people.login("auditor")) as act:
        assert refused(act, "cursor_valido", "auditoria_listar", cursor="1' OR '1'='1") == "422"


@pytest.mark.parametrize("path", ["/api/pos/auditoria", "/api/pos/auditoria/reporte/permisos"])
def test_el_documento_cuenta_con_el_cursor_inventado(client, auth, path):
    assert client.get(f"{path}?cursor=nada", headers=auth("auditor")).json["regla"] == "cursor_valido"
    paths = client.get("/api/pos/openapi.json").json["paths"]
    assert "422" in paths[path]["get"]["responses"]


def test_los_dias_son_locales_y_el_ultimo_cuenta_entero(pos, trail):
    note(
        pos,
        ("eva_x", "cosa", "antes", "2031-05-01 04:59:59.999Z"),
        ("eva_x", "cosa", "primero", "2031-05-01 05:00Z"),
        ("eva_x", "cosa", "ultimo", "2031-05-03 04:59:59.999999Z"),
        ("eva_x", "cosa", "despues", "2031-05-03 05:00Z"),
    )
    found = trail(tabla="cosa", desde="2031-05-01", hasta="2031-05-02")["data"]
    assert [row["clave"] for row in found] == ["ultimo", "primero"]


def test_se_filtra_por_persona_grupo_tabla_clave_y_operacion(pos, trail, people):
    seller = people.login("ventas")
    note(pos, (seller, "cosa", "1", "2031-05-01"), ("otra_x", "cosa", "1", "2031-05-01"))
    pos.execute("SELECT privado.evento('INGRESO', %s, '{}')", (seller,))
    mine = {(row["tabla"], row["clave"]) for row in trail(usuario=seller)["data"]}
    assert {("cosa", "1"), ("INGRESO", seller)} <= mine
    assert all(row["usuario"] == seller or row["clave"] == seller for row in trail(usuario=seller)["data"])
    of_group = trail(rol="ventas", tabla="cosa")["data"]
    assert [row["usuario"] for row in of_group] == [seller]
    assert trail(rol="postgres")["data"] == []
    events = trail(usuario=seller, operacion="EVENT")["data"]
    assert events[0]["tabla"] == "INGRESO" and {row["operacion"] for row in events} == {"EVENT"}


def test_el_resumen_por_persona_y_dia_cuenta_lo_que_hizo_cada_una(pos, trail):
    note(
        pos,
        ("eva_x", "cosa", "1", "2031-05-01 15:00Z"),
        ("eva_x", "otra", "1", "2031-05-01 16:00Z"),
        ("eva_x", "cosa", "1", "2031-05-02 15:00Z"),
        ("ivo_x", "cosa", "1", "2031-05-02 15:00Z"),
    )
    report = trail("auditoria_personas", desde="2031-05-01", hasta="2031-05-02")
    assert [(row["dia"], row["usuario"], row["cambios"]) for row in report["data"]] == [
        ("2031-05-02", "eva_x", 1), ("2031-05-02", "ivo_x", 1), ("2031-05-01", "eva_x", 2),
    ]  # fmt: skip
    assert report["data"][-1]["tablas"] == ["cosa", "otra"]


@pytest.mark.parametrize("asked", [
    {}, {"usuario": "u7"}, {"tabla": "t3", "clave": "k33"}, {"tabla": "t3", "desde": "2031-05-09"},
    {"usuario": "u7", "cursor": "1935921600000000.5"},
])  # fmt: skip
def test_una_pagina_no_lee_mas_que_lo_que_muestra(pos, trail, asked):
    """By the indexes: no sequential scan, and few rows touched, of 20,000."""
    pos.execute("SELECT privado.auditoria_mes('2031-05-01')")
    pos.execute(
        "INSERT INTO datos.auditoria (usuario, tabla, clave, cuando, operacion)"
        " SELECT 'u' || n % 50, 't' || n % 10, 'k' || n % 1000,"
        " '2031-05-01'::timestamptz + n * interval '1 min', 'UPDATE'"
        " FROM generate_series(1, 20000) AS n"
    )
    pos.execute("ANALYZE datos.auditoria_2031_05")

    def touched():
        return pos.execute(
            "SELECT seq_scan, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            " WHERE relname = 'auditoria_2031_05'"
        ).fetchone()

    scans, rows = touched()
    found = trail(limit=20, **asked)
    assert len(found["data"]) == 20
    assert touched()[0] == scans
    assert touched()[1] - rows < 500


def test_por_http_el_auditor_lee_y_el_administrador_no(client, auth):
    answer = client.get("/api/pos/auditoria?limit=5", headers=auth("auditor"))
    assert answer.status_code == 200 and len(answer.json["data"]) == 5 and answer.json["cursor"]
    more = client.get(f"/api/pos/auditoria?limit=5&cursor={answer.json['cursor']}", headers=auth("auditor"))
    assert not {row["aud_id"] for row in more.json["data"]} & {row["aud_id"] for row in answer.json["data"]}
    for path in ("", "/reporte/personas", "/reporte/permisos"):
        assert client.get(f"/api/pos/auditoria{path}", headers=auth("auditor")).status_code == 200
        assert client.get(f"/api/pos/auditoria{path}", headers=auth("admin")).status_code == 403


def test_en_la_tienda_se_lee_lo_mismo(client, people):
    headers = people.headers("auditor", "ecom")
    for path in ("", "/reporte/personas", "/reporte/permisos"):
        assert client.get(f"/api/ecom/auditoria{path}", headers=headers).status_code == 200
        denied = client.get(f"/api/ecom/auditoria{path}", headers=people.headers("admin", "ecom"))
        assert denied.status_code == 403
