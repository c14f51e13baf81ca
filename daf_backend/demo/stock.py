"""The goods of the demo: the product list through the CSV import, and opening stock at the second branch."""

import csv
import random
import tempfile
from io import BytesIO
from pathlib import Path

from flask import Flask
from werkzeug.datastructures import FileStorage

from ..db.batch import Batch
from ..http.files import init_files, save_image
from ..importar import importar_productos
from . import data
from .pictures import picture
from .shop import Shop

SECOND_BRANCH_EVERY = 3  # one product in three is also kept at the second branch


def stock(shop: Shop) -> None:
    """Draw the pictures and import the list as the administrator, who works at the first branch."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "productos.csv"
        _with_pictures(shop, path)
        importar_productos(
            shop.settings, "demo_admin", shop.password, path, lambda line: shop.echo(f"  {line}")
        )
    _second_branch(shop)


def _with_pictures(shop: Shop, path: Path) -> None:
    """The packaged list and one column more: the names its pictures got in the uploads folder."""
    uploads = Flask(__name__)
    init_files(uploads, shop.settings)
    with path.open("w", encoding="utf-8", newline="") as out, uploads.app_context():
        writer = csv.writer(out)
        writer.writerow((*data.Producto._fields, "prd_img"))
        for product in data.productos():
            writer.writerow((*product, save_image(FileStorage(BytesIO(picture(product))))))


def at_second_branch(anybody: Batch) -> list[str]:
    """The products that both branches keep."""
    codes = sorted(row["prd_codigo"] for row in anybody.call("producto_listar")["data"])
    return [code for code in codes if code.startswith("PRD")][::SECOND_BRANCH_EVERY]


def _second_branch(shop: Shop) -> None:
    """Opening entries of the second branch, at what the first one's cost, by who runs the stockrooms."""
    chance = random.Random(data.SEED + 4)
    bodega = data.LUGARES[1][2]
    with shop.acting("demo_adm_bodega") as keeper:
        chosen = at_second_branch(keeper)
        for code in chosen:
            keeper.call(
                "kardex_producto_crear",
                prd_codigo=code,
                trn_cod="INI",
                krd_prd_cantidad=chance.randrange(12, 97, 6),
                krd_razon="Apertura de la sucursal",
                bodega=bodega,
            )
    shop.echo(f"  {len(chosen)} productos también en {data.LUGARES[1][1]}")
