"""A client of the POS whose identification staff corrects, while the shop knows the old one."""

import pytest

from daf_backend.puente import catalogo

from ..ecom.conftest import Shopper, cedula
from .conftest import SHOPPER_PASSWORD, Bridge

OLD, NEW, OTHER = cedula(6_100_001), cedula(6_100_002), cedula(6_100_003)


@pytest.fixture(autouse=True)
def patience(bridge: Bridge) -> None:
    """None of these waits for who asked before it."""
    bridge.shop.conn.execute("DELETE FROM datos.login_intento")


def known(bridge: Bridge, ruc: str, mail: str = "") -> str:
    """A client that the shop has heard of."""
    client = bridge.staff("adm_ventas")("cliente_crear", cli_ruc_ced=ruc, cli_nombre="Ana", cli_mail=mail)
    catalogo.barrer(bridge.sides)
    return str(client["cli_codigo"])


def corrected(bridge: Bridge, code: str, ruc: str) -> None:
    bridge.staff("adm_ventas")("cliente_actualizar", cli_codigo=code, cli_ruc_ced=ruc)


def looked(bridge: Bridge, ruc: str) -> tuple[int, str]:
    answer = bridge.app.test_client().get(f"/api/ecom/auth/client/{ruc}")
    return answer.status_code, answer.json.get("regla", "")


def claimed(bridge: Bridge, ruc: str) -> tuple[Shopper, dict[str, str]]:
    """Somebody who asked for the record of an identification, and the code that was mailed."""
    person = Shopper(bridge.app, f"reclama{ruc}@correo.ec", ruc)
    body = {"email": person.email, "password": SHOPPER_PASSWORD, "cli_ruc_ced": ruc}
    assert bridge.app.test_client().post("/api/ecom/auth/register", json=body).status_code == 201
    row = bridge.shop.conn.execute(
        "SELECT cor_datos ->> 'codigo' FROM datos.correo WHERE cli_ruc_ced = %s", (ruc,)
    ).fetchone()
    assert row
    return person, {"email": person.email, "code": row[0]}


def test_la_tienda_olvida_la_identificacion_que_un_cliente_dejo(bridge):
    code = known(bridge, OLD, "ana@prueba.ec")
    assert looked(bridge, OLD) == (200, "")
    corrected(bridge, code, NEW)
    catalogo.barrer(bridge.sides)
    assert looked(bridge, OLD) == (404, "cliente_existe") and looked(bridge, NEW) == (200, "")
    known(bridge, OLD)  # another client, at their first version
    assert looked(bridge, OLD) == (409, "cliente_sin_correo")


def test_quien_toma_la_identificacion_dejada_se_sabe_aunque_todo_llegue_junto_o_al_reves(bridge):
    code = known(bridge, OTHER, "ana@prueba.ec")
    corrected(bridge, code, cedula(6_100_004))
    postponed = (
        "UPDATE datos.puente_cambio SET cam_reintentar = now() + %s * interval '1 hour' WHERE cam_clave = %s"
    )
    bridge.pos.conn.execute(postponed, (1, f"ruc {OTHER}"))
    known(bridge, OTHER)
    bridge.pos.conn.execute(postponed, (0, f"ruc {OTHER}"))
    catalogo.barrer(bridge.sides)
    assert looked(bridge, OTHER) == (409, "cliente_sin_correo")


def test_lo_que_paga_quien_reclamo_un_registro_que_cambio_se_factura(bridge):
    ruc = cedula(6_100_005)
    code = known(bridge, ruc, "ana@prueba.ec")
    person, proof = claimed(bridge, ruc)
    assert bridge.app.test_client().post("/api/ecom/auth/verify", json=proof).status_code == 200
    person.login(SHOPPER_PASSWORD)
    corrected(bridge, code, cedula(6_100_006))
    catalogo.barrer(bridge.sides)
    bought = person.buy(bridge.give(bridge.product(), 3))
    assert bought.status_code == 201, bought.text
    invoice = bridge.pos("factura_obtener", fac_codigo=bought.json["fac_codigo"])["factura"]
    assert (invoice["cli_ruc_ced"], invoice["cli_nombre"]) == (ruc, ruc) and invoice["cli_codigo"] != code


def test_un_reclamo_no_se_cumple_si_el_registro_ya_es_otro(bridge):
    ruc = cedula(6_100_007)
    code = known(bridge, ruc, "ana@prueba.ec")
    _, proof = claimed(bridge, ruc)
    corrected(bridge, code, cedula(6_100_008))
    catalogo.barrer(bridge.sides)
    refused = bridge.app.test_client().post("/api/ecom/auth/verify", json=proof)
    assert (refused.status_code, refused.json["regla"]) == (409, "cliente_reclamado_existe")
    assert looked(bridge, ruc) == (404, "cliente_existe")
