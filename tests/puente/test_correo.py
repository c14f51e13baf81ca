"""The worker and the letters: nothing lost, nothing doubled without saying so, nobody waiting for a mail server."""

import json
import signal
import socket

import pytest

from ..mailbox import free_port, open_mailbox, text_of
from .test_worker import until, working

MAIL = {"mail_from": "Tienda <no-responder@tienda.ec>", "smtp_host": "127.0.0.1", "smtp_tls": "no"}


@pytest.fixture
def outbox(bridge):
    """The POS's outbox: put a letter in it, look at it, bring its next try forward. The shop's is empty."""
    bridge.shop.conn.execute("DELETE FROM datos.correo")
    return Outbox(bridge.pos.conn)


class Outbox:
    """What a test does with one outbox, as superuser."""

    def __init__(self, conn):
        self.conn = conn
        conn.execute("DELETE FROM datos.correo")

    def put(self, to, template="clave_cambiada", ruc=None, **data):
        """A letter in the outbox; its id."""
        self.conn.execute(
            "SELECT privado.correo_encolar(%s, %s, %s, %s)", (template, to, json.dumps(data), ruc)
        )
        return self.conn.execute("SELECT max(cor_id) FROM datos.correo").fetchone()[0]

    def state(self, letter):
        """(state, tries, error) of a letter."""
        return self.conn.execute(
            "SELECT cor_estado, cor_intentos, cor_error FROM datos.correo WHERE cor_id = %s", (letter,)
        ).fetchone()

    def is_sent(self, letter):
        """Whether it was sent."""
        return self.state(letter)[0] == "ENVIADO"

    def data(self, letter):
        """What the letter would be filled with."""
        return self.conn.execute(
            "SELECT cor_datos FROM datos.correo WHERE cor_id = %s", (letter,)
        ).fetchone()[0]

    def hurry(self, state="PENDIENTE"):
        """Let the pause after a failure, or the claim of a dead worker, be over."""
        self.conn.execute("UPDATE datos.correo SET cor_proximo = now() WHERE cor_estado = %s", (state,))
        self.conn.execute("SELECT pg_notify('daf_puente', 'correo')")


def failed(outbox, letter, times):
    """Wait until a letter failed so often, without waiting for its pauses."""

    def done():
        outbox.hurry()
        state, tries, _ = outbox.state(letter)
        return tries >= times and state == "PENDIENTE"

    until(done)


def sent(outbox, letter):
    """Wait until a letter was sent, without waiting for the pause after a failure that was under way."""

    def done():
        outbox.hurry()
        return outbox.is_sent(letter)

    until(done)


def test_con_el_servidor_caido_tres_veces_llega_una_vez(bridge, outbox):
    port = free_port()
    letter = outbox.put("ana@correo.ec")
    with working(bridge, smtp_port=port, **MAIL):
        failed(outbox, letter, 3)
        assert outbox.state(letter)[2] == "ConnectionRefusedError"
        with open_mailbox(port) as (mailbox, _):
            sent(outbox, letter)
            later = outbox.put("luis@correo.ec")
            until(lambda: outbox.is_sent(later))  # by now a second copy would have come too
    assert len(mailbox.to("ana@correo.ec")) == 1 and outbox.state(letter)[1] >= 4
    assert outbox.data(letter) is None


def test_una_solicitud_no_espera_al_servidor_de_correo(bridge, outbox):
    login = bridge.staff("ventas").login
    client = bridge.app.test_client()
    token = client.post("/api/pos/login", json={"user": login, "password": "Clave-de-prueba-1"}).json["token"]
    body = {"email": "ana@correo.ec", "subject": "Su pedido", "message": "Ya llegó.", "name": "Ana"}
    with open_mailbox() as (mailbox, port), working(bridge, smtp_port=port, **MAIL):
        mailbox.hang()
        for _ in range(2):
            answer = client.post("/api/pos/mail", json=body, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 202
        assert mailbox.arrived.wait(20)  # the server holds the first one, the requests were answered long ago
        states = outbox.conn.execute("SELECT cor_estado FROM datos.correo ORDER BY cor_id").fetchall()
        assert states == [("ENVIANDO",), ("PENDIENTE",)]
        # and no transaction is open meanwhile
        idle = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'puente' AND state LIKE 'idle in transaction%'"
        assert outbox.conn.execute(idle).fetchone() == (0,)
        mailbox.go_on.set()
        until(lambda: len(mailbox.taken) == 2)
    assert text_of(mailbox.taken[0]).startswith("Ana:\n\nYa llegó.")
    assert mailbox.taken[0]["Reply-To"] == f"{login}@prueba.ec"


def test_dos_trabajadores_mandan_cada_correo_una_vez(bridge, outbox):
    letters = [outbox.put(f"persona{number}@correo.ec") for number in range(40)]
    with (
        open_mailbox() as (mailbox, port),
        working(bridge, smtp_port=port, **MAIL),
        working(bridge, smtp_port=port, **MAIL),
    ):
        until(lambda: all(map(outbox.is_sent, letters)))
    ours = [message["To"] for message in mailbox.taken if message["To"].startswith("persona")]
    assert sorted(ours) == sorted(f"persona{n}@correo.ec" for n in range(40))
    assert {outbox.state(letter)[1] for letter in letters} == {1}


def test_matarlo_a_mitad_de_un_envio_no_pierde_el_correo(bridge, outbox):
    """The server had taken it: two copies, which say that they are one by their Message-ID."""
    letter = outbox.put("ana@correo.ec")
    with open_mailbox() as (mailbox, port):
        mailbox.hang()
        with working(bridge, smtp_port=port, **MAIL) as worker:
            assert mailbox.arrived.wait(20)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        assert outbox.state(letter)[0] == "ENVIANDO"
        mailbox.go_on.set()
        with working(bridge, smtp_port=port, **MAIL):
            outbox.hurry("ENVIANDO")
            until(lambda: outbox.is_sent(letter))
    copies = [message for message in mailbox.taken if message["To"] == "ana@correo.ec"]
    assert len(copies) == 2
    assert len({message["Message-ID"] for message in copies}) == 1


def test_matarlo_antes_de_entregar_no_duplica(bridge, outbox):
    """The server never heard of it: one copy."""
    letter = outbox.put("ana@correo.ec")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        with working(bridge, smtp_port=deaf.getsockname()[1], **MAIL) as worker:
            until(lambda: outbox.state(letter)[0] == "ENVIANDO")
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    with open_mailbox() as (mailbox, port), working(bridge, smtp_port=port, **MAIL):
        outbox.hurry("ENVIANDO")
        until(lambda: outbox.is_sent(letter))
    assert len(mailbox.taken) == 1


def test_un_codigo_llega_a_la_direccion_que_solo_sabe_el_punto_de_venta(bridge):
    ruc = "1710034065"
    bridge.staff("admin")("cliente_crear", cli_ruc_ced=ruc, cli_nombre="Ana", cli_mail="ana@correo.ec")
    shop = Outbox(bridge.shop.conn)
    letter = shop.put(None, "cuenta_codigo", ruc, codigo="123456", enlace="ab" * 32, email="otra@correo.ec")
    nobody = shop.put(None, "cuenta_codigo", "0000000000", codigo="1", enlace="", email="x@correo.ec")
    with open_mailbox() as (mailbox, port), working(bridge, smtp_port=port, **MAIL):
        until(lambda: shop.is_sent(letter))
        until(lambda: shop.state(nobody)[0] == "MUERTO")
    assert "123456" in text_of(mailbox.taken[0]) and mailbox.taken[0]["To"] == "ana@correo.ec"
    assert mailbox.taken[0]["From"].addresses[0].display_name == "Comercial de Prueba S. A."
    stored = bridge.shop.conn.execute("SELECT cor_para FROM datos.correo WHERE cor_id = %s", (letter,))
    assert stored.fetchone() == (None,)  # the shop still does not know it
    assert shop.state(nobody)[2] == "el cliente no tiene correo" and shop.data(nobody) is None
    shop.conn.execute("DELETE FROM datos.correo")


def test_un_rechazo_definitivo_se_ve_y_se_reintenta_a_mano(bridge, outbox):
    admin = bridge.staff("admin")
    with open_mailbox() as (mailbox, port), working(bridge, smtp_port=port, **MAIL):
        mailbox.answers["RCPT"] = "550 5.1.1 No existe"
        letter = outbox.put("ana@correo.ec", "mensaje", asunto="a", mensaje="b", nombre="c", responder_a=None)
        secret = outbox.put("ana@correo.ec", "clave_codigo", codigo="12345678")
        until(lambda: outbox.state(letter)[0] == outbox.state(secret)[0] == "MUERTO")
        assert outbox.data(secret) is None
        warned = [row for row in bridge.pos("doctor_revisar") if row["invariante"] == "correo_muerto"]
        assert (warned[0]["nivel"], warned[0]["filas"]) == ("AVISO", 2)
        mailbox.answers.clear()
        admin("correo_reintentar", cor_id=letter)
        until(lambda: outbox.is_sent(letter))
    with pytest.raises(Exception, match="código que ya no vale"):
        admin("correo_reintentar", cor_id=secret)
    outbox.conn.execute("DELETE FROM datos.correo")


def test_sin_servidor_configurado_en_desarrollo_se_lee_en_la_carpeta(bridge, outbox):
    letter = outbox.put("ana@correo.ec", "clave_codigo", codigo="31415926")
    with working(bridge):
        until(lambda: outbox.is_sent(letter))
    texts = [path.read_text("utf-8") for path in (bridge.settings.home / "correo").glob("*.txt")]
    assert any("31415926" in text and "ana@correo.ec" in text for text in texts)


def test_en_produccion_sin_servidor_los_correos_esperan_y_los_codigos_caducan(bridge, outbox):
    letter = outbox.put("ana@correo.ec")
    expired = outbox.put("ana@correo.ec", "clave_codigo", codigo="31415926")
    outbox.conn.execute("UPDATE datos.correo SET cor_vence = now() WHERE cor_id = %s", (expired,))
    with working(bridge, env="produccion"):
        until(lambda: outbox.state(expired)[0] == "MUERTO")
    assert outbox.state(expired) == ("MUERTO", 0, "caducado") and outbox.data(expired) is None
    assert outbox.state(letter) == ("PENDIENTE", 0, None)


def test_un_servidor_que_no_contesta_no_detiene_a_los_demas_trabajos(bridge, outbox):
    product = bridge.give(bridge.product(), 5)
    outbox.put("ana@correo.ec")
    with open_mailbox() as (mailbox, port), working(bridge, smtp_port=port, **MAIL):
        mailbox.hang()
        outbox.hurry()
        assert mailbox.arrived.wait(20)
        order = bridge.order(product)
        until(lambda: bridge.state(order)[0] == "FACTURADO")
        assert not mailbox.go_on.is_set()
