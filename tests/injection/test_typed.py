"""SQL injection: statements typed into every text field of clients, products and invoices, and into their searches.

They are stored or refused as text; nobody becomes another, and nothing else changes.
"""

import itertools
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from daf_backend.http.exact import _Exact as Exact
from daf_backend.http.fields import Texto
from daf_backend.permisos import snapshot

from ..permisos import sample
from ..permisos.probe import routes

PAYLOADS = [
    "'; SET ROLE pos_datos; --",
    "'); SET SESSION AUTHORIZATION postgres; --",
    "x'||set_config('role','pos_datos',false)||'",
    "x'||set_config('daf.contexto','k.s.1.9999999999.1.0',false)||'",
    "'; DELETE FROM datos.cliente; --",
    "'; GRANT admin TO PUBLIC; --",
    "' UNION SELECT rolpassword FROM pg_authid; --",
    "%' OR '1'='1",
    "\\'; RESET SESSION AUTHORIZATION; --",
    "$$; ALTER ROLE ventas SUPERUSER; $$",
    '","{SET ROLE admin}',
    "p_x => $1); DROP TABLE datos.factura; --",
]
# Values that the rules accept, so that the other fields do not stand in the way of the one tried.
TRUE_TO_LIFE = {
    "cli_tipo_id": "EXTERIOR",
    "cli_mail": "a@b.ec",
    "um_venta": "UND",
    "prd_precio_venta": "1.00",
}
OURS = ("cli", "prd", "fac")
_serial = itertools.count(1)
ROUTES = [
    ("POST", "/cliente"), ("PUT", "/cliente/{cli_codigo}"), ("GET", "/cliente"), ("GET", "/cliente/search"),
    ("POST", "/producto"), ("PUT", "/producto/{prd_codigo}"), ("GET", "/producto"), ("GET", "/producto/search"),
    ("POST", "/factura"), ("PUT", "/factura/{fac_codigo}/anular"), ("GET", "/factura"),
]  # fmt: skip
# Rows that were there before, by code; settings; people; who belongs to what.
WORLD = """
    SELECT
        (SELECT md5(string_agg(c::text, '|' ORDER BY cli_codigo)) FROM datos.cliente AS c WHERE cli_codigo <= %s),
        (SELECT md5(string_agg(p::text, '|' ORDER BY prd_codigo)) FROM datos.producto AS p WHERE prd_codigo <= %s),
        (SELECT md5(string_agg(f::text, '|' ORDER BY fac_codigo)) FROM datos.factura AS f WHERE fac_codigo <= %s),
        (SELECT md5(string_agg(a::text, '|' ORDER BY aju_clave)) FROM datos.ajuste AS a),
        (SELECT count(*) FROM datos.usuario), (SELECT count(*) FROM pg_auth_members)"""
LAST = """
    SELECT (SELECT max(cli_codigo) FROM datos.cliente), coalesce((SELECT max(prd_codigo) FROM datos.producto), ''),
        coalesce((SELECT max(fac_codigo) FROM datos.factura), '')"""


@pytest.fixture
def headers(auth):
    """Who types: an administrator, who may write everything here."""
    return auth("admin")


@pytest.fixture
def world(servers, headers):
    """Everything the payloads aim at, as it is: permissions, roles, and the rows that were there before."""
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        last = conn.execute(LAST).fetchone()

        def look():
            return conn.execute(WORLD, last).fetchone(), snapshot.see(conn, "pos")

        yield look


@pytest.fixture
def codes(client, headers, world):
    """A client, a product and a draft of ours, made after the world was looked at."""
    made = {}
    for path, body in (
        ("cliente", {"cli_ruc_ced": f"INY{next(_serial)}", "cli_nombre": "Una", **TRUE_TO_LIFE}),
        ("producto", {"prd_nombre": "Una cosa", **TRUE_TO_LIFE}),
        ("factura", made),
    ):
        answer = client.post(f"/api/pos/{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        made |= {
            key: value for key, value in answer.json.items() if key.endswith("_codigo") and key[:3] in OURS
        }
    return made


def text_fields(schema) -> list[str]:
    fields = schema.load_fields.items() if schema else ()
    return [
        field.data_key or name
        for name, field in fields
        if isinstance(field, Texto) and not isinstance(field, Exact)
    ]


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[" ".join(route) for route in ROUTES])
def test_what_is_typed_is_stored_or_refused_as_text(app, headers, people, world, codes, who, method, path):
    contract = next(c for side, m, p, c in routes(app) if (side, m, p) == ("pos", method, path))
    before, accepted = world(), 0
    spots = [*text_fields(contract.takes), *text_fields(contract.query), *(["camino"] if "{" in path else [])]
    for field in spots:
        for payload in PAYLOADS:
            answer = typed(app, contract, method, path, headers, codes, field, payload)
            assert answer.status_code in (200, 201, 400, 404, 409, 422), answer.text
            assert stored_as_text(answer, field, payload), (field, payload, answer.text)
            accepted += answer.status_code < 300
    assert spots and accepted
    assert world() == before
    login = people.login("admin")
    assert set(who) == {(login, login, "none")}


def typed(app, contract, method, path, headers, codes, field, payload) -> Any:
    """One request with the payload in one place and something harmless in the others."""
    body = {**sample.body(contract.takes), **TRUE_TO_LIFE, "cli_codigo": codes["cli_codigo"]}
    body["cli_ruc_ced"] = f"INY{next(_serial)}"
    query, place = sample.body(contract.query), dict(codes)
    if field == "camino":
        place = dict.fromkeys(codes, quote(payload, safe=""))
    else:
        (query if method == "GET" else body)[field] = payload
    return app.test_client().open(
        "/api/pos" + path.format(**place),
        method=method, headers=headers, json=None if method == "GET" else body, query_string=query,
    )  # fmt: skip


def stored_as_text(answer, field, payload) -> bool:
    """Whether a field that came back says what was typed, letter by letter."""
    said = answer.get_json(silent=True) if answer.is_json else None
    if answer.status_code >= 300 or not isinstance(said, dict) or field not in said:
        return True
    return said[field] in (payload, payload.strip(), payload.upper())
