"""The sale online: a shopper who was nobody buys with a card, the order is invoiced, and a unit of it comes back."""

import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from ..db.embedded import Servers
from . import data
from .client import Client, Refused
from .counter import tell_invoice, tell_kardex, tell_libro
from .narrator import Narrator

EMAIL = "daniela@correo.example"
CARD = "4242424242424242"  # the embedded provider approves it; a real one has never heard of it
BASKET = (2, 1)  # units of the first product and of the second
PATIENCE = 20.0  # what the worker may take when the invoice was not issued at once


def tell_online(voice: Narrator, base_url: str, servers: Servers, password: str) -> None:
    """Browse, register, fill a cart, pay, and follow the order into the other database."""
    voice.title("En la tienda en línea")
    shopper = Client(base_url)
    products = _browse(voice, shopper)
    _enter(voice, shopper, password)
    cart = _fill(voice, shopper, products)
    before = _units(base_url, password, shopper, products)
    order = _pay(voice, shopper, cart)
    accountant = Client(base_url)
    accountant.login("pos", "demo_contador", password)
    document = accountant.get(f"/api/pos/factura/{order['fac_codigo']}")
    accountant.close()
    tell_invoice(voice, document["factura"], document["detalle"])
    voice.check("igual al pedido", Decimal(document["factura"]["fac_total"]), Decimal(order["ped_total"]))
    tell_kardex(voice, base_url, password, order["fac_codigo"], products[0]["codigo"])
    tell_libro(voice, servers, password, order["fac_codigo"])
    _tell_units(voice, products, before, _units(base_url, password, shopper, products))
    _give_back(voice, base_url, password, order, products[0]["codigo"])
    shopper.close()


def _browse(voice: Narrator, visitor: Client) -> list[dict[str, Any]]:
    """The catalogue as anybody sees it, and two products of it."""
    listing = visitor.get("/api/ecom/producto?page=1&limit=100")
    fit = [row for row in listing["data"] if row["stock"] >= max(BASKET)]
    if len(fit) < len(BASKET):
        raise LookupError("la tienda en línea no tiene unidades: publique productos con su cupo web")
    voice.step(f"Una visitante mira el catálogo: {listing['total']} productos publicados.")
    chosen = sorted(fit, key=lambda row: (row["promocion"], row["codigo"]), reverse=True)[: len(BASKET)]
    for row in chosen:
        voice.figure(row["nombre"][:26], f"{row['precio_final']} con IVA, quedan {row['stock']}")
    return chosen


def _enter(voice: Narrator, shopper: Client, password: str) -> None:
    """Register, or come back: the demonstration may be told twice."""
    number, name = data.comprador()
    account = {"email": EMAIL, "password": password, "cli_ruc_ced": number}
    with suppress(Refused):
        shopper.login("ecom", EMAIL, password)
        voice.step(f"{name} vuelve con su cuenta ({EMAIL}).")
        return
    shopper.post("/api/ecom/auth/register", {**account, "cliente": {"cli_nombre": name, "ct_codigo": "UIO"}})
    shopper.login("ecom", EMAIL, password)
    voice.step(f"{name} se registra con su cédula y entra ({EMAIL}).")


def _fill(voice: Narrator, shopper: Client, products: list[dict[str, Any]]) -> dict[str, Any]:
    """A new cart; what it says it costs."""
    shopper.send("DELETE", "/api/ecom/carrito")
    for product, units in zip(products, BASKET, strict=True):
        answer = shopper.post("/api/ecom/carrito", {"prd_codigo": product["codigo"], "cantidad": units})
    cart: dict[str, Any] = answer["carrito"]
    voice.step("El carrito:")
    voice.figure("subtotal", cart["subtotal"])
    voice.figure("IVA", cart["iva"])
    voice.figure("total", cart["total"])
    return cart


def _pay(voice: Narrator, shopper: Client, cart: dict[str, Any]) -> dict[str, Any]:
    """Check the card, pay, and wait for the invoice if it was not issued at once; the order."""
    brand = shopper.post("/api/ecom/pagos/validate", {"card_number": CARD})["marca"]
    paid = shopper.post("/api/ecom/pagos/checkout", {"card_number": CARD})
    voice.step(f"Paga con una tarjeta {brand} de prueba: pedido {paid['ped_codigo']}.")
    voice.check("cobrado", Decimal(paid["total"]), Decimal(cart["total"]))
    order = _invoiced(shopper, paid["ped_codigo"])
    voice.figure("estado del pedido", order["ped_estado"])
    return order


def _invoiced(shopper: Client, code: str) -> dict[str, Any]:
    return _until(shopper, code, lambda order: order["ped_estado"] == "FACTURADO")


def _until(client: Client, code: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """An order, once that holds of it."""
    give_up = time.monotonic() + PATIENCE
    while not holds(order := client.get(f"/api/ecom/pedido/{code}")):
        if time.monotonic() > give_up:
            raise TimeoutError(f"el pedido {code} sigue {order['ped_estado']}: ¿está vivo `daf worker`?")
        time.sleep(0.2)
    return dict(order)


Units = list[tuple[Decimal, Decimal]]


def _units(base_url: str, password: str, shopper: Client, products: list[dict[str, Any]]) -> Units:
    """For each product: what the shop may still sell, and what lies in the POS's own WEB location."""
    keeper = Client(base_url)
    keeper.login("pos", "demo_adm_bodega", password)
    units = [
        (
            Decimal(shopper.get(f"/api/ecom/producto/{row['codigo']}")["stock"]),
            Decimal(keeper.get(f"/api/pos/producto/{row['codigo']}")["prd_stock_web"]),
        )
        for row in products
    ]
    keeper.close()
    return units


def _tell_units(voice: Narrator, products: list[dict[str, Any]], before: Units, after: Units) -> None:
    """Both databases lost the same units, and say the same."""
    voice.step("El cupo web, en las dos bases de datos:")
    for product, sold, (shop_before, _), (shop, web) in zip(products, BASKET, before, after, strict=True):
        voice.check(f"{product['codigo']} en ECOM, de {shop_before} a", shop, shop_before - sold)
        voice.check(f"{product['codigo']} en la bodega WEB", web, shop)


def _give_back(voice: Narrator, base_url: str, password: str, order: dict[str, Any], product: str) -> None:
    """The order is sent, and a unit of it comes back: credited at the POS, refunded by the payment provider."""
    code = order["ped_codigo"]
    seller, accountant = Client(base_url), Client(base_url)
    seller.login("ecom", "demo_adm_ventas", password)
    accountant.login("pos", "demo_contador", password)
    seller.send("PATCH", f"/api/ecom/pedido/{code}/estado", {"estado": "ENVIADO", "observacion": "Guía 1234"})
    voice.step(f"El pedido {code} se envía, y una unidad de {product} vuelve.")
    lines = [{"prd_codigo": product, "cantidad": 1}]
    seller.post(f"/api/ecom/pedido/{code}/reembolso", {"lineas": lines, "motivo": "No le gustó"})
    (refund,) = _until(seller, code, lambda now: now["reembolsos"][0]["estado"] == "HECHO")["reembolsos"]
    (note,) = accountant.get(f"/api/pos/nota-credito?page=1&fac_codigo={order['fac_codigo']}")["data"]
    voice.figure("nota de crédito", note["ret_numero"])
    voice.check("devuelto por el proveedor", Decimal(refund["monto"]), Decimal(note["ret_total"]))
    seller.close()
    accountant.close()
