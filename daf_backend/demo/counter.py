"""The sale at the counter: a draft, a line, an approval, and what each leaves behind."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..db.batch import open_batch
from ..db.embedded import Servers
from .client import Client
from .narrator import Narrator

UNITS = 3


@dataclass(frozen=True)
class Sale:
    """An approved invoice of one line, and the stock around it."""

    factura: dict[str, Any]
    linea: dict[str, Any]
    before: Decimal
    after: Decimal


def stocked_product(seller: Client) -> dict[str, Any]:
    """Of the products with enough units, one that shows the most: general IVA and a promotion."""
    rows = seller.get("/api/pos/producto?page=1&limit=100")["data"]
    fit = [row for row in rows if row["prd_stock"] >= UNITS and row["prd_estado"] == "ACT"]
    if not fit:
        raise LookupError("no hay productos con existencia en este establecimiento")
    return max(fit, key=lambda row: (row["iva_codigo"] == "GEN", row["prd_promocion"]))


def some_client(seller: Client) -> str:
    """A client with a name: an anonymous sale has an upper limit."""
    rows = seller.get("/api/pos/cliente?page=1&limit=20")["data"]
    return str(next(row["cli_codigo"] for row in rows if row["cli_tipo_id"] != "FINAL"))


def sell(seller: Client, product: dict[str, Any], client: str, units: int = UNITS) -> Sale:
    """Draft, one line, approve."""
    code = product["prd_codigo"]
    draft = seller.post("/api/pos/factura", {"cli_codigo": client, "fac_descripcion": "Demostración"})
    line = {"fac_codigo": draft["fac_codigo"], "prd_codigo": code, "pxfa_cantidad": units}
    seller.post("/api/pos/factura/detalle", line)
    issued = seller.put(f"/api/pos/factura/{draft['fac_codigo']}/aprobar")
    after = seller.get(f"/api/pos/producto/{code}")["prd_stock"]
    return Sale(issued["factura"], issued["detalle"][0], Decimal(product["prd_stock"]), Decimal(after))


def tell_counter(voice: Narrator, base_url: str, servers: Servers, password: str) -> None:
    """The whole sale, with its figures and the rows it left in both ledgers."""
    voice.title("En el mostrador")
    seller = Client(base_url)
    me = seller.login("pos", "demo_ventas", password)["usuario"]
    voice.step(f"{me['nombre']} entra como demo_ventas: un usuario de PostgreSQL, con el rol ventas.")
    voice.figure("establecimiento", f"{me['establecimiento']}, punto de emisión {me['punto_emision']}")
    product = stocked_product(seller)
    voice.step(f"Producto {product['prd_codigo']}: {product['prd_nombre']}")
    voice.figure("precio y promoción", f"{product['prd_precio_venta']}, {product['prd_promocion']} %")
    sale = sell(seller, product, some_client(seller))
    seller.close()
    tell_invoice(voice, sale.factura, [sale.linea])
    voice.figure("existencia antes", sale.before)
    voice.check("existencia después", sale.after, sale.before - UNITS)
    tell_kardex(voice, base_url, password, sale.factura["fac_codigo"], sale.linea["prd_codigo"])
    tell_libro(voice, servers, password, sale.factura["fac_codigo"])


def tell_invoice(voice: Narrator, factura: dict[str, Any], lineas: list[dict[str, Any]]) -> None:
    """An issued invoice: its lines, and a total that is what its parts say."""
    voice.step(
        f"Factura {factura['fac_numero']} ({factura['fac_codigo']}) a {factura['cli_nombre']}: aprobada."
    )
    for linea in lineas:
        discount = f" - {linea['pxfa_descuento']}" if Decimal(linea["pxfa_descuento"]) else ""
        words = f"{linea['pxfa_cantidad']} x {linea['prd_precio_venta']}{discount} = {linea['pxfa_subtotal']}"
        voice.figure(linea["prd_nombre"], f"{words}, IVA {linea['iva_porcentaje']} %")
    net, tax = Decimal(factura["fac_subtotal"]), Decimal(factura["fac_iva"])
    voice.check("subtotal", net, sum((Decimal(linea["pxfa_subtotal"]) for linea in lineas), Decimal(0)))
    voice.figure("IVA", tax)
    voice.check("total", Decimal(factura["fac_total"]), net + tax)


def tell_kardex(voice: Narrator, base_url: str, password: str, document: str, product: str) -> None:
    """The movement that the invoice left in the ledger of goods, read by who may see cost."""
    keeper = Client(base_url)
    keeper.login("pos", "demo_adm_bodega", password)
    rows = keeper.get(f"/api/pos/kardex-producto/product/{product}?page=1&limit=20")["data"]
    keeper.close()
    row = next(row for row in rows if row["fac_codigo"] == document)
    voice.step("Kardex, leído por demo_adm_bodega (ventas no ve los costos):")
    moved = f"{row['trn_cod']} {row['trn_descripcion']}, bodega {row['bodega']}"
    cost = Decimal(row["costo_unitario"]).normalize()
    voice.figure(moved, f"-{row['krd_cantidad']}, saldo {row['saldo']}, costo unitario {cost}")


def tell_libro(voice: Narrator, servers: Servers, password: str, document: str) -> None:
    """The entry in the ledger of money. It has no route, so its reader connects to PostgreSQL directly."""
    with open_batch(servers.pos, "demo_contador", password, label="daf demo") as reader:
        entries = reader.call("asiento_listar", doc_tipo="FAC", doc_codigo=document)
    for entry in entries:
        voice.step(f"Libro, asiento {entry['asi_id']}: {entry['glosa']}")
        for line in entry["lineas"]:
            amount = Decimal(line["monto"])
            side = "debe " if amount > 0 else "haber"
            voice.figure(f"{line['clase']} {line['ref']}".strip(), f"{side} {abs(amount):>10}")
        voice.check("suma", sum((Decimal(line["monto"]) for line in entry["lineas"]), Decimal(0)), Decimal(0))
