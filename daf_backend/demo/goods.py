"""What moves goods besides sales, so that no screen of purchasing or the stockroom is empty.

Suppliers, materials, orders in every stage of receiving; a recipe and what it made; transfers between the branches; a
loss and two counts.
"""

import random
from typing import Any

from ..db.batch import Batch
from . import data
from .ids import ruc_company
from .shop import Shop
from .stock import at_second_branch

SUPPLIERS = (
    ("Molinos del Austro S. A.", 1, 410_221), ("Lácteos Pradera Alta Cía. Ltda.", 17, 518_034),
    ("Empaques y Hojas Quito S. A.", 17, 620_457),
)  # fmt: skip
# what it is, its unit, what one costs, who sells it, how much one unit of MADE takes
MATERIALS = (
    ("Harina de maíz", "KG", "0.95", 0, "0.25"), ("Azúcar impalpable", "KG", "1.10", 0, "0.08"),
    ("Mantequilla en bloque", "KG", "6.50", 1, "0.10"), ("Huevo mediano", "UND", "0.13", 1, "2"),
    ("Hoja de achira", "UND", "0.05", 2, "6"),
)  # fmt: skip
MADE, DRAFTED = "Quimbolito Horno Sumak 6 unidades", "Quimbolito Horno Sumak 3 unidades"
BATCH, ORDERED = 12, 60
HERE, THERE = data.LUGARES[0][2], data.LUGARES[1][2]
APPROVAL_RECEIVES = "oc_aprobar_recibe"


def move(shop: Shop) -> None:
    """Each kind that there is none of yet, by who does it in a shop."""
    if not shop.count("demo_adm_compras", "proveedor_listar"):
        _buy(shop)
    if not shop.count("demo_adm_bodega", "estandar_listar"):
        _produce(shop)
    if not shop.count("demo_adm_bodega", "transferencia_listar"):
        _transfer(shop)
    if not shop.count("demo_adm_bodega", "conteo_listar"):
        _count(shop)


def _buy(shop: Shop) -> None:
    """Four orders: a draft, one that is on its way, one that came in part, one that is complete; and a purchase."""
    with shop.acting("demo_adm_compras") as buyer:
        suppliers = [
            buyer.call("proveedor_crear", prv_razonsocial=name, prv_ruc=ruc_company(*serial))["prv_codigo"]
            for name, *serial in SUPPLIERS
        ]
        materials = [_material(buyer, *row[:3]) for row in MATERIALS]
        orders = [_order(buyer, suppliers, materials, whose) for whose in (0, 1, 2, 1)]
    _received_later(shop, orders[:3])
    with shop.acting("demo_bodega") as keeper:
        for (order, names), came in zip(orders, (ORDERED, ORDERED * 3 // 5), strict=False):
            keeper.call("ordencompra_recibir", oc_codigo=order, mp_codigo=names, cantidad=[came] * len(names))
    with shop.acting("demo_adm_compras") as buyer:
        buyer.call(
            "compra_crear", itm_codigo=orders[2][1], cantidad=[100], costo_unitario=["0.05"], pago="CREDITO",
            prv_codigo=suppliers[2], nro_documento="001-002-000018432", bodega=HERE,
        )  # fmt: skip
    shop.echo(
        f"  {len(suppliers)} proveedores, {len(materials)} materias primas, {len(orders)} órdenes de compra"
    )


def _material(buyer: Batch, name: str, unit: str, cost: str) -> Any:
    new = {"mp_descripcion": name, "um_compra": unit, "mp_precio_compra": cost}
    return buyer.call("materiaprima_crear", **new)["mp_codigo"]


def _order(buyer: Batch, suppliers: list[Any], materials: list[Any], whose: int) -> tuple[Any, list[Any]]:
    """A draft for each thing that supplier sells; its code and theirs."""
    code = buyer.call("ordencompra_crear", prv_codigo=suppliers[whose], bodega=HERE)["oc_codigo"]
    names = [name for name, (_, _, _, who, _) in zip(materials, MATERIALS, strict=True) if who == whose]
    for name in names:
        buyer.call("ordencompra_detalle_crear", oc_codigo=code, mp_codigo=name, pxoc_cantidad=ORDERED)
    return code, names


def _received_later(shop: Shop, orders: list[tuple[Any, list[Any]]]) -> None:
    """Approve them without receiving everything at once, which is what approving does by default."""
    with shop.acting("demo_admin") as admin:
        admin.call("ajuste_actualizar", aju_clave=APPROVAL_RECEIVES, aju_valor="false")
        for code, _ in orders:
            admin.call("ordencompra_aprobar", oc_codigo=code)
        admin.call("ajuste_actualizar", aju_clave=APPROVAL_RECEIVES, aju_valor="true")


def _produce(shop: Shop) -> None:
    """A recipe that is approved, another that is a draft, and what the first one made."""
    with shop.acting("demo_adm_bodega") as keeper:
        named = {row["prd_nombre"]: row["prd_codigo"] for row in keeper.call("producto_listar")["data"]}
        wanted = {name: quantity for name, _, _, _, quantity in MATERIALS}
        used = [row for row in keeper.call("materiaprima_listar")["data"] if row["mp_descripcion"] in wanted]
        lines = {
            "mp_codigo": [row["mp_codigo"] for row in used],
            "mxp_cantidad": [wanted[row["mp_descripcion"]] for row in used],
        }
        recipe = keeper.call("estandar_crear", prd_codigo=named[MADE], **lines)["est_cod"]
        keeper.call("estandar_crear", prd_codigo=named[DRAFTED], **lines)
        keeper.call("estandar_aprobar", est_cod=recipe)
        keeper.call(
            "kardex_producto_crear", prd_codigo=named[MADE], trn_cod="ESI", krd_prd_cantidad=BATCH,
            est_cod=recipe, bodega=HERE,
        )  # fmt: skip
    shop.echo(f"  {BATCH} de {MADE} producidos")


def _transfer(shop: Shop) -> None:
    """Three from the first branch: one that arrived, one that arrived in part, one that is on its way."""
    chance = random.Random(data.SEED + 5)
    with shop.acting("demo_adm_bodega") as keeper:
        stocked = at_second_branch(keeper)
        for words, arrived in (("Reposición", None), ("Pedido de la sucursal", 3), ("Oferta del mes", 0)):
            items = chance.sample(stocked, 3)
            sent = {"bodega": HERE, "bodega_destino": THERE, "itm_codigo": items, "cantidad": [6] * 3}
            code = keeper.call("transferencia_crear", **sent, tra_observacion=words)["tra_codigo"]
            if arrived != 0:
                came = {"itm_codigo": items, "cantidad": [arrived] * 3} if arrived else {}
                keeper.call("transferencia_recibir", tra_codigo=code, **came)
    shop.echo("  3 traslados: uno recibido, uno en parte, uno en camino")


def _count(shop: Shop) -> None:
    """A loss; a sheet that was posted with something missing, and one that somebody is at."""
    with shop.acting("demo_adm_bodega") as keeper:
        rows = {row["prd_codigo"]: row["prd_stock"] for row in keeper.call("producto_listar")["data"]}
        only_here = sorted({code for code in rows if code.startswith("PRD")} - set(at_second_branch(keeper)))
        broken, *items = random.Random(data.SEED + 6).sample(only_here, 9)
        loss = {"trn_cod": "BAJ", "krd_prd_cantidad": 2, "krd_razon": "Envase roto", "bodega": HERE}
        keeper.call("kardex_producto_crear", prd_codigo=broken, **loss)
        for words, sheet, counted in (("Fin de mes", items[:4], 4), ("Percha del fondo", items[4:], 2)):
            code = keeper.call("conteo_crear", itm_codigo=sheet, bodega=HERE, cnt_observacion=words)[
                "cnt_codigo"
            ]
            found = {item: rows[item] for item in sheet[:counted]}
            found[sheet[0]] -= 1
            keeper.call(
                "conteo_contar", cnt_codigo=code, itm_codigo=list(found), cantidad=list(found.values())
            )
            if counted == len(sheet):
                keeper.call("conteo_aprobar", cnt_codigo=code)
    shop.echo("  2 hojas de conteo, una aprobada y una abierta")
