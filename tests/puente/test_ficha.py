"""What the POS knows of a client reaches the account of who proved to be them, and nobody else's."""

import pytest

from daf_backend.puente import catalogo, ficha

from ..ecom.conftest import cedula
from .conftest import SHOPPER_PASSWORD, Bridge
from .test_cliente import claimed, corrected, known

NOBODY = {"cli_nombre": "", "cli_celular": "", "cli_direccion": "", "cli_codigo": ""}


@pytest.fixture(autouse=True)
def patience(bridge: Bridge) -> None:
    """None of these waits for who asked before it."""
    bridge.shop.conn.execute("DELETE FROM datos.login_intento")


def entered(bridge: Bridge, ruc: str):
    """Somebody who claimed the record of an identification and is in, before the bridge comes round."""
    person, proof = claimed(bridge, ruc)
    assert bridge.app.test_client().post("/api/ecom/auth/verify", json=proof).status_code == 200
    person.login(SHOPPER_PASSWORD)
    return person


def shown(person):
    me = person("GET", "/auth/me").json
    return {name: me[name] for name in NOBODY}


def test_quien_reclama_su_registro_encuentra_su_nombre(bridge):
    ruc = cedula(6_200_001)
    code = known(bridge, ruc, "ana@prueba.ec")
    bridge.staff("adm_ventas")(
        "cliente_actualizar", cli_codigo=code, cli_celular="0991234567", cli_direccion="Loja 1-23"
    )
    person = entered(bridge, ruc)
    assert shown(person) == NOBODY
    assert ficha.barrer(bridge.sides) == 1
    hers = {
        "cli_nombre": "Ana",
        "cli_celular": "0991234567",
        "cli_direccion": "Loja 1-23",
        "cli_codigo": code,
    }
    assert shown(person) == hers
    corrected(bridge, code, cedula(6_200_002))
    bridge.sweep()
    assert ficha.barrer(bridge.sides) == 0 and shown(person) == hers  # once, and then it is theirs


@pytest.mark.parametrize("heard", [False, True], ids=["sin saberse", "sabido"])
def test_lo_de_quien_tiene_ahora_la_identificacion_no_se_trae(bridge, heard):
    ruc = cedula(6_200_010 + heard)
    code = known(bridge, ruc, "ana@prueba.ec")
    person = entered(bridge, ruc)
    corrected(bridge, code, cedula(6_200_020 + heard))
    bridge.staff("adm_ventas")("cliente_crear", cli_ruc_ced=ruc, cli_nombre="Luis", cli_mail="luis@prueba.ec")
    if heard:
        catalogo.barrer(bridge.sides)
    assert ficha.barrer(bridge.sides) == 0
    bridge.sweep()
    assert shown(person) == NOBODY


def test_con_el_punto_de_venta_fuera_espera_y_llega_despues(bridge):
    ruc = cedula(6_200_030)
    known(bridge, ruc, "ana@prueba.ec")
    person = entered(bridge, ruc)
    with bridge.away("pos"), pytest.raises(Exception):  # noqa: B017 the worker asks again whatever it is
        ficha.barrer(bridge.sides)
    assert shown(person) == NOBODY
    assert ficha.barrer(bridge.sides) == 1 and shown(person)["cli_nombre"] == "Ana"


def test_una_cuenta_cerrada_no_espera_nada(bridge):
    ruc = cedula(6_200_040)
    known(bridge, ruc, "ana@prueba.ec")
    person = entered(bridge, ruc)
    assert person("DELETE", "/auth").status_code == 200
    assert ficha.barrer(bridge.sides) == 0
    assert bridge.shop("ficha_por_traer") == []
