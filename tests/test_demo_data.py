"""The demo shop is believable and valid: what it says can be checked by others' rules, not only by ours."""

import io
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest
from PIL import Image
from stdnum import ean
from stdnum.ec import ci, ruc

from daf_backend.demo import data
from daf_backend.demo.ids import cedula, ruc_company
from daf_backend.demo.pictures import SIZE, picture
from daf_backend.importar.reader import COLUMNS, ProductReader, open_list

PRODUCTOS = list(data.productos())
CLIENTES = list(data.clientes())


def test_hay_trescientos_productos_en_doce_categorias():
    per_category = Counter(product.cat_codigo for product in PRODUCTOS)
    assert len(PRODUCTOS) >= 300
    assert set(per_category) == set(data.CATEGORIAS) and len(per_category) == 12


def test_la_lista_del_paquete_es_la_que_sale_del_surtido():
    written = io.StringIO()
    data.write_productos(written)
    assert data.PRODUCTOS_CSV.read_text("utf-8") == written.getvalue()


def test_la_lista_del_paquete_se_lee_sin_errores():
    with open_list(data.PRODUCTOS_CSV) as text:
        chunks = list(ProductReader(text).chunks())
    assert sum(len(rows) for rows, _ in chunks) == len(PRODUCTOS)
    assert not any(faults for _, faults in chunks)
    assert set(data.Producto._fields) <= set(COLUMNS)


def test_los_codigos_de_barras_son_ean13_unicos_de_uso_interno():
    codes = [product.prd_codigo_barras for product in PRODUCTOS]
    assert all(ean.is_valid(code) and len(code) == 13 and code.startswith("2") for code in codes)
    assert len(set(codes)) == len(codes)


def test_los_textos_caben_y_los_nombres_no_se_repiten():
    names = [product.prd_nombre for product in PRODUCTOS]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 60
    assert max(len(product.prd_desc_corta) for product in PRODUCTOS) <= 60
    assert max(len(product.prd_desc_larga) for product in PRODUCTOS) <= 255


def test_todo_se_vende_por_mas_de_lo_que_cuesta():
    assert all(0 < Decimal(product.prd_costo) < Decimal(product.prd_precio_venta) for product in PRODUCTOS)


def test_hay_promociones_y_tres_clases_de_iva():
    assert 20 <= sum(product.prd_promocion != "0" for product in PRODUCTOS) <= 80
    assert {product.iva_codigo for product in PRODUCTOS} == {"GEN", "CER", "RED"}


def test_las_identificaciones_son_validas_segun_otra_biblioteca():
    numbers = [client.cli_ruc_ced for client in CLIENTES]
    for number in (*numbers, data.comprador()[0], data.empresa_ruc()):
        assert (ci if len(number) == 10 else ruc).is_valid(number), number
    assert len({client.cli_ruc_ced for client in CLIENTES}) == len(CLIENTES) == 60
    assert data.comprador()[0] not in {client.cli_ruc_ced for client in CLIENTES}


@pytest.mark.parametrize("province, serial", [(0, 1), (25, 1), (17, 6_000_000)])
def test_una_cedula_imposible_no_se_inventa(province, serial):
    with pytest.raises(ValueError, match="no cédula"):
        cedula(province, serial)


def test_algun_ruc_de_empresa_no_existe():
    assert None in {ruc_company(17, serial) for serial in range(100_000, 100_100)}


def test_hay_una_persona_por_rol():
    people = list(data.personal())
    assert [person.login for person in people] == [f"demo_{rol}" for rol in data.ROLES]
    assert len(people) == 11
    assert {person.establecimiento for person in people} == {"001", "002"}


def test_los_cuadros_son_pequenos_iguales_cada_vez_y_distintos_entre_si():
    drawn = [picture(product) for product in PRODUCTOS[::27]]
    assert drawn == [picture(product) for product in PRODUCTOS[::27]]
    assert all(one != other for one, other in pairwise(drawn))
    assert max(map(len, drawn)) < 12_000
    image = Image.open(io.BytesIO(drawn[0]))
    assert image.format == "JPEG" and image.size == (SIZE, SIZE)
