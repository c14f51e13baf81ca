"""What a letter looks like: one text in two dresses, headers that cannot be injected, the same message each time."""

import pytest
from jinja2 import TemplateError

from daf_backend.correo.letter import SUBJECTS, compose, sender

from ..mailbox import text_of

FROM = sender("Otra cosa <no-responder@tienda.ec>", "Almacén Ñandú & Cía.", "https://tienda.ec")
EVERYTHING = {
    "cuenta_codigo": {"codigo": "123456", "enlace": "ab" * 32, "email": "ana@correo.ec"},
    "cuenta_activada": {"nombre": "Ana"},
    "clave_codigo": {"codigo": "12345678"},
    "clave_cambiada": {},
    "pedido_enviado": {
        "pedido": "PED0000001",
        "novedad": "va en camino",
        "nombre": "Ana",
        "direccion": "Av. 10",
        "observacion": "",
        "factura": "001-001-000000001",
    },
    "mensaje": {"asunto": "Su pedido", "mensaje": "Ya llegó.", "nombre": "Ana", "responder_a": None},
}


def row(template, **data):
    """A row of the outbox as the claim answers it."""
    return {
        "uid": "0a1b2c3d", "plantilla": template, "datos": {**EVERYTHING.get(template, {}), **data},
        "creado": "2026-01-02T03:04:05.678901+00:00",
    }  # fmt: skip


def test_every_template_has_a_subject_and_both_bodies():
    assert set(EVERYTHING) == set(SUBJECTS)
    for template in SUBJECTS:
        message = compose(row(template), "ana@correo.ec", FROM)
        assert message["Subject"] and message.get_content_type() == "multipart/alternative"
        for kind in ("plain", "html"):
            assert "Almacén Ñandú" in text_of(message, kind), template
        assert "<" not in text_of(message), template


def test_who_has_no_name_is_greeted_all_the_same():
    """An account that claimed a client's record was never asked for one."""
    for template in ("pedido_enviado", "cuenta_activada"):
        message = compose(row(template, nombre=""), "ana@correo.ec", FROM)
        for kind in ("plain", "html"):
            body = text_of(message, kind)
            assert not any(line.strip() in (":", ",", ".") for line in body.splitlines())
            assert ">:<" not in body and " ," not in body
    assert "Estimado cliente:" in text_of(compose(row("pedido_enviado", nombre=""), "ana@correo.ec", FROM))


def test_a_letter_says_its_code_and_where_its_link_leads():
    message = compose(row("cuenta_codigo"), "ana@correo.ec", FROM)
    link = f"https://tienda.ec/api/ecom/auth/verify?t={'ab' * 32}"
    for kind in ("plain", "html"):
        body = text_of(message, kind)
        assert "123456" in body and link in body and "ana@correo.ec" in body


def test_without_a_public_address_a_letter_has_no_link():
    message = compose(row("cuenta_codigo"), "ana@correo.ec", sender("x@tienda.ec", "Tienda", ""))
    assert "123456" in text_of(message) and "verify" not in message.as_string()


def test_the_same_row_makes_the_same_headers_each_time():
    first, again = (compose(row("clave_codigo"), "ana@correo.ec", FROM) for _ in range(2))
    assert first.items()[:6] == again.items()[:6]
    assert first["Message-ID"] == "<0a1b2c3d@tienda.ec>"
    assert first["From"] == '"Almacén Ñandú & Cía." <no-responder@tienda.ec>'
    assert first["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x0b", "\x85"])
def test_no_header_can_be_injected(ending):
    evil = f"Hola{ending}Bcc: todos@correo.ec{ending}{ending}cuerpo"
    message = compose(row("mensaje", asunto=evil, nombre=evil), "ana@correo.ec", FROM)
    head = message.as_bytes().partition(b"\n\n")[0]
    assert message["Bcc"] is None and b"\nBcc" not in head and b"\rBcc" not in head
    assert message["Subject"] == "Hola Bcc: todos@correo.ec cuerpo"


@pytest.mark.parametrize("to", ["ana@correo.ec\r\nBcc: x@y.ec", "ana@correo.ec, x@y.ec", "sin arroba", ""])
def test_what_is_not_one_address_is_not_written_to(to):
    with pytest.raises((ValueError, IndexError)):
        compose(row("clave_cambiada"), to, FROM)


def test_a_long_subject_is_cut():
    assert len(compose(row("mensaje", asunto="a" * 500), "ana@correo.ec", FROM)["Subject"]) == 150


def test_markup_is_text_in_html_and_lines_are_kept():
    evil = "Uno\n\n<script>alert(1)</script> & <a href='https://mal.ec'>"
    message = compose(row("mensaje", mensaje=evil, nombre="<b>Ana"), "ana@correo.ec", FROM)
    html = text_of(message, "html")
    assert "<script>" not in html and "&lt;script&gt;" in html and "&lt;b&gt;Ana" in html
    assert "<a " not in html and evil in text_of(message)


def test_who_writes_is_who_is_answered():
    message = compose(row("mensaje", responder_a="luis@tienda.ec"), "ana@correo.ec", FROM)
    assert message["Reply-To"] == "luis@tienda.ec" and "Puede responder" in text_of(message)
    assert compose(row("mensaje"), "ana@correo.ec", FROM)["Reply-To"] is None


def test_an_unknown_template_or_a_missing_value_is_refused():
    with pytest.raises(KeyError):
        compose(row("no_hay"), "ana@correo.ec", FROM)
    with pytest.raises(TemplateError):
        compose({**row("clave_codigo"), "datos": {}}, "ana@correo.ec", FROM)
