"""Fill an empty deployment with the demo shop, the way its own people would.

The superuser makes one login, `demo_admin`. Everything after that is done by the demo's people, through the
same `api` functions and the same CSV import as anybody's, so the demo holds nothing that they could not have
written.
"""

from collections.abc import Callable

from ..auth.scram import verifier
from ..db.batch import open_admin_batch, open_batch
from ..db.embedded import Servers
from ..settings import Settings
from . import data
from .goods import move
from .password import demo_password
from .sales import sell
from .shop import Shop
from .stock import stock
from .till import work
from .web import assign

Echo = Callable[[str], object]


def load(servers: Servers, settings: Settings, echo: Echo = print) -> None:
    """Load the demo shop. Does nothing where it is already; goes on where it was interrupted.

    Raises:
        Problem: PostgreSQL refused something.
        ValueError: this is production.
    """
    shop = Shop(servers, settings, echo, demo_password(settings))
    if not _administrator(shop) and shop.count("demo_admin", "factura_listar"):
        _registers(shop)
        return
    echo(f"Datos de demostración: {data.TIENDA}")
    found(servers, settings, echo)
    if shop.count("demo_admin", "producto_listar") <= 1:
        stock(shop)
    if shop.count("demo_admin", "cliente_listar") <= 1:
        _clients(shop)
    move(shop)
    assign(shop)
    work(shop)
    sell(shop)


def found(servers: Servers, settings: Settings, echo: Echo = print) -> None:
    """Only the company, its branches, people, registers and categories: a shop before its first delivery."""
    shop = Shop(servers, settings, echo, demo_password(settings))
    _administrator(shop)
    if not shop.count("demo_admin", "categoria_listar"):
        _place_and_people(shop)
    _registers(shop)


def _administrator(shop: Shop) -> bool:
    """Make the first administrator on both sides; False if there is one already."""
    admin = next(person for person in data.personal() if person.rol == "admin")
    with open_admin_batch(shop.servers.admin_conninfo("pos")) as pos:
        if pos.call("ingreso_login", usuario=admin.login)["login"]:
            return False
        proof = verifier(admin.login, shop.password)
        person = {"login": admin.login, "verificador": proof, "rol": admin.rol}
        pos.call("usuario_crear", **person, email=admin.email, nombre=admin.nombre)
    with open_admin_batch(shop.servers.admin_conninfo("ecom")) as ecom:
        ecom.call("usuario_crear", **person)
    return True


def _place_and_people(shop: Shop) -> None:
    """The company, its two branches and who works in them, in one transaction of the administrator."""
    people = [(person, verifier(person.login, shop.password)) for person in data.personal()]
    with shop.acting("demo_admin") as admin:
        admin.call(
            "empresa_actualizar", emp_ruc=data.empresa_ruc(), emp_razon_social=data.RAZON_SOCIAL,
            emp_nombre_comercial=data.TIENDA, emp_direccion=data.DIRECCION,
        )  # fmt: skip
        for branch, name, bodega in data.LUGARES:
            admin.call("establecimiento_crear", eta_codigo=branch, eta_nombre=name)
            admin.call("bodega_crear", bod_codigo=bodega, eta_codigo=branch, bod_nombre=f"Bodega {name}")
            admin.call("punto_emision_crear", eta_codigo=branch, pto_codigo="001", bod_codigo=bodega)
        for person, proof in people:
            if person.rol != "admin":
                admin.call(
                    "usuario_crear", login=person.login, verificador=proof, rol=person.rol,
                    email=person.email, nombre=person.nombre,
                )  # fmt: skip
            place = {"eta_codigo": person.establecimiento, "pto_codigo": "001", "principal": True}
            admin.call("usuario_establecimiento_asignar", login=person.login, **place)
        for code, name in data.CATEGORIAS.items():
            admin.call("categoria_crear", cat_codigo=code, cat_nombre=name)
    with open_batch(shop.servers.ecom, "demo_admin", shop.password) as ecom:
        for person, proof in people:
            if person.rol != "admin":
                ecom.call("usuario_crear", login=person.login, verificador=proof, rol=person.rol)
    shop.echo(f"  {len(data.LUGARES)} establecimientos, {len(people)} personas")


def _registers(shop: Shop) -> None:
    """A register at every branch's point that has none, for its cashiers to open."""
    with shop.acting("demo_admin") as admin:
        points = {row["punto_emision"] for row in admin.call("punto_emision_listar")["data"]}
        taken = {row["punto_emision"] for row in admin.call("caja_listar")["data"]}
        for branch, _, _ in data.LUGARES:
            if (point := f"{branch}-001") in points - taken:
                admin.call("caja_crear", nombre=data.CAJA, punto_emision=point)


def _clients(shop: Shop) -> None:
    """The clients, entered by who may set a credit limit."""
    with shop.acting("demo_adm_ventas") as seller:
        clients = list(data.clientes())
        for client in clients:
            seller.call("cliente_crear", **client._asdict())
    shop.echo(f"  {len(clients)} clientes")
