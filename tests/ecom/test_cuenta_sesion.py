"""A shopper's sessions: refreshed, listed, ended one by one; what the brake and the trail know of them."""

from dataclasses import dataclass, field

import pytest

from .conftest import PASSWORD, Shopper, cedula


@dataclass
class Renewing(Shopper):
    """A shopper who keeps the refresh token."""

    tokens: dict[str, str] = field(default_factory=dict)

    def enter(self, password=PASSWORD):
        """Log in as a new session of theirs."""
        other = Renewing(self.app, self.email, self.ruc)
        body = {"email": self.email, "password": password}
        answer = self.app.test_client().post("/api/ecom/auth/login", json=body)
        assert answer.status_code == 200, answer.text
        other.keep(answer.json)
        return other

    def keep(self, tokens):
        """Use these tokens from now on."""
        self.tokens = tokens
        self.headers = {"Authorization": f"Bearer {tokens['token']}"}

    def refresh(self, token=None):
        """Present a refresh token; the response."""
        presented = token or self.tokens["refresh_token"]
        return self.app.test_client().post("/api/ecom/auth/refresh", json={"refresh_token": presented})

    @property
    def lives(self):
        """Whether the session is accepted."""
        return self("GET", "/auth/me").status_code == 200


@pytest.fixture
def me(shopper):
    person = shopper()
    return Renewing(person.app, person.email, person.ruc).enter()


def test_un_comprador_renueva_y_una_respuesta_perdida_se_repite(me):
    begun = me.tokens["refresh_token"]
    first, again = me.refresh(begun), me.refresh(begun)
    assert first.status_code == 200 and first.data == again.data
    me.keep(first.json)
    assert me.lives and me.refresh().status_code == 200


def test_un_token_de_comprador_robado_cierra_la_sesion_para_los_dos(admin, me):
    other, stolen = me.enter(), me.tokens["refresh_token"]
    me.keep(me.refresh().json)
    admin.conn.execute(
        "UPDATE datos.sesion SET renovada_en = renovada_en - interval '11 s' WHERE sujeto = %s", (str(me.id),)
    )
    assert me.refresh(stolen).status_code == 401
    assert not me.lives and me.refresh().status_code == 401
    assert other.lives and other.refresh().status_code == 200
    reused = admin.conn.execute(
        "SELECT count(*) FROM datos.auditoria WHERE tabla = 'REUSO_REFRESCO' AND clave = %s", (str(me.id),)
    )
    assert reused.fetchone() == (1,)


def test_un_comprador_ve_sus_sesiones_y_cierra_otra(me, shopper):
    other, stranger = me.enter(), shopper()
    rows = me("GET", "/auth/sesiones").json["data"]
    assert len(rows) == 3  # the fixture's login is one too
    strange = stranger("GET", "/auth/sesiones").json["data"][0]["sid"]
    assert strange not in {row["sid"] for row in rows}
    assert me("DELETE", f"/auth/sesiones/{strange}").status_code == 404
    target = next(row["sid"] for row in other("GET", "/auth/sesiones").json["data"] if row["actual"])
    assert me("DELETE", f"/auth/sesiones/{target}").status_code == 200
    assert me.lives and not other.lives and stranger("GET", "/auth/me").status_code == 200


def test_sin_contexto_nadie_ve_ni_cierra_sesiones(as_shopper, me):
    with as_shopper() as bare:
        assert bare.execute("SELECT api.sesion_listar()").fetchone()[0] == {"data": []}
        assert bare.execute("SELECT count(sid) FROM datos.sesion").fetchone() == (0,)
    with as_shopper("shopper", me.id) as mine:
        assert mine.execute("SELECT DISTINCT sujeto FROM datos.sesion").fetchall() == [(str(me.id),)]
    with as_shopper("guest", me.id) as guest:  # a cart of the same number
        assert guest.execute("SELECT count(sid) FROM datos.sesion").fetchone() == (0,)


def test_cambiar_la_clave_deja_renovar_solo_esta_sesion(me):
    other = me.enter()
    assert me("PUT", "/auth/password", {"password": "Nueva-clave-2"}).status_code == 200
    assert me.lives and me.refresh().status_code == 200
    assert other.refresh().status_code == 401


def test_la_auditoria_sabe_quien_entro_fallo_cambio_y_salio(client, admin, me):
    attempt = {"email": me.email, "password": "otra-clave"}
    assert client.post("/api/ecom/auth/login", json=attempt).status_code == 401
    assert me("PUT", "/auth/password", {"password": "Nueva-clave-2"}).status_code == 200
    assert me("POST", "/auth/logout").status_code == 200
    found = admin.conn.execute(
        "SELECT tabla FROM datos.auditoria WHERE clave = %s AND operacion = 'EVENT' AND sujeto IS NULL"
        " ORDER BY aud_id DESC LIMIT 5", (str(me.id),),
    ).fetchall()  # fmt: skip
    assert [event for (event,) in reversed(found)] == [
        "INGRESO", "INGRESO", "INGRESO_FALLIDO", "CLAVE", "SALIDA",
    ]  # fmt: skip


def test_quien_ya_compra_desde_aqui_no_espera_por_quien_adivina_al_lado(client, me):
    for number in range(60):
        client.post("/api/ecom/auth/login", json={"email": f"nadie{number}@correo.ec", "password": "x"})
    stranger = client.post("/api/ecom/auth/login", json={"email": "otro@correo.ec", "password": "x"})
    assert stranger.status_code == 429
    assert me.enter().lives


def test_preguntar_por_identificaciones_se_frena(client):
    statuses = [client.get(f"/api/ecom/auth/client/{cedula(960_001)}").status_code for _ in range(8)]
    assert statuses[:5] == [404] * 5 and 429 in statuses


def test_registrarse_no_es_otra_manera_de_preguntar_sin_freno(client, shopper):
    body = {"email": "curioso@correo.ec", "password": PASSWORD}
    asked = [
        client.post("/api/ecom/auth/register", json={**body, "cli_ruc_ced": cedula(960_010 + n)}).status_code
        for n in range(3)
    ]
    assert asked == [422] * 3
    for _ in range(4):  # an account made is not a look, nor does it forgive the looks before
        shopper()
    looks = [client.get(f"/api/ecom/auth/client/{cedula(960_020)}").status_code for _ in range(2)]
    assert looks == [404] * 2
    refused = client.post("/api/ecom/auth/register", json={**body, "cli_ruc_ced": cedula(960_021)})
    assert (refused.status_code, refused.json["regla"]) == (429, "demasiados_intentos")
    assert int(refused.headers["Retry-After"]) >= 1
