"""What identifies, calls and reaches a client, over generated cases: check digits as python-stdnum has them, types
inferred and named, telephones and e-mails, in SQL and over HTTP.
"""

import re
import secrets

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.ec import ci, ruc

from tests.conftest import as_login

URL = "/api/pos/cliente"
TRIES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PROVINCES = [f"{n:02d}" for n in range(1, 25)] + ["30", "50"]
FOREIGN = re.compile(r"[A-Za-z0-9-]{1,20}")


def mod11(weights: list[int], body: str) -> str | None:
    """The check digit that makes the weighted sum a multiple of 11; none where it would be 10."""
    check = -sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11
    return None if check == 10 else str(check)


@st.composite
def cedulas(draw) -> str:
    body = draw(st.sampled_from(PROVINCES)) + draw(st.from_regex(r"\A[0-5][0-9]{6}\Z"))
    return body + luhn.calc_check_digit(body)


@st.composite
def rucs(draw) -> str:
    """A valid RUC: of a person, of a public body, of a private company."""
    kind = draw(st.sampled_from("npj"))
    branch = draw(st.integers(1, 999))
    if kind == "n":
        return f"{draw(cedulas())}{branch:03d}"
    province = draw(st.sampled_from(PROVINCES))
    if kind == "p":
        weights, digits, third, width = [3, 2, 7, 6, 5, 4, 3, 2], 5, "6", 4
    else:
        weights, digits, third, width = [4, 3, 2, 7, 6, 5, 4, 3, 2], 6, "9", 3
    bodies = st.integers(0, 10**digits - 1).map(lambda n: f"{province}{third}{n:0{digits}d}")
    body = draw(bodies.filter(lambda b: mod11(weights, b) is not None))
    return f"{body}{mod11(weights, body)}{branch:0{width}d}"


def changed(number: str, place: int, by: int) -> str:
    """The number with one figure another."""
    place %= len(number)
    return number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]


def valid(pos, kind: str, *numbers: str) -> list[bool]:
    query = "SELECT array_agg(privado.identificacion_valida(%s, n) ORDER BY i) FROM unnest(%s::text[])"
    row = pos.execute(query + " WITH ORDINALITY AS u (n, i)", (kind, list(numbers))).fetchone()
    return row[0]


@TRIES
@given(cedulas(), st.integers(0, 9), st.integers(1, 9))
def test_una_cedula_vale_y_con_una_cifra_cambiada_no(pos, number, place, by):
    wrong = changed(number, place, by)
    assert ci.is_valid(number)
    assert valid(pos, "CEDULA", number, wrong) == [True, ci.is_valid(wrong)] == [True, False]


@TRIES
@given(rucs(), st.integers(0, 12), st.integers(1, 9))
def test_un_ruc_vale_lo_que_dice_stdnum_y_sus_cifras_tambien(pos, number, place, by):
    wrong = changed(number, place, by)
    assert ruc.is_valid(number)
    assert valid(pos, "RUC", number, wrong) == [True, ruc.is_valid(wrong)]


@TRIES
@given(st.from_regex(r"\A[0-9]{9,14}\Z"))
def test_cualquier_numero_se_juzga_como_stdnum(pos, number):
    assert valid(pos, "CEDULA", number) == [ci.is_valid(number)]
    assert valid(pos, "RUC", number) == [ruc.is_valid(number)]


@TRIES
@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=25))
def test_un_documento_extranjero_son_hasta_veinte_letras_o_cifras(pos, text):
    for kind in ("EXTERIOR", "PASAPORTE"):
        assert valid(pos, kind, text) == [bool(FOREIGN.fullmatch(text))]


@TRIES
@given(st.one_of(cedulas(), rucs(), st.from_regex(r"\A[0-9A-Z-]{1,20}\Z"), st.just("9999999999999")))
def test_sin_tipo_lo_dicen_las_cifras_y_uno_dicho_manda(pos, text):
    digits = len(text) if text.isdigit() else 0
    said = {10: "CEDULA", 13: "FINAL" if text == "9" * 13 else "RUC"}.get(digits, "EXTERIOR")
    query = "SELECT privado.cliente_tipo(%s, NULL), privado.cliente_tipo(%s, ''), privado.cliente_tipo(%s, 'PASAPORTE')"
    assert pos.execute(query, (text, text, text)).fetchone() == (said, said, "PASAPORTE")


# A Bolivian NIT is 7 to 12 figures, sometimes as many as a cédula has (never a valid one, by its third, so that this
# test does not depend on chance): then only the type tells.
@pytest.mark.parametrize("nit", ["1020703", "1097030230", "102070302355", "4567890-LP"])
def test_un_nit_boliviano_es_del_exterior(client, auth, nit):
    nit = nit[:-2] + f"{secrets.randbelow(100):02d}" if nit.isdigit() else f"{secrets.token_hex(3)}-LP"
    body = {"cli_ruc_ced": nit, "cli_nombre": "Comercial Illimani"}
    made = client.post(URL, headers=auth("ventas"), json={**body, "cli_tipo_id": "EXTERIOR"})
    assert (made.status_code, made.json["cli_tipo_id"]) == (201, "EXTERIOR"), made.text
    for kind, rule in (("CEDULA", "cliente_cedula_valida"), ("RUC", "cliente_ruc_valido")):
        answer = client.post(URL, headers=auth("ventas"), json={**body, "cli_tipo_id": kind})
        assert (answer.status_code, answer.json["regla"]) == (422, rule)
        assert nit not in answer.json["message"]


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("cli_telefono", ["", "022456789", "0", "9" * 10], ["02-245", "+593", "9" * 11, "x", "\uff10\uff12"]),
        ("cli_celular", ["", "0991234567"], ["09912345678", "099 123 456", "099a"]),
        (
            "cli_mail",
            ["", "ana@correo.ec", "a.b+c@x.y.co", "n@correo.ec"],
            ["ana", "@correo.ec", "ana@", "ana@correo", "a b@correo.ec", "ana@correo.", "ana@@correo.ec",
             f"{'a' * 120}@correo.ec"],
        ),
    ],
)  # fmt: skip
def test_telefonos_y_correos_por_http_y_por_sql(client, auth, pos, people, field, good, bad):
    headers = auth("ventas")
    code = client.post(
        URL, headers=headers, json={"cli_ruc_ced": f"PA{secrets.token_hex(6)}", "cli_nombre": "Ana"}
    ).json["cli_codigo"]
    for text in good:
        answer = client.put(f"{URL}/{code}", headers=headers, json={field: text})
        assert (answer.status_code, answer.json[field]) == (200, text), answer.text
    for text in bad:
        answer = client.put(f"{URL}/{code}", headers=headers, json={field: text})
        assert answer.status_code in (400, 422), (text, answer.text)
        assert answer.json["message"] or answer.json["errors"]
        with as_login(pos, people.login("ventas")) as act, pytest.raises(psycopg.errors.CheckViolation):
            act("cliente_actualizar", cli_codigo=code, **{field: text})
    assert client.get(f"{URL}/{code}", headers=headers).json[field] == good[-1]
