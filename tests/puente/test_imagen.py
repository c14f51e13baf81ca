"""A product's picture reaches the shop by its whole address; files nobody names go, if both sides could be asked."""

import os
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from daf_backend.http.files import GRACE_SECONDS
from daf_backend.puente import catalogo, imagen

from ..conftest import PASSWORD
from .conftest import Bridge
from .test_worker import until, working

ORPHAN = "0" * 32 + ".png"


@pytest.fixture
def folder(bridge: Bridge) -> Path:
    """The pictures of this deployment, old enough to be swept."""
    return Path(bridge.settings.uploads) / "images"


@pytest.fixture
def photographed(bridge: Bridge, folder: Path):
    """A new product with a picture, sent over HTTP; its code, and the names of its files."""

    def make() -> tuple[str, set[str]]:
        before, client = names(folder), bridge.app.test_client()
        login = bridge.staff("bodega").login
        token = client.post("/api/pos/auth/login", json={"user": login, "password": PASSWORD}).json["token"]
        out = BytesIO()
        Image.new("RGB", (40, 30), "green").save(out, "PNG")
        out.seek(0)
        data = {"prd_nombre": "Con foto", "prd_precio_venta": "2", "um_venta": "UND"}
        data["prd_img"] = (out, "foto.png")
        made = client.post("/api/pos/producto", data=data, headers={"Authorization": f"Bearer {token}"})
        assert made.status_code == 201, made.text
        catalogo.barrer(bridge.sides)
        return made.json["prd_codigo"], names(folder) - before

    return make


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*")}


def orphan(folder: Path) -> Path:
    """A picture that no row names; and every file there is so old that no request can still mean it."""
    path, old = folder / ORPHAN, time.time() - GRACE_SECONDS - 10
    path.write_bytes(b"x")
    for file in folder.iterdir():
        os.utime(file, (old, old))
    return path


def test_la_tienda_muestra_la_imagen_por_su_direccion_completa(bridge, photographed):
    product, _ = photographed()
    client = bridge.app.test_client()
    shown = client.get(f"/api/ecom/producto/{product}", base_url="http://tienda.ec:8080").json["imagen"]
    assert shown.startswith("http://tienda.ec:8080/images/")
    with client.get(shown) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/png")


def test_se_barre_lo_que_ningun_lado_nombra(bridge, folder, photographed):
    product, files = photographed()
    left = orphan(folder)
    assert imagen.barrer(bridge.sides, bridge.settings) == 1
    assert not left.exists()
    assert files <= names(folder)

    # The shop has not heard yet that the picture changed: it still shows the old one.
    bridge.pos.conn.execute("UPDATE datos.producto SET prd_img = NULL WHERE prd_codigo = %s", (product,))
    assert imagen.barrer(bridge.sides, bridge.settings) == 0
    bridge.shop.conn.execute("UPDATE datos.producto SET prd_img = NULL WHERE prd_codigo = %s", (product,))
    assert imagen.barrer(bridge.sides, bridge.settings) == 2
    assert not files & names(folder)


def test_con_un_lado_caido_no_se_barre_nada(bridge, folder, photographed):
    photographed()
    left = orphan(folder)
    for side in ("pos", "ecom"):
        with bridge.away(side), pytest.raises(Exception, match=r".*"):
            imagen.barrer(bridge.sides, bridge.settings)
        assert left.exists()


def test_el_trabajador_barre_por_si_mismo(bridge, folder, photographed):
    _, files = photographed()
    left = orphan(folder)
    with working(bridge, uploads=str(bridge.settings.uploads)):
        until(lambda: not left.exists())
    assert files <= names(folder)
