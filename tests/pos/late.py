"""What tests of late sales share: a terminal that sells without a connection."""

import json
import uuid
from datetime import UTC, datetime, timedelta


def late(*lines, total, ago=timedelta(hours=1), **more):
    """A sale as a terminal keeps it: (product, quantity[, printed price]) lines and the total it printed."""
    names = ("prd_codigo", "cantidad", "precio")
    return {
        "id": str(uuid.uuid4()),
        "vendida_en": (datetime.now(UTC) - ago).isoformat(),
        "total_impreso": total,
        "lineas": [dict(zip(names, line, strict=False)) for line in lines],
        **more,
    }


def replay(shop, *sales, role="cajero"):
    """Send a batch; the answer to each sale."""
    return shop.do(role, "venta_lote", ventas=[json.dumps(sale) for sale in sales])["ventas"]


def observed(shop, role="adm_ventas", **more):
    """The observed sales that role sees."""
    return shop.do(role, "venta_observada_listar", **more)["data"]


def drawer(shop, session):
    """What the drawer of a session should hold."""
    return shop.conn.execute("SELECT privado.saldo_de('CAJA', %s)", (str(session["id"]),)).fetchone()[0]
