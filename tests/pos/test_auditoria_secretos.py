"""Nothing secret is copied into the trail: everything that handles a secret is done, and the trail is read whole."""

import re

import psycopg
import pytest

from tests.conftest import PASSWORD

from .acts import cedula

NEW = "Otra-clave-de-prueba-2"
SECRETS = re.compile(r"SCRAM-SHA-256\$|\$argon2|eyJ[A-Za-z0-9_-]{10,}\.|" + "|".join((PASSWORD, NEW)))


def everything_written(servers, side):
    """Every text of a side's trail."""
    with psycopg.connect(servers.admin_conninfo(side)) as conn:
        return [text for (text,) in conn.execute("SELECT a::text FROM datos.auditoria AS a")]


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_ni_claves_ni_verificadores_ni_tokens_llegan_a_la_auditoria(client, people, staff, servers, side):
    login = staff("ventas")
    headers = people.headers(login, side)
    client.post(f"/api/{side}/auth/login", json={"user": login, "password": NEW})  # refused
    client.post(
        f"/api/{side}/auth/login", json={"user": PASSWORD, "password": PASSWORD}
    )  # typed in the wrong box
    client.post(
        "/api/pos/usuario/register",
        json={
            "email": f"{login}@nueva.ec", "password": NEW, "nombres": "Eva", "p_apellido": "Ruiz",
            "fecha_nacimiento": "1990-01-01", "genero": "F",
        },
    )  # fmt: skip
    client.post(f"/api/{side}/auth/reset/code", json={"email": f"{login}@prueba.ec"})
    shopper = {
        "email": f"{login}@tienda.ec", "password": NEW, "cli_ruc_ced": cedula(),
        "cliente": {"cli_nombre": "Eva"},
    }  # fmt: skip
    client.post("/api/ecom/auth/register", json=shopper)
    client.post("/api/ecom/auth/login", json=shopper)
    changed = client.post(
        "/api/pos/auth/password", json={"actual": PASSWORD, "nueva": NEW}, headers=people.headers(login)
    )
    assert changed.status_code == 200, changed.text
    client.post(f"/api/{side}/auth/logout", headers=headers)
    written = everything_written(servers, side)
    assert any(login in text for text in written)
    assert [text for text in written if SECRETS.search(text)] == []


def test_de_una_cuenta_de_la_tienda_queda_que_cambio_y_no_quien_es(ecom):
    number = cedula()
    ecom.execute(
        "INSERT INTO datos.usuario_app (usr_email, cli_tipo_id, cli_ruc_ced, cli_nombre)"
        " VALUES ('eva.olvido@prueba.ec', 'CEDULA', %s, 'Eva Olvido')",
        (number,),
    )
    ecom.execute(
        "UPDATE datos.usuario_app SET cli_nombre = 'Eva Recuerdo' WHERE usr_email = 'eva.olvido@prueba.ec'"
    )
    ecom.execute(
        "UPDATE datos.usuario_app SET usr_estado = 'INA', usr_email = NULL, cli_ruc_ced = NULL, cli_nombre = ''"
        " WHERE usr_email = 'eva.olvido@prueba.ec'"
    )
    rows = ecom.execute(
        "SELECT operacion, antes, despues FROM datos.auditoria"
        " WHERE tabla = 'usuario_app' AND xid = pg_current_xact_id() ORDER BY aud_id"
    ).fetchall()
    assert [row[0] for row in rows] == ["INSERT", "UPDATE", "UPDATE"]
    assert (
        rows[0][2]["usr_email"] == rows[0][2]["cli_nombre"] == "(oculto)"
        and rows[0][2]["cli_tipo_id"] == "CEDULA"
    )
    assert rows[1][1:] == ({"cli_nombre": "(oculto)"}, {"cli_nombre": "(oculto)"})
    assert rows[2][2] == {"usr_estado": "INA", "usr_email": None, "cli_ruc_ced": None, "cli_nombre": ""}
    assert not any("Olvido" in str(row) or number in str(row) for row in rows)
