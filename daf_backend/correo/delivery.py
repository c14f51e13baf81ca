"""The worker's sweep over one outbox: claim a letter, send it, say how it went, until none is due.

A claim is committed before the network is touched, and each outcome after it. So nobody waits on a mail server but the
thread of this sweep, and what a killed worker held comes back when its claim runs out.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from ..settings import Settings
from .letter import Sender, compose, sender
from .transport import Transport, Undelivered, choose

Ask = Callable[..., Any]  # api.<name> of one database, as the bridge's login

log = logging.getLogger("daf.correo")


class Courier:
    """Sends the letters of both databases."""

    def __init__(self, pos: Ask, settings: Settings, transport: Transport | None = None) -> None:
        self._pos = pos
        self._transport = transport or choose(settings)
        self._mail_from = settings.mail_from
        # Never the Host of a request: whoever asks for a letter would choose where its link leads.
        here = f"http://{settings.host}:{settings.port}" if settings.env == "desarrollo" else ""
        self._url = (settings.public_url or here).rstrip("/")
        if self._transport is None:
            log.warning("no mail server is configured: letters wait in the outbox")

    def deliver(self, ask: Ask) -> int:
        """Send everything that is due in one outbox; how many letters went.

        Raises:
            Exception: the database is away.
        """
        ask("clave_atender")
        if self._transport is None:
            ask("correo_tomar", limite=0)  # what is no longer worth sending still dies
            return 0
        sent = 0
        while rows := ask("correo_tomar"):
            failure = self._try(ask, rows[0])
            sent += failure is None
            if failure and failure.away:
                break  # the rest keep their tries
        return sent

    def _try(self, ask: Ask, row: Mapping[str, Any]) -> Undelivered | None:
        """One attempt and its outcome, noted."""
        try:
            self._send(row)
        except Undelivered as exc:
            about = {"letter": row["id"], "template": row["plantilla"], "why": exc.reason, "final": exc.final}
            log.warning("letter not sent", extra=about)
            ask(
                "correo_fallar",
                cor_id=row["id"], intento=row["intento"], error=exc.reason, definitivo=exc.final,
            )  # fmt: skip
            return exc
        ask("correo_enviado", cor_id=row["id"])
        return None

    def _send(self, row: Mapping[str, Any]) -> None:
        """Compose and hand over.

        Raises:
            Undelivered: whatever went wrong. What cannot be written today cannot be written tomorrow either.
        """
        assert self._transport is not None
        to, company = row["para"] or self._address(row["cli_ruc_ced"]), self._sender()
        try:
            message = compose(row, to, company)
        except Exception as exc:
            raise Undelivered(f"no se puede escribir: {type(exc).__name__}", final=True) from exc
        try:
            self._transport.send(message)
        except Undelivered:
            raise
        except Exception as exc:
            raise Undelivered(f"inesperado: {type(exc).__name__}") from exc

    def _address(self, cli_ruc_ced: str) -> str:
        """The address only the POS knows."""
        try:
            address: str | None = self._pos("correo_direccion", cli_ruc_ced=cli_ruc_ced)["email"]
        except Exception:
            raise Undelivered("el punto de venta no responde") from None
        if address is None:
            raise Undelivered("el cliente no tiene correo", final=True)
        return address

    def _sender(self) -> Sender:
        """The company signs; while the POS is away, under the configured name."""
        try:
            company = self._pos("correo_remitente")["nombre"]
        except Exception as exc:
            log.warning("letter signed with the configured name", extra={"why": type(exc).__name__})
            company = ""
        return sender(self._mail_from, company or "", self._url)
