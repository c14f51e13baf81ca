"""What must hold before we serve: servers that check passwords, and in production no remains of trying.

Every fault is told at once, in a sentence, before a port is opened.
"""

import logging
from collections.abc import Iterator

from .auth.keyring import Keyring
from .correo import transport
from .db.checks import inspect
from .db.embedded import Servers
from .db.staff import staff_logins
from .settings import SIDES, Settings

log = logging.getLogger("daf.preflight")

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SHORTEST_TOKEN = 16
STRIPE_KEYS = ("sk_", "rk_")
ENCRYPTED = {"require", "verify-ca", "verify-full"}


class NotReady(Exception):
    """We do not serve like this; the message says all the reasons."""


def check(settings: Settings, servers: Servers) -> None:
    """Prove what can be proved before serving.

    Raises:
        NotReady: keys are missing, or production is asked for and something of it is not in order.
        UnsafeServer: a server lets people in unchecked.
    """
    try:
        password = Keyring.load(settings).services["api_login"]
    except FileNotFoundError as exc:
        raise NotReady(f"falta el secreto {exc.filename}: ejecute `daf deploy` primero") from exc
    for side in SIDES:
        inspect(getattr(servers, side), side, password)
    if faults := [*transport.faults(settings)]:
        raise NotReady("\n  - ".join(["el correo no está bien configurado:", *faults]))
    if settings.pasarela == "stripe" and (missing := [*_stripe(settings)]):
        raise NotReady("\n  - ".join(["DAF_PASARELA=stripe no arranca así:", *missing]))
    if settings.env == "produccion":
        people = staff_logins(servers.pos, user="api_login", password=password)
        faults = [*_open_doors(settings), *_clear_text(settings, servers), *_demo(settings, people)]
        if faults:
            raise NotReady("\n  - ".join(["DAF_ENV=produccion no arranca así:", *faults]))
        if settings.pasarela == "simulada":  # a company may well sell at its counters only
            log.warning("DAF_PASARELA=simulada: la tienda acepta tarjetas de prueba y no cobra nada")


def _open_doors(settings: Settings) -> Iterator[str]:
    if settings.admin_dsn.get_secret_value():
        yield "DAF_ADMIN_DSN está a la vista de este proceso; solo la necesitan deploy y up"
    if settings.cors_origins == Settings.model_fields["cors_origins"].default:
        yield "DAF_CORS_ORIGINS tiene los orígenes de desarrollo"
    if len(settings.metrics_token.get_secret_value()) < SHORTEST_TOKEN:
        yield f"DAF_METRICS_TOKEN falta o es corto: ponga uno de {SHORTEST_TOKEN} caracteres o más"


def _stripe(settings: Settings) -> Iterator[str]:
    if not settings.stripe_key.get_secret_value().startswith(STRIPE_KEYS):
        yield "DAF_STRIPE_KEY falta o no es una clave secreta (sk_... o rk_...)"
    if not settings.stripe_webhook_secret.get_secret_value().startswith("whsec_"):
        yield "DAF_STRIPE_WEBHOOK_SECRET falta o no es el secreto de un webhook (whsec_...)"
    if settings.env == "produccion" and not settings.stripe_url.startswith("https://"):
        yield "DAF_STRIPE_URL sin TLS"


def _clear_text(settings: Settings, servers: Servers) -> Iterator[str]:
    if settings.host not in LOOPBACK and not settings.proxies:
        yield f"DAF_HOST={settings.host} sin TLS: ponga delante un proxy con TLS y cuéntelo en DAF_PROXIES"
    for side in SIDES:
        place = servers.place(side)
        if place.get("host") not in LOOPBACK and place.get("sslmode") not in ENCRYPTED:
            yield f"DAF_{side.upper()}_DSN sale de esta máquina sin TLS: agregue sslmode=verify-full"


def _demo(settings: Settings, logins: list[str]) -> Iterator[str]:
    if settings.demo_password.get_secret_value():
        yield "DAF_DEMO_PASSWORD no tiene lugar en producción"
    if demo := [login for login in logins if login.startswith("demo_")]:
        yield f"pueden entrar {', '.join(demo)}: apáguelos con `daf usuario off`"
