"""Products over HTTP: the contract, the picture, and who gets which status."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from .acts import cedula

URL = "/api/pos/producto"


def picture(color: str = "red") -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (32, 32), color).save(out, "PNG")
    out.seek(0)
    return out


def form(**extra):
    return {"prd_nombre": "Con foto", "prd_precio_venta": "1.25", "um_venta": "UND", **extra}


@pytest.fixture
def stored(settings):
    """The names of the picture files there are."""
    folder = Path(settings.uploads) / "images"
    return lambda: {path.name for path in folder.glob("*")} if folder.exists() else set()


@pytest.fixture
def served(client):
    """The status a picture's address answers."""

    def status(url: str) -> int:
        with client.get(url) as answer:
            return answer.status_code

    return status


@pytest.fixture
def create(client, auth):
    def make(**extra):
        answer = client.post(URL, headers=auth("bodega"), json=form(**extra))
        assert answer.status_code == 201, answer.text
        return answer.json

    return make


def test_la_imagen_se_guarda_se_sirve_y_se_reemplaza(client, auth, stored, served):
    headers, before = auth("bodega"), stored()
    made = client.post(URL, headers=headers, data=form(prd_stock="3", prd_img=(picture(), "foto.png")))
    assert made.status_code == 201, made.text
    assert made.json["prd_stock"] == 3
    old = made.json["prd_img"]
    assert old.startswith("http://")
    assert served(old) == 200
    assert len(stored() - before) == 2  # the picture and its thumbnail

    url = f"{URL}/{made.json['prd_codigo']}"
    kept = client.put(url, headers=headers, data={"prd_nombre": "Sin tocar la foto", "prd_img": old})
    assert (kept.status_code, kept.json["prd_img"]) == (200, old)

    changed = client.put(url, headers=headers, data={"prd_img": (picture("blue"), "otra.png")})
    assert changed.status_code == 200
    assert changed.json["prd_img"] != old
    assert served(changed.json["prd_img"]) == 200
    assert served(old) == 404
    assert len(stored() - before) == 2


@pytest.mark.parametrize(
    ("who", "change", "status"),
    [("bodega", {"um_venta": "XXX"}, 409), ("bodega", {"prd_nombre": ""}, 400), ("ventas", {}, 403)],
)
def test_lo_que_se_rechaza_no_deja_imagen(client, auth, stored, who, change, status):
    before = stored()
    answer = client.post(URL, headers=auth(who), data=form(**change, prd_img=(picture(), "foto.png")))
    assert answer.status_code == status, answer.text
    assert stored() == before


def test_un_cambio_rechazado_conserva_la_imagen(client, auth, stored, served):
    headers = auth("bodega")
    made = client.post(URL, headers=headers, data=form(prd_img=(picture(), "foto.png"))).json
    before = stored()
    data = {"prd_precio_venta": "9", "prd_img": (picture("blue"), "otra.png")}
    refused = client.put(f"{URL}/{made['prd_codigo']}", headers=headers, data=data)
    assert (refused.status_code, refused.json["regla"]) == (403, "precio_reservado")
    assert stored() == before
    assert served(made["prd_img"]) == 200


def test_el_dinero_es_texto_y_la_cantidad_numero(client, auth, create):
    made = create(
        prd_precio_venta=2, prd_stock=1.5, prd_promocion="12.5", prd_stock_minimo="2", um_venta="KG"
    )
    assert made["prd_precio_venta"] == "2.00"
    assert (made["prd_stock"], made["prd_promocion"], made["prd_stock_minimo"]) == (1.5, 12.5, 2)
    for bad in (
        {"prd_precio_venta": "1.255"},
        {"prd_precio_venta": "-1"},
        {"prd_stock": "1.2345"},
        {"prd_promocion": 101},
    ):
        answer = client.post(URL, headers=auth("bodega"), json=form(**bad))
        assert (answer.status_code, bool(answer.json["errors"])) == (400, True), bad


def test_las_rutas_de_lectura(client, auth, create):
    code = create(prd_nombre="Únicamente HTTP", prd_codigo_barras=f"H{cedula()}")["prd_codigo"]
    headers = auth("ventas")
    one = client.get(f"{URL}/{code}", headers=headers).json
    assert one["prd_codigo"] == code
    by_code = client.get(f"{URL}?barras={one['prd_codigo_barras']}", headers=headers).json
    assert by_code["data"] == [one]
    found = client.get(f"{URL}/search?name=unicamente http", headers=headers).json
    assert code in [p["prd_codigo"] for p in found["data"]]
    options = client.get(f"{URL}/type", headers=headers).json
    assert set(options[0]) < set(one)
    listed = client.get(URL, headers=headers)
    assert set(listed.json["data"][0]) == set(options[0])
    again = client.get(URL, headers={**headers, "If-None-Match": listed.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(f"{URL}?page=1&limit=1", headers=headers).json["limit"] == 1


def test_el_kardex_del_producto(client, auth, create):
    code = create(prd_stock=7)["prd_codigo"]
    rows = client.get(f"{URL}/{code}/kardex", headers=auth("bodega")).json["data"]
    assert [(r["trn_cod"], r["krd_prd_cantidad"], r["saldo"]) for r in rows] == [("INI", 7, 7)]
    assert "costo_unitario" not in rows[0]
    seen = client.get(f"{URL}/{code}/kardex?page=1", headers=auth("contador")).json["data"]
    assert "costo_unitario" in seen[0]
    assert client.get(f"{URL}/{code}/kardex", headers=auth("ventas")).status_code == 403


def test_el_precio_tiene_su_ruta(client, auth, create):
    url = f"{URL}/{create()['prd_codigo']}/precio"
    assert client.put(url, headers=auth("bodega"), json={"prd_precio_venta": 2}).status_code == 403
    priced = client.put(url, headers=auth("adm_ventas"), json={"prd_precio_venta": 2, "prd_promocion": 10})
    assert (priced.json["prd_precio_venta"], priced.json["prd_promocion"]) == ("2.00", 10)


def test_eliminar_desactiva(client, auth, create):
    code = create()["prd_codigo"]
    assert client.delete(f"{URL}/{code}", headers=auth("bodega")).status_code == 403
    gone = client.delete(f"{URL}/{code}", headers=auth("adm_bodega"))
    assert (gone.status_code, gone.json["prd_estado"]) == (200, "INA")
    assert client.delete(f"{URL}/{code}", headers=auth("adm_bodega")).json["regla"] == "producto_activo"
    assert client.get(f"{URL}/{code}", headers=auth("ventas")).json["prd_estado"] == "INA"
