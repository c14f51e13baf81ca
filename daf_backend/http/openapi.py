"""The OpenAPI document of each side, written from the contracts the views declare.

flask-smorest collects the operations; what every operation of this house has in common (the problems it may
answer, the request id, the idempotency key, the token) is added here once.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_smorest import Api
from marshmallow import Schema as AnySchema

from ..errors import STATUSES, TITLES
from .docs import publish
from .examples import example
from .fields import Entero, Lista, Texto
from .problems import MIMETYPE
from .route import SIDES_KEY
from .schema import Schema

if TYPE_CHECKING:
    from .resource import Contract, Noun

VERSION = "1.0.0"
PREFIXES = {"pos": "/api/pos", "ecom": "/api/ecom", "sistema": "/api/v1"}

_ALWAYS = (400, 429, 500, 503)
_MEDIA = {
    "json": ("application/json",),
    "form": ("application/json", "application/x-www-form-urlencoded"),
    "files": ("application/json", "multipart/form-data"),  # pages show the first, and its example runs
}
_HEADERS = {
    "X_REQUEST_ID": ("X-Request-Id", "Identificador de la solicitud; cítelo al reportar un problema"),
    "RETRY_AFTER": ("Retry-After", "Segundos que conviene esperar"),
    "ETAG": ("ETag", "Etiqueta de la respuesta, para preguntar con If-None-Match si cambió"),
    "X_CART_TOKEN": ("X-Cart-Token", "Token del carrito de un invitado; guárdelo y envíelo desde entonces"),
}
_SENT = {
    "IDEMPOTENCY_KEY": (
        "Idempotency-Key",
        "Repetir la solicitud con la misma clave devuelve la misma respuesta (24 h)",
        "^[!-~]{1,255}$",
    ),
    "IF_NONE_MATCH": ("If-None-Match", "El ETag que ya tiene; si nada cambió, la respuesta es 304", None),
    "X_CART_TOKEN": ("X-Cart-Token", "El token que dio el primer producto de un carrito sin cuenta", None),
}


class Problema(Schema):
    """The body of every refusal."""

    type = Texto(required=True)
    title = Texto(required=True)
    status = Entero(required=True)
    detail = Texto(2000, required=True)
    regla = Texto(required=True, metadata={"description": "Nombre de la regla que no se cumple"})
    request_id = Texto(required=True)
    message = Texto(2000, required=True, metadata={"description": "Igual a detail"})
    errors = Lista(Texto(2000), metadata={"description": "Un texto por dato mal formado"})


def describe(contract: "Contract", name: str) -> dict[str, Any]:
    """The contract in the shape `flask_smorest.Blueprint` builds operations from."""
    responses: dict[int, Any] = {contract.status: [_answer(contract)]}
    for status in sorted({*_refusals(contract), *contract.also}):
        responses[status] = [f"PROBLEMA_{status}"]
    for status in contract.alike:
        responses[status] = [_answer(contract)]
    for status in contract.pages:
        responses[status] = [_page(status)]
    if contract.tagged:
        responses[304] = ["SIN_CAMBIOS"]
    return {
        "arguments": {"parameters": _parameters(contract)},
        "response": {"responses": responses},
        "success_status_codes": [contract.status],
        "manual_doc": {
            "operationId": name,
            "security": _security(contract),
            **_request_body(contract),
        },
    }


def _answer(contract: "Contract") -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": "Hecho" if contract.writes else "Encontrado",
        "headers": {"X-Request-Id": "X_REQUEST_ID"} | {name: _key(name) for name in contract.gives},
        "content_type": None,
    }
    if contract.tagged:
        answer["headers"]["ETag"] = "ETAG"
    return answer if contract.answers is None else {**answer, "schema": contract.answers}


def _key(header: str) -> str:
    """What a header's component is called."""
    return header.upper().replace("-", "_")


def _security(contract: "Contract") -> list[dict[str, list[str]]]:
    asked: list[dict[str, list[str]]] = [{"token": []}]
    return asked if not contract.public else [{}, *asked] if contract.known else []


def _page(status: int) -> dict[str, Any]:
    """A page for people."""
    text = "Página" if status < 300 else TITLES.get(status, "El enlace terminó")
    return {
        "description": text,
        "headers": {"X-Request-Id": "X_REQUEST_ID"},
        "content_type": "text/html",
        "schema": {"type": "string"},
    }


def _refusals(contract: "Contract") -> list[int]:
    statuses = {*_ALWAYS, 401, 404}  # a public login refuses too
    if contract.known or not contract.public:
        statuses.add(403)
    if contract.writes:
        statuses |= {409, 413, 415, 422}
    return sorted(statuses - {contract.status})


def _parameters(contract: "Contract") -> list[Any]:
    parameters: list[Any] = []
    if contract.query is not None:
        parameters.append({"in": "query", "schema": contract.query})
    if contract.writes and contract.idempotent:
        parameters.append("IDEMPOTENCY_KEY")
    if contract.tagged:
        parameters.append("IF_NONE_MATCH")
    return parameters + [_key(name) for name in contract.reads]


def _request_body(contract: "Contract") -> dict[str, Any]:
    if contract.takes is None:
        return {}
    content: dict[str, Any] = {media: {"schema": contract.takes} for media in _MEDIA[contract.location]}
    content["application/json"]["example"] = example(contract.takes)
    takes = contract.takes
    required = not takes.partial and any(field.required for field in takes.load_fields.values())
    return {"requestBody": {"required": required, "content": content}}


class SideApi(Api):  # type: ignore[misc]
    """flask-smorest's Api with our problems in place of its errors, and its document served by `docs.py`."""

    DEFAULT_ERROR_RESPONSE_NAME = ""

    def _register_error_handlers(self) -> None:
        """errors.py answers for the whole application."""

    def _register_responses(self) -> None:
        components = self.spec.components
        for status in STATUSES:
            headers = {"X-Request-Id": "X_REQUEST_ID"}
            if status in (429, 503):
                headers["Retry-After"] = "RETRY_AFTER"
            content = {MIMETYPE: {"schema": Problema}}
            response = {"description": TITLES[status], "headers": headers, "content": content}
            components.response(f"PROBLEMA_{status}", response, lazy=True)

    def _register_etag_headers(self) -> None:
        """Not documented as components: see resource.py."""

    def _register_pagination_header(self) -> None:
        """Pages are described by the envelope."""

    def take(self, blueprint: "Noun", side: str) -> None:
        """Register a noun under its side's prefix. Both sides may have a noun of the same name."""
        app, name = self._app, f"{side}_{blueprint.name}"
        app.extensions["flask-smorest"]["blp_name_to_api"][name] = self
        app.extensions.setdefault(SIDES_KEY, {})[name] = side
        app.register_blueprint(blueprint, name=name, url_prefix=PREFIXES[side])
        blueprint.register_views_in_doc(self, app, self.spec, name=name, parameters=None)
        self.spec.tag({"name": blueprint.name, "description": blueprint.description})


def build_api(app: Flask, side: str, title: str, blueprints: "Sequence[Noun]") -> SideApi:
    """The Api of one side: its nouns registered and its document published."""
    options = {
        "title": title,
        "version": VERSION,
        "openapi_version": "3.1.0",
        "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=_namer()),
        "servers": [{"url": "/"}],
        "info": {"description": _PROSE},
    }
    api = SideApi(app, spec_kwargs=options, config_prefix=side)
    _components(api.spec)
    for blueprint in blueprints:
        api.take(blueprint, side)
    publish(app, side, PREFIXES[side], api.spec)
    return api


def _components(spec: APISpec) -> None:
    said = "El `token` que responde el ingreso, sin la palabra Bearer"
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": said}
    spec.components.security_scheme("token", scheme)
    for key, (_, text) in _HEADERS.items():
        spec.components.header(key, {"description": text, "schema": {"type": "string"}})
    for key, (name, text, pattern) in _SENT.items():
        schema = {"type": "string", **({"pattern": pattern} if pattern else {})}
        spec.components.parameter(
            key, "header", {"name": name, "description": text, "schema": schema}, lazy=True
        )
    kept = {"X-Request-Id": "X_REQUEST_ID", "ETag": "ETAG"}
    spec.components.response("SIN_CAMBIOS", {"description": "Nada cambió", "headers": kept}, lazy=True)


def _namer() -> Any:
    """Names of schemas: the class; with its noun in front when two nouns use the same one."""
    taken: dict[str, type[AnySchema]] = {}

    def name_of(schema: Any) -> str:
        kind = schema if isinstance(schema, type) else type(schema)
        suffix = "Parcial" if getattr(schema, "partial", None) else ""
        noun = kind.__module__.rpartition(".")[2].title().replace("_", "")
        for name in (kind.__name__, noun + kind.__name__):
            if taken.setdefault(name + suffix, kind) is kind:
                return name + suffix
        raise ValueError(f"two schemas are called {kind.__module__}.{kind.__name__}")

    return name_of


_PROSE = """
El dinero viaja como texto con dos decimales (`"12.50"`) y las cantidades como números; al recibir se acepta
número o texto para ambos. Un `PUT` es parcial: lo que no se envía se conserva y `""` vacía un texto opcional.
Una lista sin `page` es, en el punto de venta, la lista para elegir, y en la tienda su primera página. Todo rechazo
es `application/problem+json` y nombra su `regla`.
"""
