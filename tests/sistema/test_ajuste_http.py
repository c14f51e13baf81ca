"""Settings over HTTP: the ETag is the version, a change reaches every worker and the shop."""

import psycopg
import pytest

from daf_backend.sistema.vigencia import MAX_AGE

from ..patience import true_within

SETTINGS = "/api/v1/settings"


@pytest.fixture
def dba(servers, app):
    """The till's database as superuser; the settings are put back as they were, on both sides."""
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        before = conn.execute("SELECT aju_valor, aju_clave FROM datos.ajuste").fetchall()
        yield conn
        conn.cursor().executemany(
            "UPDATE datos.ajuste SET aju_valor = %s WHERE aju_clave = %s AND aju_valor <> %s",
            [(value, key, value) for value, key in before],
        )
        app.extensions["daf_ajuste"]()


def value(answer, key):
    return next(row["valor"] for row in answer.json["data"] if row["clave"] == key)


def test_se_leen_y_se_cambian_juntos_o_ninguno(client, auth, dba):
    assert client.get(SETTINGS).status_code == 401
    assert client.put(SETTINGS, json={"hora_cierre": "21:00"}, headers=auth("ventas")).status_code == 403
    answer = client.put(
        SETTINGS, json={"hora_cierre": "21:00", "consumidor_final_maximo": 60}, headers=auth("admin")
    )
    assert answer.status_code == 200, answer.text
    assert value(client.get(SETTINGS, headers=auth("ventas")), "consumidor_final_maximo") == "60.00"
    wrong = client.put(
        SETTINGS, json={"hora_cierre": "20:00", "hora_apertura": "nunca"}, headers=auth("admin")
    )
    assert (wrong.status_code, wrong.json["regla"]) == (422, "ajuste_valido")
    assert "nunca" not in wrong.text and "hora_apertura" in wrong.json["message"]
    assert value(client.get(SETTINGS, headers=auth("ventas")), "hora_cierre") == "21:00"


@pytest.mark.parametrize("body", [{}, {"ajustes": {}}, {"moneda": None}])
def test_sin_nada_que_cambiar_nada_cambia(client, auth, dba, body):
    tag = client.get(SETTINGS, headers=auth("admin")).headers["ETag"]
    answer = client.put(SETTINGS, json=body, headers=auth("admin"))
    assert (answer.status_code, answer.headers["ETag"]) == (200, tag)


@pytest.mark.parametrize(
    "body", [[], "x", {"ajustes": []}, {"moneda": "USD", "version": "x"}, {"moneda": "a\x00b"}]
)
def test_lo_mal_formado_es_400(client, auth, dba, body):
    assert client.put(SETTINGS, json=body, headers=auth("admin")).status_code == 400


def test_quien_ya_tiene_la_version_no_la_recibe_otra_vez(client, auth, dba):
    headers = auth("ventas")
    first = client.get(SETTINGS, headers=headers)
    assert first.headers["ETag"] == f'"{first.json["version"]}"'
    again = {**headers, "If-None-Match": first.headers["ETag"]}
    assert client.get(SETTINGS, headers=again).status_code == 304
    assert client.put(SETTINGS, json={"hora_cierre": "21:30"}, headers=auth("admin")).status_code == 200
    assert client.get(SETTINGS, headers=again).status_code == 200


def test_un_cambio_con_sql_llega_aunque_se_pierda_el_aviso(client, auth, dba, app, monkeypatch):
    monkeypatch.setattr(app.extensions["daf_vigencia"], "forget", lambda message="": None)
    headers = auth("ventas")
    tag = client.get(SETTINGS, headers=headers).headers["ETag"]
    assert client.get(SETTINGS, headers={**headers, "If-None-Match": tag}).status_code == 304
    dba.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
    dba.execute("UPDATE datos.ajuste SET aju_valor = '20:30' WHERE aju_clave = 'hora_cierre'")
    known = {**headers, "If-None-Match": tag}
    assert true_within(MAX_AGE, lambda: client.get(SETTINGS, headers=known).status_code == 200)


def test_la_version_que_se_leyo_protege_del_cambio_de_otro(client, auth, dba):
    headers = auth("admin")
    read = client.get(SETTINGS, headers=headers)
    assert client.put(SETTINGS, json={"moneda": "PEN"}, headers=headers).status_code == 200
    late = {"moneda": "BOB", "version": read.json["version"]}
    for answer in (
        client.put(SETTINGS, json=late, headers=headers),
        client.put(SETTINGS, json={"moneda": "BOB"}, headers={**headers, "If-Match": read.headers["ETag"]}),
    ):
        assert (answer.status_code, answer.json["regla"]) == (409, "ajuste_version")
    assert client.put(SETTINGS, json=late, headers={**headers, "If-Match": "raro"}).status_code == 409
    bad = client.put(SETTINGS, json={"moneda": "BOB"}, headers={**headers, "If-Match": "raro"})
    assert (bad.status_code, bad.json["regla"]) == (400, "if_match_version")


def test_un_encabezado_de_identidad_no_es_nadie(client, auth, dba):
    posing = {"X-User-Id": "1", "X-Forwarded-User": "admin", "Remote-User": "admin"}
    assert client.get(SETTINGS, headers=posing).status_code == 401
    answer = client.put(SETTINGS, json={"moneda": "PEN"}, headers={**auth("ventas"), **posing})
    assert answer.status_code == 403
    assert "descuadre_tolerancia" not in client.get(SETTINGS, headers={**auth("ventas"), **posing}).text


def test_la_tienda_se_entera_sin_esperar_al_trabajo_de_fondo(client, auth, dba, servers):
    assert client.put(SETTINGS, json={"envio_defecto": "6.25"}, headers=auth("admin")).status_code == 200
    with psycopg.connect(servers.admin_conninfo("ecom")) as shop:
        copy = "SELECT aju_valor, aju_tipo, aju_version FROM datos.ajuste WHERE aju_clave = 'envio_defecto'"
        row = shop.execute(copy).fetchone()
    assert row == dba.execute(copy).fetchone() and row[0] == "6.25"
