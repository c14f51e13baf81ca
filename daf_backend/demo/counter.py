"""A sale at the counter, step by step over HTTP."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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
    """A product with IVA and a promotion if there is one, and enough units to sell some."""
    rows = seller.get("/api/pos/producto?page=1&limit=100")["data"]
    fit = [row for row in rows if Decimal(str(row["prd_stock"])) >= UNITS]
    if not fit:
        raise LookupError("no hay productos con existencia en este establecimiento")
    return max(fit, key=lambda row: (row["iva_codigo"] == "GEN", Decimal(str(row["prd_promocion"]))))


def some_client(seller: Client) -> str:
    """A client with a name: an anonymous sale has an upper limit."""
    rows = seller.get("/api/pos/cliente?page=1&limit=20")["data"]
    return next(row["cli_codigo"] for row in rows if row["cli_tipo_id"] != "FINAL")


def sell(seller: Client, product: dict[str, Any], client: str, units: int = UNITS) -> Sale:
    """Draft, one line, approve."""
    code = product["prd_codigo"]
    draft = seller.post("/api/pos/factura", {"cli_codigo": client, "fac_descripcion": "Demostración"})
    line = {"fac_codigo": draft["fac_codigo"], "prd_codigo": code, "pxfa_cantidad": units}
    seller.post("/api/pos/factura/detalle", line)
    issued = seller.put(f"/api/pos/factura/{draft['fac_codigo']}/aprobar")
    after = seller.get(f"/api/pos/producto/{code}")["prd_stock"]
    return Sale(
        factura=issued["factura"],
        linea=issued["detalle"][0],
        before=Decimal(str(product["prd_stock"])),
        after=Decimal(str(after)),
    )


def tell_sale(voice: Narrator, sale: Sale) -> None:
    """The figures of an approved invoice."""
    factura, linea = sale.factura, sale.linea
    voice.step(
        f"Factura {factura['fac_numero']} aprobada ({factura['fac_codigo']}) a {factura['cli_nombre']}."
    )
    voice.figure("producto", linea["prd_nombre"])
    voice.figure("cantidad x precio", f"{linea['pxfa_cantidad']} x {linea['prd_precio_venta']}")
    voice.figure("descuento", linea["pxfa_descuento"])
    voice.figure("subtotal", factura["fac_subtotal"])
    voice.figure(f"IVA {linea['iva_porcentaje']} %", factura["fac_iva"])
    voice.check(
        "total",
        Decimal(factura["fac_total"]),
        Decimal(factura["fac_subtotal"]) + Decimal(factura["fac_iva"]),
    )
    voice.figure("stock antes", sale.before)
    voice.check("stock después", sale.after, sale.before - Decimal(str(linea["pxfa_cantidad"])))
