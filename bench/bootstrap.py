"""Twenty operators begin at once with the one token: one company, one administrator, nineteen refusals.

    python -m bench.bootstrap

Each round is an empty deployment with two worker processes and twenty connections that send at the same moment, each
with another administrator. Then the one who won logs in with what they sent, enters a product and sells it.
"""

import threading
from collections import Counter
from typing import Any

from daf_backend.db.bootstrap import offer
from daf_backend.demo.client import Client, Refused

from .harness import Stack, stack

ROUNDS, OPERATORS = 3, 20
PASSWORD = "Primera-clave-9"
COUNT = """
    SELECT (SELECT count(*) FROM datos.empresa), (SELECT count(*) FROM datos.usuario),
        (SELECT count(*) FROM pg_auth_members WHERE roleid = 'admin'::regrole)
"""


def begin(
    shop: Stack, token: str, number: int, start: threading.Barrier, found: list[tuple[int, Any]]
) -> None:
    """What one operator sends; the status, and the answer of who won."""
    client = Client(shop.base_url)
    body = {
        "token": token,
        "empresa": {"ruc": "1790012345001", "razon_social": f"Comercial {number} S. A."},
        "admin": {
            "email": f"persona{number}@nueva.example", "password": PASSWORD, "nombres": "Ana", "p_apellido": "Pérez",
        },
    }  # fmt: skip
    client.send("GET", "/api/v1/health/live")  # the connection is there before the race
    start.wait()
    try:
        found.append((201, client.post("/api/v1/bootstrap", body)))
    except Refused as refusal:
        found.append((refusal.status, refusal.rule))


def sell(shop: Stack, login: str) -> str:
    """The new administrator's first sale; its legal number."""
    client = Client(shop.base_url)
    client.login("pos", login, PASSWORD)
    product = client.post("/api/pos/producto", {
        "prd_nombre": "Arroz", "um_venta": "UND", "prd_precio_venta": "1.00", "prd_stock": 5, "prd_costo": "0.50",
    })["prd_codigo"]  # fmt: skip
    final = next(c for c in client.get("/api/pos/cliente")["data"] if c["cli_ruc_ced"] == "9999999999999")
    sale = client.post("/api/pos/factura", {"cli_codigo": final["cli_codigo"]})["fac_codigo"]
    client.post("/api/pos/factura/detalle", {"fac_codigo": sale, "prd_codigo": product, "pxfa_cantidad": 2})
    return str(client.put(f"/api/pos/factura/{sale}/aprobar")["factura"]["fac_numero"])


def race(shop: Stack) -> None:
    """One round; raise if anything of it is not as promised."""
    offer(shop.servers, shop.settings)
    token = (shop.settings.home / "keys" / "arranque").read_text("ascii")
    start, found = threading.Barrier(OPERATORS), list[tuple[int, Any]]()
    threads = [
        threading.Thread(target=begin, args=(shop, token, number, start, found))
        for number in range(OPERATORS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = Counter(status for status, _ in found)
    rows = shop.query("pos", COUNT)[0]
    login = next((answer["login"] for status, answer in found if status == 201), "")
    number = sell(shop, login) if login else "nobody began"
    print(
        f"{dict(statuses)}; companies, people, administrators: {rows}; {login} sold {number}; "
        f"{shop.doctor()} invariants hold", flush=True,
    )  # fmt: skip
    if statuses != {201: 1, 409: OPERATORS - 1} or rows != (1, 1, 1) or number != "001-001-000000001":
        raise AssertionError("a promise does not hold")


def run() -> None:
    """Every round."""
    for _ in range(ROUNDS):
        with stack(workers=2, empty=True) as shop:
            race(shop)


if __name__ == "__main__":
    run()
