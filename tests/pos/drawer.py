"""A register and who works at it, inside a shop's rolled-back transaction."""

import itertools
import json
from decimal import Decimal
from typing import Any

from .counter import Counter

_serial = itertools.count(1)


def register(shop: Counter, point: str = "001-001") -> int:
    """A new register."""
    name = f"Cajón {next(_serial)}"
    made: int = shop.do("admin", "caja_crear", nombre=name, punto_emision=point)["id"]
    return made


def opened(shop: Counter, money: str | None = None, *, role: str = "cajero", caja: int = 0) -> dict[str, Any]:
    """An open session, of a new register unless one is named; 42.00 by denomination if no amount is."""
    count = {"monto_inicial": money} if money else {"desglose": json.dumps({"20": 2, "0.25": 8})}
    session: dict[str, Any] = shop.do(role, "sesion_caja_abrir", caja=caja or register(shop), **count)
    return session


def closed(shop: Counter, session: dict[str, Any], money: str, role: str = "cajero", **more: Any) -> Any:
    """Its Z report."""
    return shop.do(role, "sesion_caja_cerrar", id=session["id"], monto_final_declarado=money, **more)


def moved(shop: Counter, kind: str, money: str, role: str = "cajero", **more: Any) -> Any:
    """A movement of the own drawer."""
    return shop.do(role, "caja_movimiento_crear", tipo=kind, monto=money, motivo="Cambio", **more)


def balance(shop: Counter, clase: str, ref: Any = "") -> Decimal:
    """What an account adds up to, guarded or not."""
    row = shop.conn.execute(
        "SELECT coalesce(sum(l.monto), 0) FROM datos.cuenta AS c JOIN datos.asiento_linea AS l USING (cta_id)"
        " WHERE c.clase = %s AND c.ref = %s",
        (clase, str(ref)),
    ).fetchone()
    return row[0] if row else Decimal(0)


def debt(shop: Counter, money: str) -> int:
    """A client's debt for an invoice on credit."""
    shop.settings(factura_directa="CREDITO")
    buyer = shop.buyer("1000")
    issued = shop.issue((shop.product(money, prd_tipo="SERVICIO", iva_codigo="CER"), 1), buyer=buyer)
    row = shop.conn.execute(
        "SELECT cxc_codigo FROM datos.cuenta_por_cobrar WHERE doc_codigo = %s",
        (issued["factura"]["fac_codigo"],),
    ).fetchone()
    assert row is not None
    return int(row[0])
