"""A shop where anybody does anything, in any order: a rule refuses what is refused, and the doctor finds nothing.

Hypothesis writes the stories, and tells the first that ends badly. (It would look minutes for a shorter one.)
"""

from decimal import Decimal
from typing import Any

import psycopg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.conftest import as_login

from .acts import ruc_company
from .counter import Counter
from .drawer import register

WORKING = (
    "admin", "adm_bodega", "adm_compras", "adm_fact", "adm_ventas", "auditor", "bodega", "cajero", "compras", "ventas",
)  # fmt: skip
QUANTITY = st.sampled_from(
    [Decimal(q) for q in ("0.001", "0.333", "1", "1", "2", "2.5", "3", "3", "7", "-1")]
)
MONEY = st.sampled_from([Decimal(m) for m in ("0.01", "0.05", "0.33", "1.99", "10", "99.99", "0")])
WHICH = st.integers(0, 5)
BACK = st.sampled_from([None, "EFECTIVO", "TRANSFERENCIA", "SALDO"])
METHODS = st.lists(st.sampled_from(["TARJETA", "CREDITO", "SALDO"]), max_size=2)


def having(kind: str) -> Any:
    """Only once there is a document of that kind."""
    return precondition(lambda self: bool(self.made[kind]))


class Shop(RuleBasedStateMachine):
    """Goods, services and materials, three clients, two drawers, and their documents."""

    def __init__(self, conninfo: str, people: Any) -> None:
        super().__init__()
        self.conn = psycopg.connect(conninfo)
        self.shop = Counter(self.conn, people)
        self.made: dict[str, list[Any]] = {
            kind: [] for kind in ("venta", "krd", "compra", "orden", "envio", "hoja")
        }

    def teardown(self) -> None:
        try:
            if self.conn.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
                self.shop.healthy()
        finally:
            self.conn.rollback()
            self.conn.close()

    @initialize(taxed=st.booleans(), credit=st.booleans())
    def opening(self, taxed: bool, credit: bool) -> None:
        do = self.shop.do
        self.shop.settings(
            precios_incluyen_iva=str(taxed).lower(), factura_directa="CREDITO" if credit else "CONTADO"
        )
        prices = [("0.05", "0.002", 3), ("9.99", "3.33", 7), ("0.33", "0.10", 1)]
        self.goods = [self.shop.product(p, prd_costo=c, prd_stock=q) for p, c, q in prices]
        self.goods += [self.shop.product("1.99", prd_tipo="SERVICIO"), self.shop.product("5.00")]
        material = {"mp_descripcion": "Material", "mp_precio_compra": "0.33", "mp_cantidad": 90}
        self.materials = [do("admin", "materiaprima_crear", **material)["mp_codigo"] for _ in range(2)]
        self.items = self.goods + self.materials
        self.buyers = ["CLI0000001", self.shop.buyer("20"), self.shop.buyer("5000")]
        self.supplier = do("admin", "proveedor_crear", prv_razonsocial="Molinos", prv_ruc=ruc_company())[
            "prv_codigo"
        ]
        recipe = {"mp_codigo": self.materials, "mxp_cantidad": [Decimal("0.333"), Decimal(1)]}
        self.recipe = do("bodega", "estandar_crear", prd_codigo=self.goods[1], **recipe)["est_cod"]
        do("adm_bodega", "estandar_aprobar", est_cod=self.recipe)
        self.drawers = {who: register(self.shop) for who in ("cajero", "admin")}
        for who, caja in self.drawers.items():
            do(who, "sesion_caja_abrir", caja=caja, monto_inicial="50")

    def attempt(self, role: str, name: str, /, **params: Any) -> Any:
        """An act; nothing if a rule refused it. What is checked when an act ends is checked now."""
        try:
            with self.conn.transaction(), as_login(self.conn, self.shop.people.login(role)) as act:
                answer = act(name, **params)
                self.conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
                self.conn.execute("SET CONSTRAINTS ALL DEFERRED")
                return answer
        except psycopg.Error as refusal:
            state, named = refusal.sqlstate or "", refusal.diag.constraint_name
            known = state.startswith(("NG4", "22")) or (state.startswith("23") and named != "asiento_cuadra")
            assert known and (named or state.startswith("22")), (role, name, params, refusal)
            return None

    def keep(self, kind: str, answer: Any, key: str = "") -> None:
        if answer:
            self.made[kind].append(answer[key] if key else answer)

    def one(self, kind: str, which: int) -> Any:
        return self.made[kind][-1 - which % len(self.made[kind])]

    @rule(lines=st.lists(st.tuples(WHICH, QUANTITY), max_size=4), buyer=WHICH)
    def invoice(self, lines, buyer):
        code = self.shop.do("ventas", "factura_crear", cli_codigo=self.buyers[buyer % 3])["fac_codigo"]
        for which, quantity in lines:
            line = {"prd_codigo": self.goods[which % 5], "pxfa_cantidad": quantity}
            self.attempt("ventas", "factura_detalle_crear", fac_codigo=code, **line)
        issued = self.attempt("adm_fact", "factura_aprobar", fac_codigo=code)
        self.keep("venta", issued)

    @rule(who=st.sampled_from(["cajero", "admin"]), which=WHICH, quantity=QUANTITY, buyer=WHICH, methods=METHODS,
          money=MONEY)  # fmt: skip
    def till(self, who, which, quantity, buyer, methods, money):
        """In cash, exactly; or some of it otherwise and more than enough in cash."""
        amounts = [money] * len(methods) + [Decimal(5000)]
        pays = {"metodo": [*methods, "EFECTIVO"], "monto": amounts} if methods else {}
        line = {"prd_codigo": [self.goods[which % 5]] * 2, "cantidad": [quantity, Decimal(1)]}
        self.keep(
            "venta", self.attempt(who, "venta_crear", **line, **pays, cli_codigo=self.buyers[buyer % 3])
        )

    @having("venta")
    @rule(which=WHICH, part=st.sampled_from(["all", "half", "unit"]), a_stock=st.booleans(), back=BACK)
    def give_back(self, which, part, a_stock, back):
        sold = self.one("venta", which)
        final = sold["factura"]["cli_codigo"] == "CLI0000001"
        amounts = [Decimal(str(line["pxfa_cantidad"])) for line in sold["detalle"]]
        parts = {
            "all": amounts,
            "half": [round(a / 2, 3) for a in amounts],
            "unit": [Decimal(1)] * len(amounts),
        }
        self.attempt(
            "admin", "devolucion_crear" if final else "nota_credito_crear", motivo="x", reembolso=back,
            fac_codigo=sold["factura"]["fac_codigo"], cantidad=parts[part], a_stock=[a_stock] * len(amounts),
            pxfa_codigo=[line["pxfa_codigo"] for line in sold["detalle"]],
        )  # fmt: skip

    @having("venta")
    @rule(which=WHICH, back=BACK)
    def annul(self, which, back):
        code = self.one("venta", which)["factura"]["fac_codigo"]
        self.attempt("admin", "factura_anular", fac_codigo=code, reembolso=back)

    @rule(who=st.sampled_from(["bodega", "adm_bodega"]), which=WHICH, quantity=QUANTITY, cost=st.none() | MONEY,
          kind=st.sampled_from(["INI", "AJU", "BAJ", "DVP", "ESI"]))  # fmt: skip
    def move(self, who, which, quantity, cost, kind):
        entry = {"trn_cod": kind, "krd_prd_cantidad": quantity, "krd_razon": "x"}
        entry |= {"costo_unitario": cost} if who == "adm_bodega" and kind in ("INI", "AJU") else {}
        recipe = {"est_cod": self.recipe} if kind == "ESI" else {}
        code = self.goods[1 if recipe else which % 5]
        self.keep(
            "krd",
            self.attempt(who, "kardex_producto_crear", prd_codigo=code, **entry, **recipe),
            "krd_codigo",
        )

    @having("krd")
    @rule(which=WHICH, other=st.none() | WHICH, quantity=st.none() | QUANTITY)
    def correct(self, which, other, quantity):
        """Erased, or told of another product or quantity."""
        change = {
            "prd_codigo": None if other is None else self.goods[other % 5],
            "krd_prd_cantidad": quantity,
        }
        change = {key: value for key, value in change.items() if value is not None}
        name = "kardex_producto_actualizar" if change else "kardex_producto_eliminar"
        answer = self.attempt("adm_bodega", name, krd_codigo=self.one("krd", which), **change)
        self.keep("krd", answer, "krd_codigo")

    @rule(lines=st.lists(st.tuples(WHICH, QUANTITY, MONEY), min_size=1, max_size=2),
          pays=st.sampled_from(["CAJA", "BANCO", "CREDITO"]))  # fmt: skip
    def buy(self, lines, pays):
        items, quantities, costs = (list(column) for column in zip(*lines, strict=True))
        bought = {
            "itm_codigo": [self.items[i] for i in items],
            "cantidad": quantities,
            "costo_unitario": costs,
        }
        answer = self.attempt("admin", "compra_crear", **bought, pago=pays, prv_codigo=self.supplier)
        self.keep("compra", answer, "cmp_codigo")

    @having("compra")
    @rule(which=WHICH)
    def unbuy(self, which):
        self.attempt("admin", "compra_anular", cmp_codigo=self.one("compra", which))

    @rule(quantity=QUANTITY, cost=st.none() | MONEY, at_once=st.booleans())
    def order(self, quantity, cost, at_once):
        self.shop.settings(oc_aprobar_recibe=str(at_once).lower())
        code = self.shop.do("compras", "ordencompra_crear", prv_codigo=self.supplier)["oc_codigo"]
        line = {"mp_codigo": self.materials[0], "pxoc_cantidad": quantity, "pxoc_precio": cost}
        self.attempt("compras", "ordencompra_detalle_crear", oc_codigo=code, **line)
        if self.attempt("adm_compras", "ordencompra_aprobar", oc_codigo=code):
            self.made["orden"].append(code)

    @having("orden")
    @rule(which=WHICH, quantity=QUANTITY, cost=st.none() | MONEY)
    def receive(self, which, quantity, cost):
        line = {"mp_codigo": [self.materials[0]], "cantidad": [quantity], "costo_unitario": [cost]}
        self.attempt("admin", "ordencompra_recibir", oc_codigo=self.one("orden", which), **line)

    @rule(which=WHICH, quantity=QUANTITY)
    def send(self, which, quantity):
        line = {"itm_codigo": [self.items[which]], "cantidad": [quantity], "bodega_destino": "B002"}
        self.keep("envio", self.attempt("bodega", "transferencia_crear", **line), "tra_codigo")

    @having("envio")
    @rule(which=WHICH, how=st.sampled_from(["recibir", "devolver", "baja"]))
    def arrive(self, which, how):
        why = {"motivo": "x"} if how == "baja" else {}
        self.attempt("adm_bodega", f"transferencia_{how}", tra_codigo=self.one("envio", which), **why)

    @rule(which=WHICH, quantity=QUANTITY, post=st.booleans())
    def count(self, which, quantity, post):
        if not self.made["hoja"]:
            sheet = self.attempt("bodega", "conteo_crear", itm_codigo=[self.items[which]])
            return self.keep("hoja", sheet, "cnt_codigo")
        counted = {"itm_codigo": [self.items[which]], "cantidad": [quantity]}
        self.attempt("bodega", "conteo_contar", cnt_codigo=self.made["hoja"][0], **counted)
        if post and self.attempt("adm_bodega", "conteo_aprobar", cnt_codigo=self.made["hoja"][0]):
            self.made["hoja"].clear()
        return None

    @rule(who=st.sampled_from(["cajero", "admin"]), money=st.sampled_from(["0", "20", "73.21"]), fund=MONEY)
    def drawer(self, who, money, fund):
        """Opened if it was closed, closed if it was open."""
        opened = self.attempt(who, "sesion_caja_abrir", caja=self.drawers[who], monto_inicial=money)
        if not opened:
            session = self.shop.do(who, "sesion_caja_activa")["id"]
            self.attempt(who, "sesion_caja_cerrar", id=session, monto_final_declarado=money, fondo=fund)

    @rule(which=WHICH, money=st.none() | MONEY, method=st.sampled_from(["EFECTIVO", "TARJETA", "SALDO"]))
    def collect(self, which, money, method):
        owed = self.shop.do("admin", "cuenta_por_cobrar_listar", page=1, estado="PEN")["data"]
        for debt in owed[which % len(owed) :][:1] if owed else []:
            amount = debt["saldo"] if money is None else money
            self.attempt(
                "admin", "cuenta_por_cobrar_cobrar", cxc_codigo=debt["id"], monto=amount, metodo=method
            )

    @rule(buyer=WHICH, money=MONEY, method=st.sampled_from(["EFECTIVO", "TRANSFERENCIA"]))
    def withdraw(self, buyer, money, method):
        taken = {"cli_codigo": self.buyers[buyer % 3], "monto": money, "metodo": method}
        self.attempt("admin", "cliente_saldo_retirar", **taken)

    @rule(which=WHICH, change=st.sampled_from([
        {"prd_tipo": "SERVICIO"}, {"prd_tipo": "BIEN"}, {"prd_promocion": Decimal("33.33")}, {"prd_promocion": 0},
        {"iva_codigo": "CER"}, {"iva_codigo": "GEN"}, {"prd_estado": "SUS"}, {"prd_estado": "ACT"},
    ]))  # fmt: skip
    def rename(self, which, change):
        self.attempt("admin", "producto_actualizar", prd_codigo=self.goods[which % 5], **change)


def test_en_cualquier_orden_los_libros_cuadran(servers, people):
    for role in WORKING:
        people.login(role)  # before a story begins: it is rolled back, they stay
    run_state_machine_as_test(
        lambda: Shop(servers.admin_conninfo("pos"), people),
        settings=settings(
            max_examples=12, stateful_step_count=60, deadline=None, database=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
