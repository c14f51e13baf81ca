"""New documents for `bench.fuzz`: what a path names was made just now by an administrator, and can still be changed.

A request invented from the documents rarely finds an order that waits for goods or a session that is open; of what a
path wants, one is made and its numbers are what the next request says.
"""

import random
import re
from collections.abc import Callable
from typing import Any

from daf_backend.demo.client import Client

from .fuzzing import Pond

# Acts on what was issued; the others are on drafts.
ISSUED = re.compile(r"/(anular|nota-credito|devolucion|recepcion|cerrar)$")


class Drafts:
    """Makes the documents that paths name."""

    def __init__(self, admin: Client, pond: Pond, chance: random.Random) -> None:
        self.admin, self.pond, self.chance = admin, pond, chance
        self._makers: dict[str, Callable[[bool], Any]] = {
            "fac_codigo": self._invoice,
            "pxfa_codigo": self._invoice,
            "oc_codigo": self._order,
            "tra_codigo": self._transfer,
            "cnt_codigo": self._count,
            "est_cod": self._recipe,
            "trn_cod": self._kind,
        }

    def make(self, names: set[str], path: str) -> Any:
        """One document of a kind that is named, if there is one."""
        kind = next((name for name in self._makers if name in names), None)
        return self._makers[kind](bool(ISSUED.search(path))) if kind else None

    def _one(self, name: str) -> Any:
        return self.chance.choice(self.pond.seen[name] or [""])

    def _goods(self) -> dict[str, Any]:
        """A line of something, with stock."""
        name = self.chance.choice(["mp_codigo", "prd_codigo"])
        code = self._one(name)
        more = {"krd_cantidad": 5, "trn_cod": "AJU", "krd_razon": "Conteo", name: code}
        self.admin.post("/api/pos/kardexmp" if name == "mp_codigo" else "/api/pos/kardex-producto", more)
        return {name: code, "cantidad": 2}

    def _invoice(self, issued: bool) -> Any:
        code = self.admin.post("/api/pos/factura", {"cli_codigo": "CLI0000002"})["fac_codigo"]
        line = {"fac_codigo": code, "prd_codigo": self._one("prd_codigo"), "pxfa_cantidad": 2}
        made = self.admin.post("/api/pos/factura/detalle", line)
        return self.admin.put(f"/api/pos/factura/{code}/aprobar") if issued else made

    def _order(self, issued: bool) -> Any:
        code = self.admin.post("/api/pos/ordencompra", {"prv_codigo": self._one("prv_codigo")})["oc_codigo"]
        line = {"mp_codigo": self._one("mp_codigo"), "pxoc_cantidad": 3}
        made = self.admin.post(f"/api/pos/ordencompra/{code}/detalle", line)
        return self.admin.post(f"/api/pos/ordencompra/{code}/aprobar") if issued else made

    def _transfer(self, issued: bool) -> Any:
        places = [place["bod_codigo"] for place in self.admin.get("/api/pos/transferencia/type")]
        sent = {"bodega_destino": self.chance.choice(places or [""]), "lineas": [self._goods()]}
        return self.admin.post("/api/pos/transferencia", sent)

    def _count(self, issued: bool) -> Any:
        line = self._goods()
        items = [value for name, value in line.items() if name != "cantidad"]
        code = self.admin.post("/api/pos/conteo", {"articulos": items})["cnt_codigo"]
        return self.admin.post(f"/api/pos/conteo/{code}/cuenta", {"lineas": [line]})

    def _recipe(self, issued: bool) -> Any:
        code = self.admin.post("/api/pos/estandar", {"prd_codigo": self._one("prd_codigo")})["est_cod"]
        line = {"mp_codigo": self._one("mp_codigo"), "mxp_cantidad": "1.5"}
        return self.admin.put(f"/api/pos/estandar/{code}/detalle", {"materiasprimas": [line]})

    def _kind(self, issued: bool) -> Any:
        code = self.chance.choice(["Z1", "Z2", "Z3"])
        kind = {
            "trn_cod": code,
            "trn_tipo": self.chance.choice(["INGRESO", "EGRESO"]),
            "trn_descripcion": "Otra",
        }
        return self.admin.post("/api/pos/transaccion", kind)
