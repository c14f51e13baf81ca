"""A shop inside a test's rolled-back transaction: things to sell, people to sell to, and its books."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg

from tests.conftest import Act, People, as_login


@dataclass
class Counter:
    """Acts by role over one connection. Everything is done by the people who may do it."""

    conn: psycopg.Connection
    people: People
    logins: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def acting(self, role: str) -> Iterator[Act]:
        """Be the session's login of a role, or a login given by name."""
        with as_login(self.conn, role if role.startswith("t_") else self.people.login(role)) as act:
            yield act

    def do(self, role: str, name: str, /, **params: Any) -> Any:
        """One act of a role."""
        with self.acting(role) as act:
            return act(name, **params)

    def product(self, price: str = "10.00", **more: Any) -> str:
        """A product on sale; ``prd_stock`` and ``prd_costo`` give it goods in B001."""
        row = self.do(
            "admin", "producto_crear", prd_nombre="Cosa", prd_precio_venta=price, um_venta="UND", **more
        )
        return row["prd_codigo"]

    def buyer(self, limit: str = "0") -> str:
        """A client with a name."""
        number = self.conn.execute("SELECT 'X' || nextval('datos.cliente_numero')").fetchone()
        row = self.do(
            "adm_ventas", "cliente_crear", cli_ruc_ced=number[0] if number else "", cli_tipo_id="PASAPORTE",
            cli_nombre="Ana Compradora", cli_mail="ana@prueba.ec", cli_limite_credito=limit,
        )  # fmt: skip
        return row["cli_codigo"]

    def draft(self, *lines: tuple[str, Any], buyer: str | None = None, role: str = "ventas") -> str:
        """A draft with (product, quantity) lines."""
        code = self.do(role, "factura_crear", cli_codigo=buyer or self.buyer())["fac_codigo"]
        for product, quantity in lines:
            self.do(
                role, "factura_detalle_crear", fac_codigo=code, prd_codigo=product, pxfa_cantidad=quantity
            )
        return code

    def issue(self, *lines: tuple[str, Any], buyer: str | None = None) -> dict[str, Any]:
        """An issued invoice."""
        return self.do("ventas", "factura_aprobar", fac_codigo=self.draft(*lines, buyer=buyer))

    def stock(self, product: str, store: str = "B001") -> tuple[Decimal, Decimal]:
        """Quantity and value of a product in a bodega."""
        row = self.conn.execute(
            "SELECT exi_cantidad, exi_valor FROM datos.existencia WHERE itm_codigo = %s AND bod_codigo = %s",
            (product, store),
        ).fetchone()
        return row or (Decimal(0), Decimal(0))

    def posted(self, kind: str, code: str) -> dict[tuple[str, str], Decimal]:
        """What a document moved in each account, all its asientos together; unmoved accounts are left out."""
        rows = self.conn.execute(
            "SELECT c.clase, c.ref, sum(l.monto) FROM datos.asiento AS a"
            " JOIN datos.asiento_linea AS l USING (asi_id)"
            " JOIN datos.cuenta AS c USING (cta_id)"
            " WHERE a.doc_tipo = %s AND a.doc_codigo = %s GROUP BY c.clase, c.ref HAVING sum(l.monto) <> 0",
            (kind, str(code)),
        )
        return {(clase, ref): monto for clase, ref, monto in rows}

    def settings(self, **values: str) -> None:
        """Change settings of the shop."""
        for key, value in values.items():
            self.do("admin", "ajuste_actualizar", aju_clave=key, aju_valor=value)

    def rewrite(self, statement: str, *values: Any) -> None:
        """Change the past behind the triggers, as only a superuser with a clock to fake may."""
        self.conn.execute("SET session_replication_role = replica")
        self.conn.execute(statement, values)
        self.conn.execute("SET session_replication_role = origin")

    def healthy(self) -> None:
        """Every invariant holds, the deferred ones included."""
        self.conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.conn.execute("SET CONSTRAINTS ALL DEFERRED")
        found = self.do("auditor", "doctor_revisar")
        broken = [row for row in found if row["filas"] and row["nivel"] == "VIOLACION"]
        assert not broken, broken
