"""Rows that somebody owns: the caller's own, a colleague's of the same branch, and one of another branch or shopper.

Made by the people whose rows they are; they stay in the session's database.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

import psycopg
from flask import Flask

from ..conftest import PASSWORD, Act, People
from ..pos.acts import ruc_company

CITY = {"ct_codigo": "MTZ", "ct_descripcion": "Ciudad de la matriz"}
ORDER = """
    WITH c AS (
        INSERT INTO datos.carrito (usr_id) SELECT usr_id FROM datos.usuario_app WHERE usr_email = %s
        ON CONFLICT (usr_id) DO UPDATE SET usr_id = excluded.usr_id RETURNING crr_codigo, usr_id
    )
    INSERT INTO datos.pedido (
        ped_codigo, usr_id, crr_codigo, ped_estado, ped_vence, ped_descuento, ped_envio, ped_subtotal, ped_iva,
        ped_total, cli_tipo_id, cli_ruc_ced, cli_nombre, cli_telefono, cli_celular, cli_mail, cli_direccion
    )
    SELECT %s, usr_id, crr_codigo, 'CANCELADO', now(), 0, 0, 0, 0, 0, 'EXTERIOR', 'X', 'X', '', '', '', '' FROM c"""
LINE = """
    INSERT INTO datos.pedido_detalle (
        ped_codigo, pxpe_linea, prd_codigo, prd_nombre, pxpe_cantidad, pxpe_precio, pxpe_promocion, pxpe_descuento,
        pxpe_subtotal, pxpe_iva, iva_codigo, sri_codigo, iva_porcentaje
    )
    VALUES (%s, 1, 'ENVIO', 'Nada', 1, 0, 0, 0, 0, 0, 'GEN', '4', 15)"""
_serial = itertools.count(1)


OWN, COLLEAGUE, OTHER = 0, 1, 2  # whose row


Row = dict[str, Any]  # what a path or a body names it by


@dataclass
class Trio:
    """The same row of three people; what nobody can have is empty. Shoppers have no colleagues."""

    own: Row
    colleague: Row
    other: Row


@dataclass
class Rows:
    """Makes each kind of row once."""

    app: Flask
    servers: Any
    people: People
    shoppers: list[dict[str, str]]
    made: dict[tuple[str, str], Trio] = field(default_factory=dict)  # what happens to them is undone

    def make(self, kind: str, side: str = "pos") -> Trio:
        """The three of a kind. A session is everybody's own: there is only another's to try."""
        if (kind, side) not in self.made:
            self.made[kind, side] = self._make(kind, side)
        return self.made[kind, side]

    def _make(self, kind: str, side: str) -> Trio:
        if kind == "sesion":
            return Trio({}, {}, {"sid": self._session(side)})
        maker = getattr(self, kind)
        return Trio(*(maker(whose) for whose in (OWN, COLLEAGUE, OTHER)))

    def factura(self, whose: int) -> Row:
        """A draft with one line, by who sells, and a product to add to it."""
        return {"fac_codigo": self._draft(whose)[0], "prd_codigo": self._product()}

    def factura_detalle(self, whose: int) -> Row:
        """The line of such a draft."""
        return {"pxfa_codigo": self._draft(whose)[1]}

    def venta(self, whose: int) -> Row:
        """A sale at a till, personal, in a session that is closed: an open one is all a person may have."""
        if whose == COLLEAGUE:
            return {}
        product, register = self._product(), self.caja(whose)["caja"]
        with self._login("bodega", whose) as act:
            act("kardex_producto_crear", prd_codigo=product, trn_cod="INI", krd_prd_cantidad=5)
        with self._login("cajero", whose) as act:
            session = act("sesion_caja_abrir", caja=register, monto_inicial=1)["id"]
            sold = act("venta_crear", prd_codigo=[product], cantidad=[1])
            act("sesion_caja_cerrar", id=session, monto_final_declarado=1)
        return {"fac_codigo": sold["factura"]["fac_codigo"]}

    def kardex(self, whose: int) -> Row:
        """An opening entry, by who keeps the store."""
        product = self._product()
        with self._login("bodega", whose) as act:
            moved = act("kardex_producto_crear", prd_codigo=product, trn_cod="INI", krd_prd_cantidad=5)
        return {"krd_codigo": moved["krd_codigo"]}

    def kardexmp(self, whose: int) -> Row:
        """The same of a material."""
        material = self._material()
        with self._login("bodega", whose) as act:
            moved = act("kardexmp_crear", mp_codigo=material, trn_cod="INI", krd_cantidad=5)
        return {"krd_codigo": moved["krd_codigo"]}

    def ordencompra(self, whose: int) -> Row:
        """An order with one line, by who buys."""
        material = self._material()
        with self._login("adm_compras", OWN) as act:
            seller = act("proveedor_crear", prv_razonsocial="Alguien S. A.", prv_ruc=ruc_company())
        with self._login("compras", whose) as act:
            code = act("ordencompra_crear", prv_codigo=seller["prv_codigo"])["oc_codigo"]
            act("ordencompra_detalle_crear", oc_codigo=code, mp_codigo=material, pxoc_cantidad=1)
        return {"oc_codigo": code, "mp_codigo": material}

    def cuenta_por_cobrar(self, whose: int) -> Row:
        """What a client owes for an invoice on credit, by who sells: the shop sells on credit for that long."""
        product = self._product()
        with self._login("bodega", whose) as act:
            act("kardex_producto_crear", prd_codigo=product, trn_cod="INI", krd_prd_cantidad=5)
        code, _ = self._draft(whose, product)
        with self._superuser("pos") as conn:
            change = "UPDATE datos.ajuste SET aju_valor = %s WHERE aju_clave = 'factura_directa'"
            conn.execute(change, ("CREDITO",))
            try:
                with self._login("adm_ventas", whose) as act:
                    act("factura_aprobar", fac_codigo=code)
            finally:
                conn.execute(change, ("CONTADO",))
            found = conn.execute(
                "SELECT cxc_codigo FROM datos.cuenta_por_cobrar WHERE doc_codigo = %s", (code,)
            )
            return {"cxc_codigo": found.fetchone()[0]}

    def establecimiento(self, whose: int) -> Row:
        """The branches there are; a colleague's is one's own."""
        return {"eta_codigo": "002" if whose == OTHER else "001"}

    def punto_emision(self, whose: int) -> Row:
        """Their emission points."""
        return {**self.establecimiento(whose), "pto_codigo": "001"}

    def bodega(self, whose: int) -> Row:
        """Their bodegas."""
        return {"bod_codigo": "B002" if whose == OTHER else "B001"}

    def transferencia(self, whose: int) -> Row:
        """Goods on their way between two bodegas of a branch, sent by who keeps the first."""
        product, to, branch = self._product(), *(("MTZ2", "002") if whose == OTHER else ("MTZ1", "001"))
        with self._superuser("pos") as conn:
            conn.execute(
                "INSERT INTO datos.bodega (bod_codigo, eta_codigo, bod_nombre) VALUES (%s, %s, 'Matriz')"
                " ON CONFLICT DO NOTHING",
                (to, branch),
            )
        with self._login("bodega", whose) as act:
            act("kardex_producto_crear", prd_codigo=product, trn_cod="INI", krd_prd_cantidad=5)
            sent = act("transferencia_crear", bodega_destino=to, itm_codigo=[product], cantidad=[5])
        return {"tra_codigo": sent["tra_codigo"]}

    def conteo(self, whose: int) -> Row:
        """An open sheet with one item, by who keeps the store."""
        product = self._product()
        with self._login("bodega", whose) as act:
            return {"cnt_codigo": act("conteo_crear", itm_codigo=[product])["cnt_codigo"]}

    def caja(self, whose: int) -> Row:
        """A register of the branch."""
        with self._login("admin", OWN) as act:
            point = "002-001" if whose == OTHER else "001-001"
            made = act("caja_crear", nombre=f"De la matriz {next(_serial)}", punto_emision=point)
        return {"caja": made["id"]}

    def sesion_caja(self, whose: int) -> Row:
        """A closed session, as a person has one open at most; another's is of the same branch: it is personal."""
        if whose == COLLEAGUE:
            return {}
        register = self.caja(OWN)["caja"]
        with self._login("cajero", COLLEAGUE if whose == OTHER else OWN) as act:
            session = act("sesion_caja_abrir", caja=register, monto_inicial=1)["id"]
            act("sesion_caja_cerrar", id=session, monto_final_declarado=1)
        return {"sesion": session}

    def prestamo(self, whose: int) -> Row:
        """An advance that a cashier of the branch gave themselves."""
        register = self.caja(whose)["caja"]
        with self._login("cajero", whose) as act:
            session = act("sesion_caja_abrir", caja=register, monto_inicial=1)
            loan = act("prestamo_crear", persona=session["usuario"], monto=1, motivo="De la matriz")
            act("sesion_caja_cerrar", id=session["id"], monto_final_declarado=0)
        return {"prestamo": loan["id"]}

    def direccion(self, whose: int) -> Row:
        """An address of the first or the second shopper."""
        with self._superuser("ecom") as conn:
            conn.execute(
                "INSERT INTO datos.ciudad (ct_codigo, ct_descripcion) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                tuple(CITY.values()),
            )
        answer = self.app.test_client().post(
            "/api/ecom/direccion",
            json={"dir_calle": "Una calle", "ct_codigo": "MTZ"},
            headers=self.shoppers[whose == OTHER],
        )
        assert answer.status_code == 201, answer.text
        return {"dir_codigo": answer.json["dir_codigo"]}

    def pedido(self, whose: int) -> Row:
        """A cancelled order of the first or the second shopper: nothing ever happens to it again."""
        code = f"PED-MTZ-{next(_serial)}"
        with self._superuser("ecom") as conn:
            conn.execute(ORDER, (self._email(whose), code))
            conn.execute(LINE, (code,))
        return {"ped_codigo": code}

    def _session(self, side: str) -> str:
        """The session of a person of branch 002, or of the second shopper."""
        if side == "pos":
            headers = self.people.headers(self.people.make("cajero", "002"))
        else:
            headers = self.shoppers[1]
        answer = self.app.test_client().get(f"/api/{side}/auth/sesiones", headers=headers)
        return answer.json[0]["sid"] if isinstance(answer.json, list) else answer.json["data"][0]["sid"]

    def _draft(self, whose: int, product: str = "") -> tuple[str, str]:
        product = product or self._product()
        with self._login("adm_ventas", OWN) as act:
            buyer = act(
                "cliente_crear", cli_ruc_ced=f"MTZ{next(_serial)}", cli_tipo_id="PASAPORTE",
                cli_nombre="Alguien", cli_mail="alguien@prueba.ec", cli_limite_credito="100",
            )  # fmt: skip
        with self._login("ventas", whose) as act:
            code = act("factura_crear", cli_codigo=buyer["cli_codigo"])["fac_codigo"]
            drawn = act("factura_detalle_crear", fac_codigo=code, prd_codigo=product, pxfa_cantidad=1)
        return code, str(drawn["detalle"][0]["pxfa_codigo"])

    def _product(self) -> str:
        with self._login("admin", OWN) as act:
            made = act("producto_crear", prd_nombre="De la matriz", prd_precio_venta="1.00", um_venta="UND")
        return made["prd_codigo"]

    def _material(self) -> str:
        with self._login("admin", OWN) as act:
            made = act(
                "materiaprima_crear", mp_descripcion="De la matriz", um_compra="UND", mp_precio_compra="1.00"
            )
        return made["mp_codigo"]

    def _login(self, role: str, whose: int) -> "Session":
        """The caller of that role, another of the same branch, or one of branch 002."""
        if whose == OWN:
            login = self.people.login(role)
        else:
            login = self.people.make(role, "001" if whose == COLLEAGUE else "002")
        return Session(self.servers.pos, login)

    def _superuser(self, side: str) -> psycopg.Connection:
        return psycopg.connect(self.servers.admin_conninfo(side), autocommit=True)

    def _email(self, whose: int) -> str:
        answer = self.app.test_client().get("/api/ecom/auth/me", headers=self.shoppers[whose == OTHER])
        return answer.json["usr_email"]


class Session:
    """A connection of a new login, each call committed."""

    def __init__(self, place: str, login: str) -> None:
        self.conn = psycopg.connect(place, user=login, password=PASSWORD, autocommit=True)

    def __enter__(self) -> Act:
        return Act(self.conn)

    def __exit__(self, *_: object) -> None:
        self.conn.close()
