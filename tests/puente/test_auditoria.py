"""The worker's turn at the trail: months and roles, once where one server holds both databases."""

from types import SimpleNamespace

import pytest

from daf_backend.puente import auditoria


class Asked:
    """Both sides, answering as if one month was missing and two roles had changed."""

    def __init__(self, together):
        self.calls = []
        self.runtime = SimpleNamespace(servers=SimpleNamespace(together=together))

    def pos(self, name):
        return self._answer("pos", name)

    def shop(self, name):
        return self._answer("ecom", name)

    def _answer(self, side, name):
        self.calls.append((side, name))
        return {"auditoria_preparar": {"meses": ["2031-01"]}, "permiso_revisar": {"externos": 2}}[name]


@pytest.mark.parametrize(("together", "side", "done", "looks"), [
    (True, "pos", 3, True), (True, "ecom", 1, False), (False, "pos", 3, True), (False, "ecom", 3, True),
])  # fmt: skip
def test_los_roles_se_miran_una_vez_por_servidor(together, side, done, looks):
    asked = Asked(together)
    assert auditoria.barrer(asked, side) == done
    assert ((side, "permiso_revisar") in asked.calls) == looks


def test_el_puente_puede_hacer_su_turno_en_las_dos_bases(bridge):
    """As the bridge's own login, through its own grants; with nothing missing it writes nothing."""
    for side in ("pos", "ecom"):
        assert auditoria.barrer(bridge.sides, side) >= 0
        assert auditoria.barrer(bridge.sides, side) == 0
