"""What a count found is resolved once: charged to the person, justified, or income."""

from decimal import Decimal

import pytest

from .acts import forbidden, refused
from .drawer import balance, closed, opened


@pytest.mark.parametrize(
    ("count", "verdict", "account"),
    [
        ("40.00", "RESUELTO", "DEUDA_PERSONAL"), ("40.00", "JUSTIFICADO", "FALTANTES"),
        ("45.00", "RESUELTO", "OTROS_INGRESOS"), ("45.00", "JUSTIFICADO", "OTROS_INGRESOS"),
    ],
)  # fmt: skip
def test_resolver_lo_lleva_a_su_cuenta(counter, count, verdict, account):
    session = opened(counter)
    closed(counter, session, count)
    (found,) = counter.do("cajero", "descuadre_listar", page=1)["data"]
    done = counter.do("admin", "descuadre_resolver", id=found["id"], estado=verdict, observacion="Visto")
    assert (done["estado"], done["observacion"]) == (verdict, "Visto")
    assert done["resuelto_por"] == counter.people.login("admin")
    gone = Decimal(42) - Decimal(count)
    owner = session["usuario"] if account == "DEUDA_PERSONAL" else ""
    assert counter.posted("DES", found["id"]) == {
        ("DESCUADRE", session["usuario"]): -gone,
        (account, owner): gone,
    }
    assert balance(counter, "DESCUADRE", session["usuario"]) == 0


def test_se_resuelve_una_vez_y_con_una_razon(counter):
    closed(counter, opened(counter), "40.00")
    (found,) = counter.do("cajero", "descuadre_listar", page=1)["data"]
    verdict = {"id": found["id"], "estado": "JUSTIFICADO", "observacion": "Billete falso"}
    with counter.acting("admin") as act:
        for wrong, rule in (
            ({"estado": "PENDIENTE"}, "descuadre_estado_conocido"), ({"estado": None}, "descuadre_estado_conocido"),
            ({"observacion": " "}, "descuadre_con_observacion"), ({"observacion": None}, "descuadre_con_observacion"),
        ):  # fmt: skip
            assert refused(act, rule, "descuadre_resolver", **{**verdict, **wrong}) == "422"
        act("descuadre_resolver", **verdict)
        assert refused(act, "descuadre_pendiente", "descuadre_resolver", **verdict) == "409"
        assert refused(act, "descuadre_existe", "descuadre_resolver", **{**verdict, "id": 0}) == "404"
    for role in ("cajero", "adm_ventas", "contador"):
        with counter.acting(role) as act:
            forbidden(act, "descuadre_resolver", **verdict)


def test_cada_cajero_ve_los_suyos(counter, staff):
    closed(counter, opened(counter), "40.00")
    other = staff("cajero")
    closed(counter, opened(counter, role=other), "43.00", role=other)
    assert [d["monto"] for d in counter.do("cajero", "descuadre_listar", page=1)["data"]] == ["-2.00"]
    seen = counter.do("contador", "descuadre_listar", page=1, usuario=other)["data"]
    assert [(d["monto"], d["usuario"]) for d in seen] == [("1.00", other)]
    assert counter.do("contador", "descuadre_listar", page=1, usuario=other, estado="RESUELTO")["data"] == []
