"""Accounts: who may register, how they get in, what a password change and a goodbye do."""

import pytest

from .conftest import APPROVED, PASSWORD, Shopper, cedula


def register(client, email, ruc, **extra):
    body = {"email": email, "password": PASSWORD, "cli_ruc_ced": ruc, **extra}
    return client.post("/api/ecom/auth/register", json=body)


def known(admin, ruc, has_mail):
    """The POS has a client with this identification."""
    digest = admin.conn.execute("SELECT encode(privado.identificacion_huella(%s), 'hex')", (ruc,)).fetchone()[
        0
    ]
    admin("cliente_recibir", hash=[digest], tiene_mail=[has_mail], version=[1])


def test_registra_entra_y_se_ve(shopper):
    me = shopper()
    account = me("GET", "/auth/me")
    assert account.status_code == 200
    assert account.json["usr_email"] == me.email and account.json["cli_ruc_ced"] == me.ruc
    assert account.json["cli_estado"] == "ACT" and account.json["cli_telefono"] == ""
    assert "clave" not in account.text


def test_la_clave_se_guarda_con_argon2id_y_solo_su_dueno_la_alcanza(admin, shopper):
    stored = admin.conn.execute(
        "SELECT clave FROM datos.usuario_clave WHERE usr_id = %s", (shopper().id,)
    ).fetchone()[0]
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$") and PASSWORD not in stored
    roles = admin.conn.execute(
        "SELECT rolname FROM pg_roles"
        " WHERE NOT rolsuper AND has_any_column_privilege(rolname, 'datos.usuario_clave', 'SELECT')"
    ).fetchall()
    assert {name for (name,) in roles} == {"ecom_datos", "pg_read_all_data"}


@pytest.mark.parametrize("ruc", ["1710034066", "9999999999999", "17", "1790012345000"])
def test_identificacion_con_digitos_malos_se_rechaza(client, admin, ruc):
    answer = register(client, "malo@correo.ec", ruc, cliente={"cli_nombre": "Mala"})
    assert answer.status_code == (201 if ruc == "17" else 422), answer.text  # "17" may be a passport


def test_desconocido_registra_solo_con_sus_datos(client, admin):
    ruc = cedula(900_001)
    assert client.get(f"/api/ecom/auth/client/{ruc}").status_code == 404
    answer = register(client, "nuevo@correo.ec", ruc)
    assert (answer.status_code, answer.json["regla"]) == (422, "cliente_datos")
    assert register(client, "nuevo@correo.ec", ruc, cliente={"cli_nombre": "Nueva"}).status_code == 201


def test_registrar_repite_lo_que_dice_la_comprobacion(client, admin, shopper):
    me, without_mail = shopper(), cedula(900_002)
    known(admin, without_mail, False)
    for ruc, rule in ((me.ruc, "usuario_identificacion_unica"), (without_mail, "cliente_sin_correo")):
        check = client.get(f"/api/ecom/auth/client/{ruc}")
        attempt = register(client, "otra@correo.ec", ruc, cliente={"cli_nombre": "Otra"})
        assert (check.status_code, check.json["regla"]) == (409, rule)
        assert (attempt.status_code, attempt.json["regla"]) == (409, rule)
    duplicate = register(client, me.email.upper(), cedula(900_003), cliente={"cli_nombre": "Otra"})
    assert (duplicate.status_code, duplicate.json["regla"]) == (409, "usuario_email_unico")


def test_reclamar_un_cliente_espera_su_codigo(app, client, admin):
    ruc = cedula(900_004)
    known(admin, ruc, True)
    assert client.get(f"/api/ecom/auth/client/{ruc}").status_code == 200
    assert register(client, "reclama@correo.ec", ruc).status_code == 201
    credentials = {"email": "reclama@correo.ec", "password": PASSWORD}
    assert client.post("/api/ecom/auth/login", json=credentials).status_code == 401
    to, code = admin.conn.execute(
        "SELECT cor_para, cor_datos ->> 'codigo' FROM datos.correo WHERE cli_ruc_ced = %s", (ruc,)
    ).fetchone()
    assert to is None and code.isdigit()
    wrong = {"email": "reclama@correo.ec", "code": f"{(int(code) + 1) % 10**6:06d}"}
    assert client.post("/api/ecom/auth/verify", json=wrong).status_code == 422
    assert client.post("/api/ecom/auth/verify", json={**wrong, "code": code}).status_code == 200
    assert client.post("/api/ecom/auth/verify", json={**wrong, "code": code}).status_code == 422
    assert client.post("/api/ecom/auth/login", json=credentials).status_code == 200


def test_un_codigo_vale_cinco_intentos(ecom):
    ecom.execute(
        "SELECT privado.verificacion_crear('cinco@correo.ec', '$argon2id$x', %s, '123456')",
        (cedula(900_005),),
    )
    tries = [
        ecom.execute("SELECT api.registro_verificar('cinco@correo.ec', %s)", (code,)).fetchone()[0][
            "verificada"
        ]
        for code in ["000000"] * 5 + ["123456"]
    ]
    assert not any(tries)


def test_entrar_falla_siempre_igual(client, shopper):
    me = shopper()
    answers = [
        client.post("/api/ecom/auth/login", json={"email": email, "password": password})
        for email, password in ((me.email, "otra-clave"), ("nadie@correo.ec", PASSWORD), ("no_hay", PASSWORD))
    ]
    assert {a.status_code for a in answers} == {401}
    assert len({(a.json["message"], a.json["regla"]) for a in answers}) == 1


def test_adivinar_espera(client, shopper):
    me = shopper()
    attempt = {"user": me.email, "password": "otra-clave"}
    statuses = [client.post("/api/ecom/auth/login", json=attempt).status_code for _ in range(7)]
    assert statuses[:5] == [401] * 5 and statuses[-1] == 429


def test_cambiar_clave_cierra_las_demas_sesiones(app, shopper):
    me = shopper()
    other = Shopper(app, me.email, me.ruc)
    other.login()
    assert me("PUT", "/auth/password", {"password": "corta"}).status_code == 400
    assert me("PUT", "/auth/password", {"password": "Nueva-clave-2"}).status_code == 200
    assert me("GET", "/auth/me").status_code == 200
    assert other("GET", "/auth/me").status_code == 401
    other.login("Nueva-clave-2")


def test_una_sesion_vieja_prueba_la_clave_actual(admin, shopper):
    me = shopper()
    admin.conn.execute(
        "UPDATE datos.sesion SET creada_en = now() - interval '16 minutes' WHERE sujeto = %s", (str(me.id),)
    )
    change = {"password": "Nueva-clave-2"}
    without = me("PUT", "/auth/password", change)
    assert (without.status_code, without.json["regla"]) == (403, "clave_actual_requerida")
    assert without.json["message"]
    assert me("PUT", "/auth/password", {**change, "actual": "no-era"}).status_code == 403
    assert me("PUT", "/auth/password", {**change, "actual": PASSWORD}).status_code == 200


def test_salir_termina_la_sesion(shopper):
    me = shopper()
    assert me("POST", "/auth/logout").status_code == 200
    assert me("GET", "/auth/me").status_code == 401


def test_eliminar_libera_el_correo_borra_lo_personal_y_deja_los_pedidos(app, client, admin, shopper, product):
    me, usr_id = shopper(), None
    usr_id = me.id
    order = me.buy(product(), card=APPROVED).json["ped_codigo"]
    refused = me("DELETE", "/auth")
    assert (refused.status_code, refused.json["regla"]) == (409, "cuenta_con_pedidos")
    admin("pedido_facturado", ped_codigo=order, fac_codigo="FAC0000001", fac_numero="001-001-000000001")
    admin.conn.execute("UPDATE datos.pedido SET ped_estado = 'ENTREGADO' WHERE ped_codigo = %s", (order,))
    assert me("DELETE", "/auth").status_code == 200
    assert me("GET", "/auth/me").status_code == 401
    row = admin.conn.execute(
        "SELECT usr_email, cli_ruc_ced, cli_nombre, usr_estado FROM datos.usuario_app WHERE usr_id = %s",
        (usr_id,),
    ).fetchone()
    assert row == (None, None, "", "INA")
    assert admin.conn.execute(
        "SELECT cli_ruc_ced FROM datos.pedido WHERE ped_codigo = %s", (order,)
    ).fetchone() == (me.ruc,)
    assert register(client, me.email, me.ruc, cliente={"cli_nombre": "De nuevo"}).status_code == 201
