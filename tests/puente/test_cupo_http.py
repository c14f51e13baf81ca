"""`PUT /producto/<c>/cupo-web`: stored as the person who asks, carried out at once if the shop is there."""

import pytest

from ..conftest import PASSWORD
from .conftest import Bridge


@pytest.fixture
def put(bridge: Bridge):
    """Ask over HTTP as somebody of a role."""
    tokens: dict[str, str] = {}

    def ask(product: str, body: dict, role: str = "adm_bodega", **headers: str):
        client, login = bridge.app.test_client(), bridge.staff(role).login
        if role not in tokens:
            answer = client.post("/api/pos/auth/login", json={"user": login, "password": PASSWORD})
            tokens[role] = answer.json["token"]
        headers["Authorization"] = f"Bearer {tokens[role]}"
        return client.put(f"/api/pos/producto/{product}/cupo-web", json=body, headers=headers)

    return ask


def test_se_aplica_en_las_dos_bases_y_lo_dice(bridge, put):
    product = bridge.product(stock=10)
    answer = put(product, {"cantidad": 4})
    assert answer.status_code == 200, answer.text
    told = [answer.json[key] for key in ("prd_codigo", "bodega", "pedido", "concedido", "estado")]
    assert told == [product, "B001", 4, 4, "APLICADO"]
    assert bridge.web(product) == (4, 4)
    assert put(product, {"cantidad": "1.5"}).json["concedido"] == 1.5
    who = bridge.pos.conn.execute(
        "SELECT DISTINCT usr_id FROM datos.cupo_web WHERE prd_codigo = %s", (product,)
    )
    assert who.fetchall() == [("p_adm_bodega",)]


def test_con_la_tienda_caida_queda_pendiente_y_se_aplica_despues(bridge, put):
    product = bridge.product(stock=10)
    with bridge.away("ecom"):
        answer = put(product, {"cantidad": 4})
        assert answer.status_code == 200, answer.text
        assert (answer.json["estado"], answer.json["concedido"]) == ("PENDIENTE", None)
    bridge.sweep()
    assert bridge.web(product) == (4, 4)


def test_la_misma_llave_es_un_solo_pedido(bridge, put):
    product = bridge.product(stock=10)
    answers = [put(product, {"cantidad": 4}, **{"Idempotency-Key": "una-sola-vez"}).json for _ in range(2)]
    assert answers[0] == answers[1]
    count = bridge.pos.conn.execute("SELECT count(*) FROM datos.cupo_web WHERE prd_codigo = %s", (product,))
    assert count.fetchone() == (1,)


@pytest.mark.parametrize(
    ("body", "role", "status"),
    [
        ({"cantidad": 1}, "ventas", 403),
        ({"cantidad": 1}, "bodega", 403),
        ({"cantidad": -1}, "adm_bodega", 422),
        ({}, "adm_bodega", 400),
        ({"cantidad": 1, "bodega": "WEB"}, "adm_bodega", 403),
    ],
)
def test_quien_no_puede_o_pide_mal_recibe_su_rechazo(bridge, put, body, role, status):
    assert put(bridge.product(), body, role).status_code == status
    assert put("NOEXISTE", {"cantidad": 1}).status_code == 404
