"""Reading what a request sends and writing what it is answered; JSON with exact decimals both ways.

A body is an object: JSON, or the fields and files of a form. No body, ``{}`` and an empty form mean ``{}``; a form
that cannot be read is not an empty one.
"""

import json
from decimal import Decimal
from typing import Any

from flask import Request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import MultiDict
from werkzeug.formparser import FormDataParser

from ..errors import Problem

_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def parse(text: str | bytes) -> Any:
    """JSON with every digit that was written: numbers with a point are Decimal."""
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)


class ExactJSON(DefaultJSONProvider):
    """JSON whose numbers are Decimal; NaN and Infinity do not exist."""

    ensure_ascii = False
    sort_keys = False
    compact = True

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse; the options of the standard parser would let inexact numbers in."""
        return parse(s)


class StrictForms(Request):
    """A request that says when its form cannot be read, where werkzeug's own would pretend it was empty."""

    def make_form_data_parser(self) -> FormDataParser:
        """The parser, told not to keep quiet."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser


def read_body(request: Request) -> dict[str, Any]:
    """The fields of the request's body, whichever way they were encoded."""
    if request.mimetype in _FORMS:
        return _form(request)
    data = request.get_data()
    if request.content_length is None and len(data) == request.max_content_length:
        raise Problem(413)  # sent in chunks: what is too much was cut off without a word
    if not data.strip():
        return {}
    if not request.is_json:
        raise Problem(415, "tipo_no_soportado")
    body = _parse(data)
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise Problem(400, "cuerpo_no_es_objeto", "El cuerpo debe ser un objeto JSON.")
    return body


def _form(request: Request) -> dict[str, Any]:
    if not request.content_length and "Transfer-Encoding" not in request.headers:
        return {}
    try:
        return {**_flat(request.form), **_flat(request.files)}
    except ValueError:
        raise Problem(400, "formulario_mal_formado", "El formulario está incompleto o mal escrito.") from None


def _parse(data: bytes) -> Any:
    # RecursionError: nested too deep. ArithmeticError: an exponent no Decimal can hold.
    try:
        return parse(data)
    except (ValueError, RecursionError, ArithmeticError):
        raise Problem(400, "json_mal_formado", "El cuerpo no es JSON válido.") from None


def _flat(values: MultiDict[str, Any]) -> dict[str, Any]:
    """One value per key; a repeated key is a list."""
    return {key: found if len(found) > 1 else found[0] for key, found in values.lists()}
