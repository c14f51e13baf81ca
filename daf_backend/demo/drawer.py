"""The till's drawer: opened with a count, a sale in cash, closed with a count nobody prompted."""

from decimal import Decimal
from typing import Any

from .client import Client, Refused
from .counter import some_client, stocked_product
from .narrator import Narrator

BILLS = {"20": 2, "5": 1, "1": 4, "0.25": 4}  # what the cashier counts into the drawer
OPENING = sum((Decimal(value) * pieces for value, pieces in BILLS.items()), Decimal(0))


def tell_drawer(voice: Narrator, base_url: str, password: str) -> None:
    """A session from opening to Z. Says so and leaves it where somebody is at work."""
    voice.title("En la caja")
    cashier = Client(base_url)
    me = cashier.login("pos", "demo_cajero", password)["usuario"]
    register = _free_register(cashier)
    if register is None:
        voice.step("Hay alguien trabajando en la caja: no se abre otra sesión.")
        return cashier.close()
    opened = cashier.post("/api/pos/caja/abrir", {"caja": register["id"], "desglose": BILLS})
    voice.step(
        f"{me['nombre']} abre {register['nombre']} con {opened['monto_inicial']}, contado por denominación."
    )
    sold = _sell(cashier)
    paid = sold["pagos"][0]
    voice.step(f"Vende en un solo acto: factura {sold['factura']['fac_numero']}.")
    voice.figure("recibe y da de cambio", f"{paid['recibido']}, {sold['cambio']}")
    blind = cashier.get("/api/pos/caja/balance")
    voice.figure("esperado, para el cajero", blind["monto_esperado"] or "no se le dice")
    due = OPENING + Decimal(paid["monto"])
    tell_close(voice, cashier, opened["id"], due)
    return cashier.close()


def tell_close(voice: Narrator, cashier: Client, session: int, count: Decimal) -> None:
    """The close, and what its Z says."""
    body = {"monto_final_declarado": count, "fondo": OPENING}
    z = cashier.send("PATCH", f"/api/pos/caja/sesion/{session}/cerrar", body)
    voice.step(
        f"Cuenta {z['sesion']['monto_final_declarado']} y cierra: reporte Z {z['sesion']['numero_z']}."
    )
    voice.check("esperado", Decimal(z["monto_esperado"]), count)
    voice.figure("diferencia", f"{z['sesion']['diferencia']}, {z['sesion']['cuadre']}")
    voice.figure("fondo que queda", z["sesion"]["fondo"])


def _free_register(cashier: Client) -> dict[str, Any] | None:
    """A register nobody has open, if the cashier has none open either."""
    try:
        cashier.get("/api/pos/caja/sesion-activa")
    except Refused as refusal:
        if refusal.rule == "sin_sesion_caja":
            rows = cashier.get("/api/pos/caja")["data"]
            return next((row for row in rows if row["sesion"] is None), None)
        raise
    return None


def _sell(cashier: Client) -> dict[str, Any]:
    """One unit of something in stock, paid with whole bills: more than its price."""
    product = stocked_product(cashier)
    cash = {"metodo": "EFECTIVO", "monto": 5 * (Decimal(product["prd_precio_venta"]) * 2 // 5 + 1)}
    line = {"prd_codigo": product["prd_codigo"], "cantidad": 1}
    sale = {"cli_codigo": some_client(cashier), "lineas": [line], "pagos": [cash]}
    sold: dict[str, Any] = cashier.post("/api/pos/venta", sale)
    return sold
