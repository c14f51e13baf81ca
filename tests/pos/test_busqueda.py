"""Search at the POS forgives one typing error a word; what is corrected, what never is, and who may ask."""

import string
from decimal import Decimal

import pytest

from tests.conftest import as_login

from .acts import cedula, ruc_company

WORD = "quimbolito"


def mistyped(word: str) -> set[str]:
    """Every way of hitting one key too few, too many, wrong, or two in the wrong order."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    letters = string.ascii_lowercase
    fewer = {a + b[1:] for a, b in cuts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    wrong = {a + c + b[1:] for a, b in cuts if b for c in letters}
    more = {a + c + b for a, b in cuts for c in letters}
    return (fewer | swapped | wrong | more) - {word}


@pytest.fixture
def como(pos, people):
    """Be a role for the length of a ``with``."""
    return lambda role: as_login(pos, people.login(role))


@pytest.fixture
def product(como):
    """Add a product as the stockroom; its code."""

    def make(name: str, **more) -> str:
        with como("bodega") as act:
            row = act("producto_crear", prd_nombre=name, prd_precio_venta=Decimal(1), um_venta="UND", **more)
            return row["prd_codigo"]

    return make


@pytest.fixture
def found(como):
    """The codes of the products a salesperson finds."""

    def search(text: str) -> list[str]:
        with como("ventas") as act:
            return [row["prd_codigo"] for row in act("producto_buscar", search=text)["data"]]

    return search


def test_cualquier_error_de_una_tecla_se_perdona(pos, product):
    product(f"{WORD.title()} dulce")
    typed = sorted(text for text in mistyped(WORD) if text not in WORD)  # a part of it is found as it is
    assert len(typed) > 500
    read = pos.execute(
        "SELECT t, privado.texto_corregir('producto', t) FROM unnest(%s::text[]) AS t", (typed,)
    )
    assert {t: w for t, w in read if w != WORD} == {}


@pytest.mark.parametrize(
    "typed",
    ["Quimbolitos dulce", "DULSE quimvolito", "dulce qiumbolito", "quimboliot", "quimbólitto azcar"],
)
def test_las_palabras_van_en_cualquier_orden_y_con_un_error_cada_una(product, found, typed):
    code = product("Quimbolito dulce con azúcar")
    product("Queso dulce con azúcar")
    assert found(typed) == [code]


def test_lo_que_esta_se_encuentra_sin_corregir(product, found):
    near, exact = product("Quimbolita grande"), product("Quimbolito grande")
    assert found("quimbolito") == [exact]
    assert found("quimbol") == [near, exact]


def test_por_codigo_y_por_barras_y_una_cifra_nunca_se_corrige(product, found):
    code = product("Por código", prd_codigo_barras="7861234500017")
    product("Por otro código", prd_codigo_barras="7861234500024")
    assert found("7861234500017") == found(code.lower()) == found("codigo 7861234500017") == [code]
    assert found("7861234500018") == []
    assert found("codgo 7861234500017") == [code]


def test_lo_que_no_se_parece_a_nada_no_encuentra_nada(product, found):
    product("Quimbolito dulce")
    assert found("xwyzxwyz") == found("quimbolito xwyzxwyz") == []


def test_un_nombre_nuevo_se_aprende(como, product, found):
    code = product("Zarandaja seca")
    with como("bodega") as act:
        act("producto_actualizar", prd_codigo=code, prd_nombre="Chochomote seco")
    assert found("chochomtoe") == [code]


def test_los_comodines_se_leen_como_letras(product, found):
    product("Quimbolito dulce")
    for typed in ("%%%", "quimb_lito%", "_______", "\\"):
        assert found(typed) == [], typed


def test_clientes_proveedores_y_materias_tambien_perdonan(como):
    with como("adm_ventas") as act:
        client = act("cliente_crear", cli_ruc_ced=cedula(), cli_nombre="Guadalupe Zhunaula")["cli_codigo"]
        for text in ("zhunuala guadalupe", "Guadaluppe", "zhunaul"):
            assert [c["cli_codigo"] for c in act("cliente_buscar", search=text)["data"]] == [client], text
    with como("compras") as act:
        supplier = act("proveedor_crear", prv_ruc=ruc_company(), prv_razonsocial="Chirimoyas Andinas")
        rows = act("proveedor_listar", page=1, search="chirimoias")["data"]
        assert [p["prv_codigo"] for p in rows] == [supplier["prv_codigo"]]
    with como("adm_bodega") as act:
        item = act("materiaprima_crear", mp_descripcion="Panela granulada", um_compra="KG")
        rows = act("materiaprima_listar", page=1, search="panela granualda")["data"]
        assert [m["mp_codigo"] for m in rows] == [item["mp_codigo"]]


def test_las_palabras_de_una_tabla_las_conoce_quien_la_lee(pos, como):
    with como("adm_ventas") as act:
        act("cliente_crear", cli_ruc_ced=cedula(), cli_nombre="Guadalupe Zhunaula")
    ask = "SELECT privado.texto_corregir('cliente', 'zhunuala')"
    for role, read in (("ventas", "zhunaula"), ("bodega", "zhunuala")):
        with como(role):
            assert pos.execute(ask).fetchone() == (read,)


def test_por_http_el_error_tambien_se_perdona(client, auth):
    headers = auth("bodega")
    made = client.post(
        "/api/pos/producto",
        headers=headers,
        json={"prd_nombre": "Quinuazo HTTP", "prd_precio_venta": 1, "um_venta": "UND"},
    ).json
    rows = client.get("/api/pos/producto/search?name=qinuazo", headers=auth("ventas")).json
    assert [row["prd_codigo"] for row in rows["data"]] == [made["prd_codigo"]]
    assert (rows["total"], rows["totalPages"]) == (1, 1)
