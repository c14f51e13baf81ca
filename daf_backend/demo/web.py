"""Units for the online shop: one product in eight gets a quota, and the bridge takes it across."""

from ..db.runtime import Runtime
from ..puente import catalogo, cupo
from ..puente.sides import Sides
from .shop import Shop

EVERY = 8
UNITS = 12


def assign(shop: Shop) -> None:
    """Ask for the units as who runs the stockrooms; then do the bridge's part, as its worker would."""
    with shop.acting("demo_adm_bodega") as keeper:
        codes = sorted(row["prd_codigo"] for row in keeper.call("producto_listar")["data"])
        chosen = [code for code in codes if code.startswith("PRD")][::EVERY]
        for code in chosen:
            keeper.call("cupo_web_pedir", prd_codigo=code, cantidad=UNITS)
    runtime = Runtime(shop.settings)
    try:
        sides = Sides(runtime)
        catalogo.barrer(sides)
        while cupo.barrer(sides):
            pass
    finally:
        runtime.close()
    shop.echo(f"  {len(chosen)} productos con {UNITS} unidades para la tienda en línea")
