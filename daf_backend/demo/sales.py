"""A few past sales, so that no list of the demo is empty: two branches, every state an invoice can have."""

import random
from typing import Any

from ..db.batch import Batch
from . import data
from .shop import Shop
from .stock import at_second_branch

COUNTERS = (("demo_ventas", 9), ("demo_adm_ventas", 4))
WORDS = ("", "Compra de la semana", "Pedido por teléfono", "Consumo de oficina")


def sell(shop: Shop) -> None:
    """Approve some invoices at each branch, leave one as a draft and annul one."""
    chance = random.Random(data.SEED + 3)
    approved, last = 0, ""
    for login, sales in COUNTERS:
        with shop.acting(login) as seller:
            clients = [row["cli_codigo"] for row in seller.call("cliente_listar")["data"]][1:]
            stocked = at_second_branch(seller)
            for _ in range(sales):
                last = _draft(seller, chance, chance.choice(clients), stocked)
                seller.call("factura_aprobar", fac_codigo=last)
                approved += 1
            _draft(seller, chance, chance.choice(clients), stocked)
    with shop.acting("demo_adm_ventas") as manager:
        manager.call("factura_anular", fac_codigo=last, motivo="El cliente desistió de la compra")
    shop.echo(f"  {approved} facturas aprobadas, una anulada y {len(COUNTERS)} en borrador")


def _draft(seller: Batch, chance: random.Random, client: str, products: list[str]) -> Any:
    """A draft of two to four different products."""
    code = seller.call("factura_crear", cli_codigo=client, fac_descripcion=chance.choice(WORDS))["fac_codigo"]
    for product in chance.sample(products, chance.randint(2, 4)):
        line = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": chance.randint(1, 4)}
        seller.call("factura_detalle_crear", **line)
    return code
