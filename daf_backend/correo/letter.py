"""From a row of the outbox to a message: the template filled twice, as HTML and as text, and the headers.

A template says what a letter tells, once; ``base.html`` and ``base.txt`` say how each part looks. Values are escaped
in HTML. A header is set on an ``EmailMessage``, which refuses line ends, after they were folded away here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

SUBJECT_MAX = 150
SUBJECTS = {
    "cuenta_codigo": "Código para activar su cuenta",
    "cuenta_activada": "Su cuenta está activa",
    "clave_codigo": "Código para cambiar su contraseña",
    "clave_cambiada": "Su contraseña cambió",
    "pedido_enviado": "Su pedido {pedido} {novedad}",
    "mensaje": "{asunto}",
}
PARTS = ("parrafo", "literal", "cifras", "boton")


@dataclass(frozen=True)
class Sender:
    """Who letters are from: the configured address under the company's name, and where links lead ("" for nowhere)."""

    address: str
    company: str
    url: str

    @property
    def domain(self) -> str:
        """What follows the ``@``."""
        return self.address.rpartition("@")[2]


def sender(mail_from: str, company: str, url: str) -> Sender:
    """The sender of ``Name <address>``; the company's own name wins over the configured one."""
    name, address = parseaddr(mail_from)
    return Sender(address or "no-responder@localhost", company or name or "DAF", url)


def compose(row: Mapping[str, Any], to: str, sender: Sender) -> EmailMessage:
    """The message of a row. The same row makes the same message each time, Message-ID included.

    Raises:
        Exception: there is no such template, it wants something the row does not have, or a header cannot be written.
    """
    data = dict(row["datos"])
    if data.get("enlace"):
        data["enlace"] = f"{sender.url}/api/ecom/auth/verify?t={data['enlace']}" if sender.url else ""
    subject = one_line(SUBJECTS[row["plantilla"]].format_map(data), SUBJECT_MAX)
    html, text = (render(row["plantilla"], kind, data, sender.company, subject) for kind in ("html", "txt"))
    message = EmailMessage()
    message["From"] = Address(one_line(sender.company, 80), addr_spec=sender.address)
    message["To"] = Address(one_line(data.get("nombre") or "", 80), addr_spec=to)
    message["Subject"] = subject
    message["Date"] = datetime.fromisoformat(row["creado"])
    message["Message-ID"] = f"<{row['uid']}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if data.get("responder_a"):
        message["Reply-To"] = Address(addr_spec=data["responder_a"])
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def render(template: str, kind: str, data: Mapping[str, Any], company: str, subject: str) -> str:
    """A template as ``html`` or ``txt``."""
    text = _template(template, kind).render(**{**data, "empresa": company, "asunto": subject}).strip()
    return (re.sub(r"\n{3,}", "\n\n", text) if kind == "txt" else text) + "\n"


def one_line(text: str, longest: int) -> str:
    """Text fit for a header: no line ends or other control characters, not too long."""
    words = "".join(char if char.isprintable() else " " for char in text).split()
    return " ".join(words)[:longest]


@cache
def _template(name: str, kind: str) -> Template:
    return _environment(kind).get_template(f"{name}.j2")


@cache
def _environment(kind: str) -> Environment:
    """One per dress: HTML escapes every value, plain text none."""
    env = Environment(
        loader=PackageLoader("daf_backend.correo", "plantillas"),
        autoescape=kind == "html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    layout = env.get_template(f"base.{kind}")
    parts = layout.make_module({"empresa": "", "asunto": ""})
    env.globals |= {"base": layout, **{part: getattr(parts, part) for part in PARTS}}
    return env
