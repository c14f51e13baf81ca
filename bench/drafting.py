"""New documents for `bench.fuzz`: what a request names was made just now, and can still be changed.

A request invented from the documents rarely finds an order that waits for goods or a session that is open; what a path
wants is made, by an administrator or by the caller whose it must be, and its numbers are what the request says.
"""

import itertools
import random
import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from daf_backend.demo.client import Client, Refused

from .fuzzing import Pond

# Acts on what was issued; the others are on drafts.
ISSUED = re.compile(r"/(anular|nota-credito|devolucion|recepcion|cerrar)$")
# Acts that want an open session of the caller's own.
AT_A_TILL = re.compile(
    r"/(venta|caja/(balance|reporte|movimiento|sesion)|prestamo|compra)|/(cobrar|pagar|retirar|anular|resolver|devolucion)$"
)
_serial = itertools.count(1)


class Drafts:
    """Makes the documents that requests name."""

    def __init__(self, admin: Client, own: Callable[[str], Client], role: str, pond: Pond) -> None:
        self.admin, self.own, self.role, self.pond = admin, own, role, pond
        self.chance: random.Random = pond.chance
        self._makers: dict[str, Callable[[str], Any]] = {
            "fac_codigo": self._invoice,
            "pxfa_codigo": self._invoice,
            "oc_codigo": self._order,
            "tra_codigo": self._transfer,
            "cnt_codigo": self._count,
            "est_cod": self._recipe,
            "trn_cod": self._kind,
            "cxc_codigo": self._debt,
            "descuadre": self._difference,
            "prestamo": self._advance,
            "venta": self._observed,
        }

    def make(self, side: str, names: set[str], path: str) -> Any:
        """What the request wants, if it can be made: names and numbers."""
        if side == "ecom":
            return self._online(names, path) if self.role == "comprador" else None
        made = self._open() if AT_A_TILL.search(path) and self.role in ("admin", "cajero") else None
        kind = next((name for name in self._makers if name in names), None)
        return self._makers[kind](path) if kind else made

    def _one(self, name: str) -> Any:
        return self.chance.choice(self.pond.seen[name] or [""])

    def _goods(self) -> dict[str, Any]:
        """A line of something, with stock."""
        name = self.chance.choice(["mp_codigo", "prd_codigo"])
        code = self._one(name)
        more = {"krd_cantidad": 5, "trn_cod": "AJU", "krd_razon": "Conteo", name: code}
        self.admin.post("/api/pos/kardexmp" if name == "mp_codigo" else "/api/pos/kardex-producto", more)
        return {name: code, "cantidad": 2}

    def _invoice(self, path: str) -> Any:
        if "/venta/" in path:
            line = {"prd_codigo": self._one("prd_codigo"), "cantidad": 1}
            return self.own("pos").post("/api/pos/venta", {"lineas": [line]})
        code = self.admin.post("/api/pos/factura", {"cli_codigo": "CLI0000002"})["fac_codigo"]
        line = {"fac_codigo": code, "prd_codigo": self._one("prd_codigo"), "pxfa_cantidad": 2}
        made = self.admin.post("/api/pos/factura/detalle", line)
        return self.admin.put(f"/api/pos/factura/{code}/aprobar") if ISSUED.search(path) else made

    def _order(self, path: str) -> Any:
        code = self.admin.post("/api/pos/ordencompra", {"prv_codigo": self._one("prv_codigo")})["oc_codigo"]
        line = {"mp_codigo": self._one("mp_codigo"), "pxoc_cantidad": 3}
        made = self.admin.post(f"/api/pos/ordencompra/{code}/detalle", line)
        return self.admin.post(f"/api/pos/ordencompra/{code}/aprobar") if ISSUED.search(path) else made

    def _transfer(self, path: str) -> Any:
        destinations = self.admin.get("/api/pos/transferencia/type")
        places = [place["bod_codigo"] for place in destinations if place["bod_codigo"] != "B001"]
        sent = {"bodega_destino": self.chance.choice(places or [""]), "lineas": [self._goods()]}
        return self.admin.post("/api/pos/transferencia", sent)

    def _count(self, path: str) -> Any:
        line = self._goods()
        items = [value for name, value in line.items() if name != "cantidad"]
        code = self.admin.post("/api/pos/conteo", {"articulos": items})["cnt_codigo"]
        return self.admin.post(f"/api/pos/conteo/{code}/cuenta", {"lineas": [line]})

    def _recipe(self, path: str) -> Any:
        code = self.admin.post("/api/pos/estandar", {"prd_codigo": self._one("prd_codigo")})["est_cod"]
        line = {"mp_codigo": self._one("mp_codigo"), "mxp_cantidad": "1.5"}
        return self.admin.put(f"/api/pos/estandar/{code}/detalle", {"materiasprimas": [line]})

    def _kind(self, path: str) -> Any:
        code = self.chance.choice(["Z1", "Z2", "Z3"])
        kind = {
            "trn_cod": code,
            "trn_tipo": self.chance.choice(["INGRESO", "EGRESO"]),
            "trn_descripcion": "Otra",
        }
        return self.admin.post("/api/pos/transaccion", kind)

    def _open(self) -> Any:
        """The caller's open session."""
        own = self.own("pos")
        try:
            session = own.get("/api/pos/caja/sesion-activa")
        except Refused:
            register = {"nombre": f"Caja de prueba {next(_serial)}", "punto_emision": "001-001"}
            made = self.admin.post("/api/pos/caja", register)
            session = own.post("/api/pos/caja/abrir", {"caja": made["id"], "monto_inicial": "500.00"})
        return {"sesion": session["id"], "caja": session["caja"]}

    def _difference(self, path: str) -> Any:
        session = self._open()["sesion"]
        self.own("pos").send(
            "PATCH", f"/api/pos/caja/sesion/{session}/cerrar", {"monto_final_declarado": "1.00"}
        )
        return {"descuadre": self.admin.get("/api/pos/descuadre?page=1")["data"][0]["id"]}

    def _advance(self, path: str) -> Any:
        asked = {"persona": "demo_ventas", "monto": "5.00", "motivo": "Adelanto"}
        return {"prestamo": self.own("pos").post("/api/pos/prestamo", asked)["id"]}

    def _debt(self, path: str) -> Any:
        sold = {"prd_codigo": self._one("prd_codigo"), "cantidad": 1}
        paid = [{"metodo": "CREDITO"}]
        self.admin.put("/api/pos/cliente/CLI0000002", {"cli_limite_credito": "90000"})
        bought = {"cli_codigo": "CLI0000002", "lineas": [sold], "pagos": paid}
        self.own("pos").post("/api/pos/venta", bought)
        return {"cxc_codigo": self.admin.get("/api/pos/cuenta-por-cobrar?page=1")["data"][0]["cxc_codigo"]}

    def _observed(self, path: str) -> Any:
        line = {"prd_codigo": self._one("prd_codigo"), "cantidad": 1}
        sale = {"id": str(uuid.uuid4()), "vendida_en": datetime.now(UTC).isoformat(), "total_impreso": "0.01"}
        arrived = self.own("pos").post("/api/pos/venta/lote", {"ventas": [{**sale, "lineas": [line]}]})
        return {"venta": arrived["ventas"][0]["id"]}

    def _online(self, names: set[str], path: str) -> Any:
        """Something in the shopper's cart, or an order of theirs."""
        own, code = self.own("ecom"), self._one("codigo")
        with suppress(Refused):
            own.post("/api/ecom/carrito", {"prd_codigo": code, "cantidad": 1})
        if "ped_codigo" not in names:
            return {"prd_codigo": code}
        return own.post("/api/ecom/pagos/checkout", {"card_number": "4242424242424242"})
