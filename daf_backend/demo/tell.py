"""`daf demo`: a whole sale on each side, over HTTP against the running API, told with its figures."""

from collections.abc import Callable

from ..db.embedded import locate
from ..doctor import between, report, review
from ..settings import Settings
from .client import Client
from .counter import sell, some_client, stocked_product, tell_counter
from .drawer import tell_drawer
from .narrator import Narrator
from .online import tell_online
from .password import demo_password

Echo = Callable[[str], object]


def tell(settings: Settings, base_url: str, echo: Echo = print) -> int:
    """Sell at the counter and the till, buy online, and let the doctor look at both databases; its violations.

    Raises:
        Refused: the API said no where it should not.
        AssertionError: a figure is not what it must be.
    """
    password = demo_password(settings)
    servers = locate(settings)
    voice = Narrator(echo)
    tell_counter(voice, base_url, servers, password)
    tell_drawer(voice, base_url, password)
    tell_online(voice, base_url, servers, password)
    voice.title("El doctor revisa las dos bases de datos")
    return report([*review(servers, "demo_auditor", password), *between(settings)], echo)


def first_sale(settings: Settings, base_url: str, echo: Echo = print) -> None:
    """The short proof that a fresh deployment sells: one invoice, approved through the API.

    Raises:
        Refused: it does not.
    """
    seller = Client(base_url)
    try:
        seller.login("pos", "demo_ventas", demo_password(settings))
        sale = sell(seller, stocked_product(seller), some_client(seller))
    finally:
        seller.close()
    factura = sale.factura
    echo(
        f"Primera venta: factura {factura['fac_numero']} por {factura['fac_total']},"
        f" existencia de {sale.linea['prd_codigo']} de {sale.before} a {sale.after}"
    )
