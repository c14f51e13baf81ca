"""The tasks of every screen of the two front-ends, done by a client as strict as a browser on a real deployment.

    python -m bench.walk

Prints a line per screen with what it found; ends with 1 at the first task that a browser could not have done.
"""

import time
from io import BytesIO
from typing import Any

from PIL import Image

from daf_backend.demo.ids import cedula, ruc_company

from .browser import Browser
from .harness import Stack, stack

TILL, SHOP = "http://localhost:5173", "http://localhost:5174"
CARD = "4242424242424242"


def main() -> None:
    """Walk all screens."""
    with stack(workers=2, demo=True, bridge=True) as s:
        till = Browser(s.base_url, TILL)
        made = counter(s, till)
        shop = Browser(s.base_url, SHOP)
        online(s, shop, made)
        s.doctor()
        print(
            f"{till.calls + shop.calls} requests, {till.preflights + shop.preflights} preflights, "
            "no redirect, nothing blocked; doctor clean"
        )


def counter(s: Stack, tab: Browser) -> dict[str, Any]:
    """The screens of the till."""
    answer = tab.send("POST", "/api/pos/login", {"usuario": "demo_admin", "contrasena": s.password})
    tab.token = answer["token"]
    assert answer["role"] == "admin" and answer["refresh_token"]
    access = tab.get("/api/pos/access/")["access"]
    assert all(access.values()), access
    told("ingreso y panel", f"{sum(access.values())} módulos")
    client = clients(tab)
    product = products(tab)
    supplier, material = buying(tab)
    recipes(tab, product, material)
    orders(tab, supplier, material)
    sales(tab, client, product)
    return {"product": product}


def clients(tab: Browser) -> str:
    """Create, edit, search, delete and bring back a client."""
    ruc = cedula(17, 700_001)
    made = tab.send(
        "POST", "/api/pos/clientes", {"cli_ruc_ced": ruc, "cli_nombre": "Ñusta Quispe", "cli_mail": ""}
    )
    code = made["cli_codigo"]
    assert (made["cli_telefono"], made["cli_mail"]) == ("", "")
    tab.send("PUT", f"/api/pos/cliente/{code}", {"cli_celular": "0991234567"})
    found = tab.get("/api/pos/cliente/search?name=quispe%20nusta")["data"]
    assert code in [row["cli_codigo"] for row in found]
    assert code in [row["cli_codigo"] for row in tab.get("/api/pos/cliente/type")]
    tab.send("DELETE", f"/api/pos/cliente/{code}")
    again = tab.send("POST", "/api/pos/cliente/", {"cli_ruc_ced": ruc, "cli_nombre": "Ñusta Quispe"}, (201,))
    assert again["cli_codigo"] == code
    bad = tab.send("POST", "/api/pos/cliente", {"cli_ruc_ced": "1710034066", "cli_nombre": "X"}, (422,))
    assert bad["message"] and "1710034066" not in str(bad)
    told("cliente", "crear, editar, buscar, borrar, recuperar; error legible con CORS")
    return code


def products(tab: Browser) -> str:
    """A product with its picture, priced and put on the web."""
    drawing = BytesIO()
    Image.new("RGB", (640, 480), "teal").save(drawing, "PNG")
    fields = {
        "prd_nombre": "Hamaca de algodón",
        "um_venta": "UND",
        "prd_precio_venta": "30",
        "prd_stock": "0",
    }
    made = tab.upload("POST", "/api/pos/producto", fields, drawing.getvalue())
    code = made["prd_codigo"]
    assert made["prd_img"].startswith("http") and tab.picture(made["prd_img"])
    tab.upload("PUT", f"/api/pos/producto/{code}", {"prd_desc_corta": "A mano"}, drawing.getvalue())
    assert code in [row["prd_codigo"] for row in tab.get("/api/pos/producto?page=1&search=hamaca")["data"]]
    assert tab.send("PUT", f"/api/pos/producto/{code}/precio", {"prd_promocion": 10})["prd_promocion"] == 10
    told("producto", "crear con imagen, cambiarla, buscar, promoción")
    return str(code)


def buying(tab: Browser) -> tuple[str, str]:
    """A supplier and a raw material."""
    supplier = tab.send(
        "POST",
        "/api/pos/proveedor",
        {
            "prv_razonsocial": "Hilandería Andina",
            "prv_ruc": next(filter(None, (ruc_company(17, n) for n in range(700_002, 700_020)))),
        },
    )["prv_codigo"]
    assert supplier in [
        row["prv_codigo"] for row in tab.get("/api/pos/proveedor/search?q=hilanderia")["data"]
    ]
    form = {
        "unidad_medida": "KG",
        "descripcion": "Hilo de algodón",
        "costo": "3.25",
        "cantidad": 0,
        "prioridad": "L",
    }
    material = tab.send("POST", "/api/pos/materiaprima", form)["mp_codigo"]
    tab.send("PUT", f"/api/pos/materiaprima/{material}", {"mp_descripcion": "Hilo de algodón crudo"})
    assert material in [row["mp_codigo"] for row in tab.get("/api/pos/materiaprima/type/")]
    told("proveedor y materia prima", "crear, editar, buscar")
    return supplier, material


def orders(tab: Browser, supplier: str, material: str) -> None:
    """An order: lines, approve, stock up. And both ledgers, and production."""
    code = tab.send("POST", "/api/pos/ordencompra", {"prv_codigo": supplier})["oc_codigo"]
    tab.send("POST", f"/api/pos/ordencompra/{code}/detalle", {"mp_codigo": material, "pxoc_cantidad": 50})
    done = tab.send("POST", f"/api/pos/ordencompra/{code}/aprobar")
    assert done["cabecera"]["oc_recepcion"] == "COMPLETA"
    assert tab.get(f"/api/pos/materiaprima/{material}")["mp_cantidad"] == 50
    assert code in [row["oc_codigo"] for row in tab.get("/api/pos/ordencompra?page=1&estado=APR")["data"]]
    rows = tab.get("/api/pos/kardexmp/search?name=hilo&page=1")["data"]
    assert (rows[0]["trn_cod"], rows[0]["oc_codigo"]) == ("COM", code)
    recipe = tab.get("/api/pos/estandar/search?name=hamaca&page=1")["data"][0]
    entry = {
        "prd_codigo": recipe["prd_codigo"],
        "trn_cod": "ESI",
        "krd_prd_cantidad": 12,
        "est_cod": recipe["est_cod"],
    }
    tab.send("POST", "/api/pos/kardexprod", entry)
    rows = tab.get(f"/api/pos/kardex-producto/product/{recipe['prd_codigo']}?page=1")["data"]
    assert (rows[0]["trn_descripcion"], rows[0]["saldo"]) == ("ENTRADA POR PRODUCCION", 12)
    assert tab.get(f"/api/pos/materiaprima/{material}")["mp_cantidad"] == 32
    told("orden de compra", f"líneas, aprobar ({done['cabecera']['oc_total']}), existencia +50")
    told("kardex de materiales y de productos", "compra, consumo, producción de 12")


def recipes(tab: Browser, product: str, material: str) -> None:
    """A recipe, approved."""
    code = tab.send("POST", "/api/pos/estandar", {"prd_codigo": product})["est_cod"]
    line = {"mp_codigo": material, "mxp_cantidad": "1.5"}
    tab.send("PUT", f"/api/pos/estandar/{code}/detalle", {"materiasprimas": [line]})
    assert tab.send("PUT", f"/api/pos/estandar/{code}/aprobar")["est_estado"] == "APR"
    told("estándar", "crear, materiales, aprobar")


def sales(tab: Browser, client: str, product: str) -> None:
    """An invoice: lines, edit, approve, stock down, annul, stock back."""
    code = tab.send("POST", "/api/pos/factura/factura", {"cli_codigo": client, "fac_total": 1})["fac_codigo"]
    line = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": "2"}
    pxfa = tab.send("POST", "/api/pos/factura/detalle", line)["detalle"][0]["pxfa_codigo"]
    tab.send("PUT", f"/api/pos/factura/detalle/{pxfa}", {"pxfa_cantidad": 3})
    assert tab.get(f"/api/pos/factura/{code}")["factura"]["factura"]["fac_codigo"] == code
    issued = tab.send("PUT", f"/api/pos/factura/{code}/aprobar")["factura"]
    assert tab.get(f"/api/pos/producto/{product}")["prd_stock"] == 9
    tab.send("PUT", f"/api/pos/factura/{code}/aprobar", expect=(409,))
    tab.send("PUT", f"/api/pos/factura/{code}/anular", {})
    assert tab.get(f"/api/pos/producto/{product}")["prd_stock"] == 12
    tab.send("PUT", f"/api/pos/producto/{product}/cupo-web", {"cantidad": 5}, (200, 202))
    told("factura", f"líneas, editar, emitir {issued['fac_numero']}, anular: 12 -> 9 -> 12")


def online(s: Stack, tab: Browser, made: dict[str, Any]) -> None:
    """The screens of the shop."""
    product = made["product"]
    row = wait(
        lambda: next((r for r in tab.get("/api/ecom/producto?q=hamaca&page=1")["data"] if r["stock"]), None)
    )
    assert row["id"] == product and tab.picture(row["imagen"])
    told("tienda: catálogo", f"{row['nombre']} con su imagen, {row['stock']} unidades, {row['precio_final']}")
    email, password, number = "nusta@correo.example", "clave-de-nusta-1", cedula(17, 700_003)
    assert tab.fetch("GET", f"/api/ecom/auth/client/{number}", expect=(404,)).json["message"]
    who = {"cli_nombre": "Ñusta", "ct_codigo": "UIO"}
    account = {"email": email, "password": password, "cli_ruc_ced": number}
    tab.send("POST", "/api/ecom/auth/register", {**account, "cliente": who}, (201,))
    tab.token = tab.send("POST", "/api/ecom/auth/login", {"email": email, "password": password})["token"]
    tab.send("POST", "/api/ecom/carrito", {"prd_codigo": product, "cantidad": 1})
    tab.send("PUT", "/api/ecom/carrito/detalle", {"prd_codigo": product, "cantidad": 2})
    cart = tab.get("/api/ecom/carrito?page=1")
    assert cart["detalles"][0]["cantidad"] == 2
    assert tab.send("POST", "/api/ecom/pagos/validate", {"card_number": CARD})["valid"] is True
    paid = tab.send("POST", "/api/ecom/pagos/checkout", {"card_number": CARD}, (201, 202))
    order = tab.get(f"/api/ecom/pedido/{paid['ped_codigo']}")
    told(
        "tienda: registro, carrito y pago",
        f"{paid['ped_codigo']} por {paid['total']}, factura {paid['fac_codigo']}",
    )
    me = tab.get("/api/ecom/auth/me")
    assert me["usr_email"] == email and order["ped_codigo"] == paid["ped_codigo"]
    tab.send("PUT", "/api/ecom/auth/password", {"password": "otra-clave-de-nusta-2"})
    busy = tab.fetch("DELETE", "/api/ecom/auth", expect=(200, 409))
    told(
        "tienda: perfil, clave, baja",
        "con un pedido en curso responde 409" if busy.status == 409 else "cuenta eliminada",
    )
    leave(tab)


def leave(tab: Browser) -> None:
    """A second account without orders goes away, and its token with it."""
    tab.token = ""
    account = {
        "email": "otra@correo.example",
        "password": "clave-de-otra-1",
        "cli_ruc_ced": cedula(17, 700_004),
    }
    who = {"cli_nombre": "Otra", "ct_codigo": "UIO"}
    tab.send("POST", "/api/ecom/auth/register", {**account, "cliente": who}, (201,))
    tab.token = tab.send(
        "POST", "/api/ecom/auth/login", {"email": account["email"], "password": account["password"]}
    )["token"]
    tab.fetch("DELETE", "/api/ecom/auth", expect=(200,))
    tab.fetch("GET", "/api/ecom/auth/me", expect=(401,))
    told("tienda: eliminar la cuenta", "sin pedidos se elimina, y su token muere")


def wait(look: Any, seconds: float = 20) -> Any:
    """What a look finds, as soon as it finds something."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError("it never came")


def told(screen: str, what: str) -> None:
    """One line per screen."""
    print(f"  ✓ {screen}: {what}", flush=True)


if __name__ == "__main__":
    main()
