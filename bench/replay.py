"""Real tills: every product of a real chain imported, real baskets sold through the API by eight tills at
once, and what the database holds at the end compared with figures computed apart from it, in Decimal.

    python -m bench.replay [--baskets 2000] [--tills 8] [--seed 20260101]
"""

import argparse
import csv
import json
import subprocess
import sys
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

from . import tills
from .harness import ROOT, Stack, environment, stack
from .selling import Outcome, sell_all

SPARE = 5
SCARCE = 5
IVA = Decimal("0.15")  # class GEN, the default, since 2024-04-01
CENT = Decimal("0.01")

Stock = dict[int, int]

PRODUCTS = "SELECT prd_codigo_barras::int, prd_codigo FROM datos.producto WHERE prd_codigo_barras IS NOT NULL"
STOCK = """
    SELECT p.prd_codigo_barras::int, e.exi_cantidad
    FROM datos.producto AS p JOIN datos.existencia AS e ON e.itm_codigo = p.prd_codigo
    WHERE p.prd_codigo_barras IS NOT NULL
"""
SOLD = """
    SELECT p.prd_codigo_barras::int, sum(k.krd_cantidad)
    FROM datos.kardex AS k JOIN datos.producto AS p ON p.prd_codigo = k.itm_codigo
    WHERE k.trn_cod = 'VEN' GROUP BY 1
"""
REVENUE = """
    SELECT
        count(*), sum(fac_subtotal), sum(fac_iva), sum(fac_total),
        count(DISTINCT fac_numero), max(fac_secuencial)
    FROM datos.factura WHERE fac_estado = 'APR'
"""
BOOKED = """
    SELECT -sum(l.monto) FROM datos.asiento_linea AS l JOIN datos.cuenta AS c USING (cta_id)
    WHERE c.clase = 'VENTAS'
"""


def main() -> None:
    """Run it and print the figures; a disagreement is an AssertionError."""
    arguments = _arguments()
    real = tills.load(arguments.baskets, arguments.seed)
    scarce = _scarce(real)
    opening = _opening(real, scarce)
    print(
        f"seed {arguments.seed}: {len(real.names):,} products,"
        f" {len(real.baskets):,} baskets out of {real.lines:,} till lines"
    )
    with stack(workers=arguments.workers) as shop:
        _import(shop, real, opening)
        codes = dict(shop.query("pos", PRODUCTS))
        outcome = sell_all(shop, real.baskets, codes, shop.staff("ventas", arguments.tills))
        _tell(outcome)
        _compare_goods(shop, opening, outcome)
        _compare_money(shop, real, outcome)
        _compare_refusals(real, scarce, opening, outcome)
        print(f"everything agrees; {shop.doctor()} invariants of the doctor hold")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.replay")
    parser.add_argument("--baskets", type=int, default=2000)
    parser.add_argument("--tills", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20260101)
    return parser.parse_args()


def _scarce(real: tills.Tills) -> list[int]:
    """Products that will run out: the most wanted of those sold by the unit.

    No two of them share a basket, so that each is refused for its own sake.
    """
    chosen: list[int] = []
    for product, _ in Counter(product for basket in real.baskets for product in basket).most_common():
        baskets = [basket for basket in real.baskets if product in basket]
        few = max(basket[product] for basket in baskets) <= 4
        apart = not any(other in basket for basket in baskets for other in chosen)
        if few and apart:
            chosen.append(product)
        if len(chosen) == SCARCE:
            break
    return chosen


def _opening(real: tills.Tills, scarce: list[int]) -> Stock:
    """What every basket needs and some more; half of it for the scarce ones."""
    needed: Counter[int] = Counter()
    for basket in real.baskets:
        needed.update(basket)
    return {
        product: needed[product] // 2 if product in scarce else needed[product] + SPARE
        for product in real.names
    }


def _import(shop: Stack, real: tills.Tills, opening: Stock) -> None:
    """The CSV import, as a user would, in a process of its own so that its peak memory is its own."""
    path = shop.settings.home / "productos.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            ("prd_codigo_barras", "prd_nombre", "um_venta", "prd_precio_venta", "prd_costo", "prd_stock")
        )
        for product, name in real.names.items():
            price = real.prices[product]
            cost = (price * Decimal("0.7")).quantize(CENT)
            writer.writerow((product, name, "UND", price, cost, opening[product]))
    command = [sys.executable, "-m", "bench.importing", str(path)]
    done = subprocess.run(command, cwd=ROOT, env=environment(shop.settings), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["created"] == len(real.names), f"{told}\n{done.stderr[-2000:]}"
    rate = told["created"] / told["seconds"]
    print(
        f"import: {told['created']:,} rows, {told['seconds']:.1f} s, {rate:,.0f} rows/s,"
        f" peak {told['peak_mb']:.0f} MB"
    )


def _tell(outcome: Outcome) -> None:
    count, seconds = len(outcome.issued), outcome.seconds
    lines = sum(len(basket) for basket in outcome.issued.values())
    print(
        f"sales: {count:,} invoices of {lines:,} lines in {seconds:.1f} s, {count / seconds:,.1f} invoices/s"
        f" ({outcome.requests / seconds:,.0f} requests/s);"
        f" {len(outcome.refused)} refused, {outcome.busy} times asked to retry"
    )


def _compare_goods(shop: Stack, opening: Stock, outcome: Outcome) -> None:
    """Sold and left, of every product, by the invoices that the tills were told are issued."""
    sold: Counter[int] = Counter()
    for basket in outcome.issued.values():
        sold.update(basket)
    in_kardex = {product: Decimal(quantity) for product, quantity in shop.query("pos", SOLD)}
    _same(
        "units sold per product",
        in_kardex,
        {product: Decimal(quantity) for product, quantity in sold.items()},
    )
    left = {product: Decimal(quantity) for product, quantity in shop.query("pos", STOCK)}
    expected = {product: Decimal(quantity - sold[product]) for product, quantity in opening.items()}
    _same(
        "units left per product",
        left,
        expected | {p: Decimal(0) for p in opening if p not in left and not expected[p]},
    )
    print(
        f"goods: {sum(sold.values()):,} units sold, {sum(expected.values()):,} left,"
        f" of {len(expected):,} products"
    )


def _compare_money(shop: Stack, real: tills.Tills, outcome: Outcome) -> None:
    """Revenue, tax and totals, invoice by invoice, against documents and ledger; numbers without a gap."""
    subtotal = iva = Decimal(0)
    for basket in outcome.issued.values():
        net = sum((real.prices[product] * quantity for product, quantity in basket.items()), Decimal(0))
        subtotal += net
        iva += (net * IVA).quantize(CENT, ROUND_HALF_UP)
    count = len(outcome.issued)
    (found,) = shop.query("pos", REVENUE)
    _same(
        "invoices, revenue, tax, total, numbers", found, (count, subtotal, iva, subtotal + iva, count, count)
    )
    ((booked,),) = shop.query("pos", BOOKED)
    _same("revenue in the ledger", booked, subtotal)
    print(f"money: {subtotal:,} + {iva:,} IVA = {subtotal + iva:,}, in the documents and in the ledger")


def _compare_refusals(real: tills.Tills, scarce: list[int], opening: Stock, outcome: Outcome) -> None:
    """Every refusal is for a product that ran out, and each of those was refused."""
    refused: Counter[int] = Counter()
    for rule, basket in outcome.refused:
        _same("the rule of a refusal", rule, "existencia_insuficiente")
        short = [product for product in scarce if product in basket]
        _same("scarce products in a refused basket", len(short), 1)
        refused.update(short)
    for product in scarce:
        sold = sum(basket.get(product, 0) for basket in outcome.issued.values())
        assert refused[product], f"{real.names[product]} was never refused"
        print(
            f"  ran out: {real.names[product]}: {sold} of {opening[product]} sold,"
            f" {refused[product]} sales refused"
        )


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(
            f"{what}: the database says {str(found)[:300]}, computed here {str(expected)[:300]}"
        )


if __name__ == "__main__":
    main()
