"""A day at the till of the second branch, closed half a dollar short: a session, sales and a difference to show."""

import random
from decimal import Decimal

from ..db.batch import Batch
from . import data
from .drawer import BILLS, OPENING
from .shop import Shop
from .stock import at_second_branch

WAYS = ("EFECTIVO", "EFECTIVO", "TARJETA", "EFECTIVO", "TRANSFERENCIA")
SHORT = Decimal("0.50")


def work(shop: Shop) -> None:
    """Open, sell, take something out, count and close, as the cashier does."""
    if shop.count("demo_cajero", "venta_listar"):
        return
    with shop.acting("demo_cajero") as cashier:
        (box,) = (row["id"] for row in cashier.call("caja_listar")["data"])
        session = cashier.call("sesion_caja_abrir", caja=box, desglose=BILLS)["id"]
        cash = OPENING + _sell(cashier) - Decimal(5)
        cashier.call("caja_movimiento_crear", tipo="EGRESO", monto=5, motivo="Taxi al banco")
        cashier.call("sesion_caja_cerrar", id=session, monto_final_declarado=cash - SHORT, fondo=OPENING)
    shop.echo(f"  {len(WAYS)} ventas en caja, en una sesión cerrada a la que le faltan {SHORT}")


def _sell(cashier: Batch) -> Decimal:
    """A sale for each way of paying, the rest of it in cash; what came in in cash."""
    chance, cash = random.Random(data.SEED + 7), Decimal(0)
    stocked = at_second_branch(cashier)
    for way in WAYS:
        lines = {"prd_codigo": chance.sample(stocked, 2), "cantidad": [3, 3]}
        pays = {"metodo": ["EFECTIVO"], "monto": [None], "referencia": [""]}
        if way != "EFECTIVO":
            pays = {"metodo": [way, "EFECTIVO"], "monto": ["1.00", None], "referencia": ["000417", ""]}
        sold = cashier.call("venta_crear", **lines, **pays)
        cash += sum(Decimal(paid["monto"]) for paid in sold["pagos"] if paid["metodo"] == "EFECTIVO")
    return cash
