"""How a message leaves: SMTP, Resend's HTTP API, or in development a file to read.

What goes wrong is told as a word and a number, never with a server's own sentence, which may repeat what we sent.
"""

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol

from ..settings import Settings

RESEND = "https://api.resend.com/emails"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Undelivered(Exception):
    """A message was not taken: for good (``final``), or for now; ``away`` if the server itself could not be used, so
    that no other message would fare better.
    """

    def __init__(self, reason: str, *, final: bool = False, away: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.final, self.away = reason, final, away


class Transport(Protocol):
    """Something that takes messages."""

    def send(self, message: EmailMessage) -> None:
        """Hand one message over; when this returns, it was taken.

        Raises:
            Undelivered: it was not, as far as we know.
        """


def choose(settings: Settings) -> Transport | None:
    """The configured transport; in development without any, files in ``DAF_HOME/correo``; else nothing."""
    if key := settings.resend_key.get_secret_value():
        return Resend(key, settings.mail_timeout)
    if settings.smtp_host:
        return Smtp(settings)
    return Drop(settings.home / "correo") if settings.env == "desarrollo" else None


def faults(settings: Settings) -> Iterator[str]:
    """What is contradictory or unsafe about the mail settings, in sentences."""
    if not settings.smtp_host and not settings.resend_key.get_secret_value():
        return
    if "@" not in parseaddr(settings.mail_from)[1]:
        yield "falta DAF_MAIL_FROM: de quién son los correos, por ejemplo Tienda <no-responder@tienda.ec>"
    if settings.env != "produccion":
        return
    if not settings.public_url:
        yield "falta DAF_PUBLIC_URL: los correos llevan enlaces y nadie más dice adónde"
    if settings.smtp_host and settings.smtp_tls == "no" and settings.smtp_host not in LOOPBACK:
        yield "DAF_SMTP_TLS=no manda correos y contraseña en claro fuera de esta máquina"


class Smtp:
    """A server that speaks SMTP; one connection a message."""

    def __init__(self, settings: Settings, context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._context = context or ssl.create_default_context()

    def send(self, message: EmailMessage) -> None:
        """See `Transport`. Only a refusal of this recipient or of this message is final."""
        with _told_briefly():
            server = self._connect()
            try:
                server.send_message(message)
            except BaseException:
                server.close()
                raise
        with suppress(smtplib.SMTPException, OSError):
            server.quit()  # it has been taken: nothing said from here on matters

    def _connect(self) -> smtplib.SMTP:
        settings, where = self._settings, (self._settings.smtp_host, self._settings.smtp_port)
        server: smtplib.SMTP
        if settings.smtp_tls == "tls":
            server = smtplib.SMTP_SSL(*where, timeout=settings.mail_timeout, context=self._context)
        else:
            server = smtplib.SMTP(*where, timeout=settings.mail_timeout)
        try:
            if settings.smtp_tls == "starttls":
                server.starttls(context=self._context)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server


@contextmanager
def _told_briefly() -> Iterator[None]:
    """Turn what smtplib raises into `Undelivered`."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as exc:
        code = next(iter(exc.recipients.values()))[0]
        raise Undelivered(f"destinatario rechazado {code}", final=code >= 500) from None
    except smtplib.SMTPDataError as exc:
        raise Undelivered(f"mensaje rechazado {exc.smtp_code}", final=exc.smtp_code >= 500) from None
    except (
        smtplib.SMTPResponseException
    ) as exc:  # greeting, login or sender: ours to put in order, not the letter's
        raise Undelivered(f"{type(exc).__name__} {exc.smtp_code}", away=True) from None
    except (smtplib.SMTPException, OSError) as exc:  # OSError: refused, lost, not in time, a certificate
        raise Undelivered(type(exc).__name__, away=True) from None


@dataclass(frozen=True)
class Resend:
    """https://resend.com: a repeated Idempotency-Key sends nothing, for a day."""

    key: str = field(repr=False)
    timeout: float
    url: str = RESEND

    def send(self, message: EmailMessage) -> None:
        """See `Transport`. 4xx about the letter is final; about us, our pace or our key it is not."""
        request = urllib.request.Request(self.url, json.dumps(self._body(message)).encode(), {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(message["Message-ID"]),
            "User-Agent": "daf-backend",
        })  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                answer.read()
        except urllib.error.HTTPError as exc:
            exc.close()
            final = exc.code in (400, 413, 422)
            raise Undelivered(f"Resend {exc.code}", final=final, away=not final) from None
        except (OSError, ValueError) as exc:
            raise Undelivered(type(exc).__name__, away=True) from None

    def _body(self, message: EmailMessage) -> dict[str, object]:
        html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
        return {
            "from": str(message["From"]),
            "to": [str(message["To"])],
            "subject": str(message["Subject"]),
            "html": html.get_content() if html else "",
            "text": text.get_content() if text else "",
            "headers": {"Message-ID": str(message["Message-ID"]), "Auto-Submitted": "auto-generated"},
            **({"reply_to": str(message["Reply-To"])} if message["Reply-To"] else {}),
        }


@dataclass(frozen=True)
class Drop:
    """A private folder: each letter as a text to read and an HTML to look at."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        """See `Transport`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{str(message['Message-ID'])[1:37]}"
        for kind, suffix in (("plain", "txt"), ("html", "html")):
            part = message.get_body((kind,))
            text = part.get_content() if part else ""
            if kind == "plain":
                text = f"Para: {message['To']}\nAsunto: {message['Subject']}\n\n{text}"
            path = self.folder / f"{stem}.{suffix}"
            path.touch(0o600)
            path.write_text(text, "utf-8")
