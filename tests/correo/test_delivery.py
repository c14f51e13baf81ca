"""Sending one outbox while the till is away: the letter goes, and somebody is told what it lacks."""

import pytest

from daf_backend.correo.delivery import Courier
from daf_backend.settings import Settings

LETTER = {
    "id": 1, "intento": 1, "uid": "0a1b2c3d", "plantilla": "clave_cambiada", "datos": {}, "para": "ana@correo.ec",
    "creado": "2026-01-02T03:04:05.678901+00:00",
}  # fmt: skip


class Outbox:
    """One letter, and a transport that keeps what it is given."""

    def __init__(self):
        self.waiting, self.sent = [LETTER], []

    def __call__(self, name, **_):
        return [self.waiting.pop()] if name == "correo_tomar" and self.waiting else []

    def send(self, message):
        self.sent.append(message)


@pytest.mark.parametrize("away", [True, False])
def test_una_carta_sin_el_nombre_de_la_empresa_sale_y_se_dice(away, caplog, tmp_path):
    def pos(name, **_):
        if away:
            raise ConnectionError("clave-secreta")
        return {"nombre": "Almacén Ñandú"}

    outbox = Outbox()
    settings = Settings(_env_file=None, home=tmp_path, mail_from="Tienda <no-responder@tienda.ec>")
    with caplog.at_level("WARNING", "daf.correo"):
        assert Courier(pos, settings, outbox).deliver(outbox) == 1
    assert ("Tienda" if away else "Ñandú") in str(outbox.sent[0]["From"])
    told = [(line.message, line.why) for line in caplog.records]
    assert told == ([("letter signed with the configured name", "ConnectionError")] if away else [])
