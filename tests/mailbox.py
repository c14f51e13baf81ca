"""A real SMTP server in the test's process: it keeps what it takes, and refuses, hangs or stays away on demand."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

LOGIN = LoginPassword(b"tienda", b"clave-del-correo")


class Mailbox:
    """Every message taken, and what to say to the next ones."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answers: dict[str, str] = {}  # step (RCPT, DATA) -> what the server says instead of 250
        self.arrived = threading.Event()  # a whole message came in
        self.go_on = threading.Event()  # what a message waits for before it is answered
        self.go_on.set()

    def hang(self) -> None:
        """From now on messages are taken and not answered, until `go_on` is set."""
        self.arrived.clear()
        self.go_on.clear()

    def to(self, address: str) -> list[EmailMessage]:
        """What came for one address."""
        return [message for message in list(self.taken) if address in str(message["To"])]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.answers.get("RCPT"):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if refusal := self.answers.get("DATA"):
            return refusal
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.arrived.set()
        await server.loop.run_in_executor(None, self.go_on.wait, 30)
        return "250 OK"


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """One of a message's two bodies."""
    part = message.get_body((kind,))
    assert part is not None
    return "\n".join(part.get_content().splitlines())


@contextmanager
def open_mailbox(
    port: int = 0, mailbox: Mailbox | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[Mailbox, int]]:
    """The server on a port of its own, or on this one; with ``tls`` it wants STARTTLS and a login."""
    mailbox = mailbox or Mailbox()
    extra: dict[str, Any] = {}
    if tls is not None:
        extra = {
            "tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": _judge,
        }  # fmt: skip
    controller = Controller(mailbox, hostname="127.0.0.1", port=port or free_port(), **extra)
    controller.start()
    try:
        yield mailbox, controller.port
    finally:
        mailbox.go_on.set()
        controller.stop()


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _judge(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data == LOGIN, handled=data == LOGIN)
