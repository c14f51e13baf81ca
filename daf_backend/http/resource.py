"""The blueprint of a noun: a view is a contract and one call.

The decorators validate what comes in, hand it to the view by name (``datos`` the body, ``query`` the query
string) and send its answer out untouched; `describe` writes the same contract into the OpenAPI document, so
the two cannot differ.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

from flask import Response, current_app, request
from flask_smorest import Blueprint
from marshmallow import Schema as AnySchema

from ..db.call import call
from .body import read_body
from .openapi import describe
from .page import PageQuery, envelope
from .route import Route
from .schema import Schema

__all__ = ["Contract", "Noun", "Schema", "plain"]

View = Callable[..., Any]
Shape = type[AnySchema] | AnySchema
Location = Literal["json", "form", "files"]

_JSON = "application/json"


@dataclass(frozen=True)
class Contract:
    """What one verb takes and answers."""

    method: str
    takes: AnySchema | None
    query: AnySchema | None
    answers: AnySchema | None
    status: int
    public: bool
    location: Location
    idempotent: bool
    etag: bool
    remembers: bool = False
    also: tuple[int, ...] = ()  # refusals beside the usual ones
    alike: tuple[int, ...] = ()  # statuses with the body of success
    pages: tuple[int, ...] = ()  # statuses answered with a page for people
    known: bool = False  # public, and something else for who shows a token
    reads: tuple[str, ...] = ()  # request headers of its own
    gives: tuple[str, ...] = ()  # headers of its answer

    @property
    def writes(self) -> bool:
        """Whether the verb changes something."""
        return self.method != "GET"

    @property
    def tagged(self) -> bool:
        """Whether an answer may be kept and asked for again by its ETag; never one that notes what it answered."""
        if self.writes or self.remembers:
            return False
        return self.etag or isinstance(self.query, PageQuery)


class Noun(Blueprint):  # type: ignore[misc]
    """The routes of one noun on one side. The side's Api gives the prefix (`/api/pos`)."""

    def __init__(
        self, name: str, where: str, *, description: str = "", idempotent: bool = True, **options: Any
    ) -> None:
        super().__init__(name, where, description=description, **options)
        self.idempotent = idempotent  # off for logins: a token must never be stored to be replayed

    def get(self, rule: str, **contract: Any) -> Callable[[View], View]:
        """Declare a read. See `_verb` for the contract."""
        return self._verb("GET", rule, **contract)

    def post(self, rule: str, **contract: Any) -> Callable[[View], View]:
        """Declare an act, or a creation with ``status=201``."""
        return self._verb("POST", rule, **contract)

    def put(self, rule: str, **contract: Any) -> Callable[[View], View]:
        """Declare a partial update or a change of state."""
        return self._verb("PUT", rule, **contract)

    def patch(self, rule: str, **contract: Any) -> Callable[[View], View]:
        """Declare a partial update."""
        return self._verb("PATCH", rule, **contract)

    def delete(self, rule: str, **contract: Any) -> Callable[[View], View]:
        """Declare a removal; it may take a body."""
        return self._verb("DELETE", rule, **contract)

    def _verb(
        self,
        method: str,
        rule: str,
        *,
        takes: Shape | None = None,
        query: Shape | None = None,
        answers: Shape | None = None,
        status: int = 200,
        public: bool = False,
        location: Location = "json",
        idempotent: bool | None = None,
        etag: bool = False,
        remembers: bool = False,
        also: tuple[int, ...] = (),
        alike: tuple[int, ...] = (),
        pages: tuple[int, ...] = (),
        known: bool = False,
        reads: tuple[str, ...] = (),
        gives: tuple[str, ...] = (),
    ) -> Callable[[View], View]:
        contract = Contract(
            method, _instance(takes), _instance(query), _instance(answers), status, public, location,
            self.idempotent if idempotent is None else idempotent, etag, remembers, also, alike, pages,
            known, reads, gives,
        )  # fmt: skip

        def declare(view: View) -> View:
            endpoint = _endpoint(view, contract)
            endpoint._apidoc = describe(contract, view.__name__)  # type: ignore[attr-defined]
            self.add_url_rule(rule, view.__name__, endpoint, methods=[method], tags=[self.name])
            return view

        return declare


def _instance(shape: Shape | None) -> AnySchema | None:
    return shape() if isinstance(shape, type) else shape


def _endpoint(view: View, contract: Contract) -> View:
    """The function Flask calls: validate, call the view, answer."""
    wanted = inspect.signature(view).parameters
    for name, shape in (("datos", contract.takes), ("query", contract.query)):
        if (shape is not None) != (name in wanted):
            raise TypeError(f"{view.__qualname__}: parameter {name!r} and its schema go together")

    @functools.wraps(view)
    def endpoint(**arguments: Any) -> Response:
        if contract.query is not None:
            arguments["query"] = contract.query.load(request.args.to_dict())
        if contract.takes is not None:
            arguments["datos"] = contract.takes.load(read_body(request))
        response = _response(view(**arguments), contract.status)
        return _tag(response, contract) if _cacheable(contract, arguments) else response

    endpoint.route = Route(  # type: ignore[attr-defined]
        contract.public,
        contract.idempotent,
        contract.remembers,
        contract.status,
        contract.takes,
        contract.query,
        contract.answers,
    )
    return endpoint


def _response(answer: Any, status: int) -> Response:
    """Bytes are JSON text and go out as they are; (body, status) overrides the declared status."""
    if isinstance(answer, tuple):
        answer, status = answer
    if isinstance(answer, Response):
        return answer
    if answer is None or status == 204:
        return Response(status=204 if status == 200 else status)
    text = answer if isinstance(answer, bytes | str) else current_app.json.dumps(answer)
    return Response(text, status, mimetype=_JSON)


def _cacheable(contract: Contract, arguments: dict[str, Any]) -> bool:
    """Pick-lists (a list asked without a page) and what was declared with ``etag=True``."""
    return contract.tagged and (contract.etag or "page" not in arguments["query"])


def _tag(response: Response, contract: Contract) -> Response:
    """Let clients keep the answer and ask only whether it changed."""
    if response.status_code != 200:
        return response
    response.set_etag(blake2b(response.get_data(), digest_size=12).hexdigest())
    response.headers["Cache-Control"] = "public, no-cache" if contract.public else "private, no-cache"
    response.vary.add("Authorization")
    return response.make_conditional(request)  # type: ignore[return-value]


def plain(
    blp: Noun,
    noun: str,
    row: type[Schema],
    *,
    key: str | None = None,
    takes: type[Schema] | None = None,
    paged: bool = False,
    public: bool = False,
) -> None:
    """Wire a noun without rules of its own to the functions its name implies.

    Always ``<noun>_listar``: a bare array, or the envelope if ``paged``. With ``key`` ``<noun>_obtener``,
    with ``takes`` too ``<noun>_crear``, ``<noun>_actualizar`` (partial) and ``<noun>_eliminar``.
    """

    def wire(verb: str, declare: Callable[..., Any], path: str, words: str, **contract: Any) -> None:
        view = _act(f"{noun}_{verb}", f"{words}: {blp.description.lower()}.", contract)
        declare(f"/{noun}{path}", **contract)(view)

    if paged:
        wire("listar", blp.get, "", "Lista", query=PageQuery, answers=envelope(row), public=public)
    else:
        wire("listar", blp.get, "", "Lista", answers=row(many=True), public=public, etag=True)
    if key is None:
        return
    wire("obtener", blp.get, f"/<{key}>", "Muestra uno", answers=row, public=public)
    if takes is not None:
        wire("crear", blp.post, "", "Crea uno", takes=takes, answers=row, status=201)
        wire("actualizar", blp.put, f"/<{key}>", "Cambia uno", takes=takes(partial=True), answers=row)
        wire("eliminar", blp.delete, f"/<{key}>", "Retira uno")


def _act(name: str, summary: str, contract: dict[str, Any]) -> View:
    """The view that only calls the function of its own name with all it was given."""

    def with_query(query: dict[str, Any]) -> bytes:
        return call(name, **query)

    def with_body(datos: dict[str, Any], **path: str) -> bytes:
        return call(name, **path, **datos)

    def with_path(**path: str) -> bytes:
        return call(name, **path)

    view = with_query if "query" in contract else with_body if "takes" in contract else with_path
    view.__name__, view.__doc__ = name, summary
    return view
