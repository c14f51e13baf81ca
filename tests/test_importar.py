"""A product list is read exactly, judged by PostgreSQL under the importer's grants, kept whole or not."""

import csv
import io
import itertools
from decimal import Decimal

import pytest

from daf_backend.errors import Problem
from daf_backend.importar import importar_productos
from daf_backend.importar.reader import ImportFailed, ProductReader
from tests.conftest import PASSWORD

_serial = itertools.count(1)


def read(text, encoding="utf-8"):
    """The rows and the faults of a file of that text."""
    source = io.TextIOWrapper(io.BytesIO(text.encode(encoding)), encoding="utf-8-sig", newline="")
    chunks = list(ProductReader(source).chunks(size=2))
    return [row for rows, _ in chunks for row in rows], [fault for _, faults in chunks for fault in faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_se_lee_con_o_sin_bom_con_coma_o_punto_y_coma(encoding, separator):
    text = f"prd_nombre{separator}prd_precio_venta\r\nPiña{separator}1.50\r\n"
    rows, faults = read(text, encoding)
    assert not faults
    assert rows[0].cells == {"nombres": "Piña", "precio": Decimal("1.50")}


def test_una_hoja_con_punto_y_coma_escribe_coma_decimal():
    rows, faults = read("prd_nombre;prd_precio_venta;prd_stock\nPan;1,25;0,125\n")
    assert not faults
    assert (rows[0].cells["precio"], rows[0].cells["stock"]) == (Decimal("1.25"), Decimal("0.125"))


@pytest.mark.parametrize(
    "number", ["1.234", "1,5", "1e3", "NaN", "Infinity", "0x1", "12 34", "$1", "--1", "1.", "½", "1" * 13]
)
def test_un_precio_que_no_es_exacto_es_una_fila_mala(number):
    rows, faults = read(f'prd_nombre,prd_precio_venta\nPan,"{number}"\nLeche,0.95\n')
    assert [row.fila for row in rows] == [3]
    assert [(fault.fila, fault.regla) for fault in faults] == [(2, "numero_invalido")]


def test_una_celda_vacia_no_se_envia_y_una_fila_vacia_no_cuenta():
    rows, faults = read("prd_nombre,prd_precio_venta,prd_stock\n\nPan,1.00,\n,,\n")
    assert not faults
    assert [(row.fila, row.cells["stock"]) for row in rows] == [(3, None)]


def test_los_saltos_de_linea_dentro_de_una_celda_no_corren_la_cuenta():
    rows, _ = read('prd_nombre,prd_desc_larga,prd_precio_venta\nPan,"uno\ndos",1\nLeche,,2\n')
    assert [row.fila for row in rows] == [2, 3]


@pytest.mark.parametrize(
    "row, rule",
    [
        ("Pan,1,2", "fila_columnas"),
        ("Pan", "fila_columnas"),
        (",1", "campo_obligatorio"),
        ("P\0n,1", "texto_invalido"),
    ],
)
def test_una_fila_mal_formada_se_nombra(row, rule):
    _, faults = read(f"prd_nombre,prd_precio_venta\nBien,1\n{row}\n")
    assert [(fault.fila, fault.regla) for fault in faults] == [(3, rule)]


@pytest.mark.parametrize(
    "header, words",
    [
        ("prd_nombre,prd_precio_venta,prd_cost", "desconocidas: prd_cost"),
        ("prd_nombre,prd_stock", "faltan: prd_precio_venta"),
        ("prd_nombre,prd_nombre,prd_precio_venta", "repetidas: prd_nombre"),
        ("", "faltan"),
    ],
)
def test_una_cabecera_equivocada_se_rechaza_entera(header, words):
    with pytest.raises(ImportFailed, match=words):
        read(f"{header}\nx,1\n")


def test_un_archivo_que_no_es_utf8_se_rechaza():
    with pytest.raises(ImportFailed, match="UTF-8"):
        read("prd_nombre,prd_precio_venta\nPiña,1\n", "latin-1")


@pytest.fixture
def importer(settings, staff, tmp_path):
    """Import rows as a new login of a role: what came of it, and every line that was told."""

    def run(rows, role="admin"):
        path = tmp_path / "lista.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        told = []
        result = importar_productos(settings, staff(role), PASSWORD, path, told.append)
        return result, told

    return run


def product(**changes):
    """A good row with a name and a barcode of its own."""
    number = next(_serial)
    fields = {
        "prd_codigo_barras": f"IMP{number}",
        "prd_nombre": f"Importado {number}",
        "prd_precio_venta": "2.50",
    }
    return {**fields, "um_venta": "UND", "prd_stock": "10", "prd_costo": "1.50", **changes}


def stored(pos, rows):
    """Name, price, stock and value of those rows, as the database has them."""
    return pos.execute(
        "SELECT p.prd_nombre, p.prd_precio_venta, e.exi_cantidad, e.exi_valor FROM datos.producto AS p"
        " LEFT JOIN datos.existencia AS e ON e.itm_codigo = p.prd_codigo"
        " WHERE p.prd_codigo_barras = ANY (%s) ORDER BY p.prd_codigo",
        ([row["prd_codigo_barras"] for row in rows],),
    ).fetchall()


def test_importa_cada_fila_con_su_existencia_inicial(importer, pos):
    rows = [product(prd_precio_venta=f"{n}.05", prd_stock="2.5") for n in range(1, 4)]
    result, told = importer(rows)
    assert (result.read, result.created, result.rejected, result.report) == (3, 3, 0, None)
    assert stored(pos, rows) == [
        (row["prd_nombre"], Decimal(row["prd_precio_venta"]), Decimal("2.5"), Decimal("3.75")) for row in rows
    ]
    assert "3 productos" in told[-1]


def test_la_existencia_inicial_queda_a_nombre_de_quien_importa(importer, pos):
    rows = [product()]
    importer(rows)
    moves = pos.execute(
        "SELECT k.trn_cod, k.usr_id, k.request_id FROM datos.kardex AS k"
        " JOIN datos.producto AS p ON p.prd_codigo = k.itm_codigo WHERE p.prd_codigo_barras = %s",
        (rows[0]["prd_codigo_barras"],),
    ).fetchall()
    assert [(code, who.startswith("t_admin_")) for code, who, _ in moves] == [("INI", True)]


def test_una_fila_mala_no_deja_nada_y_todas_las_malas_se_informan(importer, pos):
    rows = [product() for _ in range(1_003)]
    rows[4]["prd_nombre"] = "x" * 61
    rows[500]["prd_precio_venta"] = "1.999"
    rows[1_001]["prd_codigo_barras"] = rows[0]["prd_codigo_barras"]  # of another call, a thousand rows before
    rows[1_002]["prd_promocion"] = ""
    for row in rows:
        row.setdefault("prd_promocion", "101" if row is rows[7] else "0")
    result, told = importer(rows)
    assert (result.read, result.created, result.rejected) == (1_003, 0, 4)
    assert stored(pos, rows) == []
    with result.report.open(encoding="utf-8", newline="") as report:
        found = [(int(row["fila"]), row["regla"]) for row in csv.DictReader(report)]
    assert found == [
        (6, "producto_nombre_largo"),
        (9, "producto_promocion_porcentaje"),
        (502, "numero_invalido"),
        (1_003, "producto_barras_unico"),
    ]
    assert any("4 de 1,003" in line for line in told)


def test_quien_no_puede_crear_productos_no_los_importa(importer, pos):
    rows = [product()]
    with pytest.raises(Problem) as refusal:
        importer(rows, role="ventas")
    assert refusal.value.status == 403
    assert stored(pos, rows) == []


def test_una_clave_equivocada_es_401(settings, staff, tmp_path):
    path = tmp_path / "lista.csv"
    path.write_text("prd_nombre,prd_precio_venta\nPan,1\n")
    with pytest.raises(Problem) as refusal:
        importar_productos(settings, staff("bodega"), "otra-clave", path, lambda line: None)
    assert refusal.value.status == 401
