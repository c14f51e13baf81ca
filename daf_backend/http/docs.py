"""Where people and tools read the API: OpenAPI documents, a page to try them, an index; no CDN."""

import json
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import flask_swagger_ui
from flask import Blueprint, Flask, Response, render_template, request, send_from_directory
from werkzeug.exceptions import NotFound

from .rules import rules

if TYPE_CHECKING:
    from apispec import APISpec

_SWAGGER = Path(flask_swagger_ui.__file__).parent / "dist"
_OURS = Path(__file__).parent / "ui"
_ASSETS = {
    "swagger-ui.css": _SWAGGER,
    "swagger-ui-bundle.js": _SWAGGER,
    "favicon-32x32.png": _SWAGGER,
    "docs.css": _OURS,
    "docs.js": _OURS,
}
_DAY = 24 * 3600
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_KEY = "daf_documents"  # app.extensions: prefix -> title, in the order the sides were built


def init_docs(app: Flask) -> None:
    """Serve the index at `/api`, the assets of the pages and the list of problems."""
    app.extensions[_KEY] = {}
    pages = Blueprint("docs", __name__, template_folder="ui")
    pages.add_url_rule("/api", "index", lambda: _page("index.html", sides=app.extensions[_KEY]))
    pages.add_url_rule("/api/_ui/<name>", "asset", _asset)
    pages.add_url_rule("/api/problemas", "problems", _problems)
    pages.add_url_rule("/api/problemas/<regla>", "problem", _problems)
    app.register_blueprint(pages)


def publish(app: Flask, side: str, prefix: str, spec: "APISpec") -> None:
    """Serve one side's document and the page that shows it."""
    app.extensions[_KEY][prefix] = spec.title
    page = Blueprint(f"{side}_docs", __name__)
    document: list[bytes] = []  # written at the first request: by then every noun is registered

    def openapi() -> Response:
        if not document:
            document.append(json.dumps(spec.to_dict(), ensure_ascii=False).encode())
        return _tagged(Response(document[0], mimetype="application/json"))

    page.add_url_rule(f"{prefix}/openapi.json", "openapi", openapi)
    shown = {"title": spec.title, "prefix": prefix, "session": "ecom" if side == "ecom" else "pos"}
    page.add_url_rule(f"{prefix}/docs", "page", lambda: _page("docs.html", **shown))
    app.register_blueprint(page)


def _page(template: str, **values: object) -> Response:
    response = Response(render_template(template, **values), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _CSP
    return _tagged(response)


def _tagged(response: Response) -> Response:
    response.set_etag(blake2b(response.get_data(), digest_size=12).hexdigest())
    response.headers["Cache-Control"] = "public, no-cache"
    return response.make_conditional(request)  # type: ignore[return-value]


def _asset(name: str) -> Response:
    if name not in _ASSETS:
        raise NotFound
    return send_from_directory(_ASSETS[name], name, max_age=_DAY)


def _problems(regla: str | None = None) -> Response:
    """Every rule and what it means, or one of them: a page for who reads, JSON for who asks for nothing else."""
    found = [rule for rule in rules() if regla in (None, rule.regla)]
    if not found:
        raise NotFound
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return _page("problemas.html", rules=found)
    rows = [{"title": rule.title, **rule._asdict()} for rule in found]
    return Response(json.dumps(rows, ensure_ascii=False), mimetype="application/json")
