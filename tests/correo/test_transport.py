"""Handing a message over: to a real SMTP server in this process, to Resend's API, to a folder."""

import datetime
import ipaddress
import json
import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from daf_backend.correo.letter import compose, sender
from daf_backend.correo.transport import Drop, Resend, Smtp, Undelivered, choose, faults
from daf_backend.settings import Settings

from ..mailbox import LOGIN, free_port, open_mailbox, text_of
from .test_letter import row

FROM = sender("no-responder@tienda.ec", "Tienda", "")


def settings(**given):
    """Settings of this test and nothing of the machine's."""
    return Settings(_env_file=None, mail_from="Tienda <no-responder@tienda.ec>", **given)


def smtp(port, **given):
    """A sender to this port, in the clear unless told otherwise."""
    return Smtp(settings(smtp_host="127.0.0.1", smtp_port=port, **{"smtp_tls": "no", **given}))


@pytest.fixture
def message():
    """A letter to Ana."""
    return compose(row("clave_codigo"), "ana@correo.ec", FROM)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A server's certificate for 127.0.0.1: (server context, context that trusts it)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    cert = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "cert.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + cert.public_bytes(serialization.Encoding.PEM))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=path)


def refusal(transport, message):
    """What went wrong with a message."""
    with pytest.raises(Undelivered) as caught:
        transport.send(message)
    assert "12345678" not in str(caught.value) and "ana@" not in str(caught.value)
    return caught.value


def test_smtp_takes_a_letter_whole(message):
    with open_mailbox() as (mailbox, port):
        smtp(port).send(message)
    (taken,) = mailbox.taken
    assert taken["Message-ID"] == message["Message-ID"] and taken["To"] == "ana@correo.ec"
    assert "12345678" in text_of(taken) and "12345678" in text_of(taken, "html")


def test_starttls_and_login_with_a_certificate_that_is_trusted(message, certificate):
    server, trusting = certificate
    login = {"smtp_user": LOGIN.login.decode(), "smtp_password": LOGIN.password.decode()}
    with open_mailbox(tls=server) as (mailbox, port):
        given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "starttls"}
        Smtp(settings(**given, **login), trusting).send(message)
        assert len(mailbox.taken) == 1
        wrong = refusal(Smtp(settings(**given, **{**login, "smtp_password": "otra"}), trusting), message)
        assert (wrong.final, wrong.away, wrong.reason) == (False, True, "SMTPAuthenticationError 535")
        unknown = refusal(Smtp(settings(**given, **login)), message)
        assert (unknown.final, unknown.away) == (False, True) and "SSL" in unknown.reason
        assert len(mailbox.taken) == 1


@pytest.mark.parametrize(
    ("step", "answer", "final"),
    [
        ("RCPT", "550 5.1.1 No existe ana@correo.ec", True),
        ("RCPT", "450 4.2.1 Vuelva luego", False),
        ("DATA", "554 5.7.1 No me gusta 12345678", True),
        ("DATA", "451 4.3.0 Vuelva luego", False),
    ],
)
def test_a_refusal_is_final_or_not_and_told_without_the_servers_words(message, step, answer, final):
    with open_mailbox() as (mailbox, port):
        mailbox.answers[step] = answer
        failure = refusal(smtp(port), message)
    assert failure.final is final and not failure.away and answer[:3] in failure.reason


def test_a_server_that_is_away_or_hangs_is_not_the_letters_fault(message):
    away = refusal(smtp(free_port()), message)
    assert (away.reason, away.final, away.away) == ("ConnectionRefusedError", False, True)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hung = refusal(smtp(silent.getsockname()[1], mail_timeout=0.2), message)
    assert (hung.final, hung.away) == (False, True)


def test_a_server_without_tls_gets_no_password(message):
    with open_mailbox() as (mailbox, port):
        failure = refusal(smtp(port, smtp_tls="starttls", smtp_user="x", smtp_password="y"), message)
    assert failure.away and not failure.final and not mailbox.taken


@contextmanager
def resend(status=200):
    """An API that answers as Resend does: (the requests it got, its address)."""
    seen = []

    class Api(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((dict(self.headers), json.loads(body)))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"id": "x"}')

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield seen, f"http://127.0.0.1:{server.server_port}/emails"
        finally:
            server.shutdown()
            thread.join()


def test_resend_gets_the_letter_and_a_key_that_folds_repetitions(message):
    with resend() as (seen, url):
        Resend("re_secreto", 5, url).send(message)
        Resend("re_secreto", 5, url).send(message)
    (headers, body), again = seen
    assert headers["Authorization"] == "Bearer re_secreto"
    assert headers["Idempotency-Key"] == again[0]["Idempotency-Key"] == message["Message-ID"]
    assert body["to"] == ["ana@correo.ec"] and body["subject"] == message["Subject"]
    assert "12345678" in body["text"] and "12345678" in body["html"] and body == again[1]


@pytest.mark.parametrize(("status", "final"), [(422, True), (401, False), (429, False), (500, False)])
def test_what_resend_refuses_is_final_only_about_the_letter(message, status, final):
    with resend(status) as (_, url):
        failure = refusal(Resend("re_secreto", 5, url), message)
    assert (failure.reason, failure.final, failure.away) == (f"Resend {status}", final, not final)


def test_no_secret_is_in_a_repr():
    assert "re_secreto" not in repr(Resend("re_secreto", 5))
    assert "secreta" not in repr(settings(smtp_password="secreta", resend_key="secreta"))


def test_development_writes_letters_to_a_private_folder(tmp_path, message):
    Drop(tmp_path / "correo").send(message)
    files = sorted((tmp_path / "correo").iterdir(), key=lambda path: path.suffix)
    assert [path.suffix for path in files] == [".html", ".txt"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in [*files, tmp_path / "correo"])
    assert "Para: ana@correo.ec" in files[1].read_text() and "12345678" in files[1].read_text()


def test_the_settings_choose():
    assert isinstance(choose(settings(resend_key="k", smtp_host="h")), Resend)
    assert isinstance(choose(settings(smtp_host="h")), Smtp)
    assert isinstance(choose(settings()), Drop)
    assert choose(settings(env="produccion")) is None


def test_contradictory_and_unsafe_settings_are_told_before_serving():
    assert [*faults(Settings(_env_file=None))] == [*faults(settings(smtp_host="mail.ec"))] == []
    assert "DAF_MAIL_FROM" in next(faults(Settings(_env_file=None, smtp_host="mail.ec")))
    production = {"env": "produccion", "smtp_host": "mail.ec"}
    told = " ".join(faults(settings(**production, smtp_tls="no")))
    assert "DAF_PUBLIC_URL" in told and "DAF_SMTP_TLS" in told
    assert [*faults(settings(**production, public_url="https://tienda.ec"))] == []
