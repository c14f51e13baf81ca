"""`daf claves`: the rings and passwords of the deployment, changed while it serves. It never shows one."""

import secrets
import time
from datetime import UTC, datetime

import click
import psycopg

from ..auth import keyring, rotation
from ..auth.keyring import PULSE, RINGS, SERVICES
from ..db.deploy import install_context_keys, set_passwords
from ..db.embedded import running
from ..settings import SIDES, Settings
from .base import load

KINDS = ("firma", "kek", "pasarela", "contexto", "servicios")
CONTEXT_LIFE = 120.0  # the database believes a context for a minute
PAYMENT_LIFE = 1800.0  # an order waits a quarter of an hour for its payment
SETTLE = 3 * PULSE  # by then every process has read a file again
ELSEWHERE = """{variable} viene del entorno, así que este comando no la cambia. Donde la guarde, ponga la nueva delante,
en uso dentro de un minuto, y conserve la anterior:
  {variable}="k2:$(head -c32 /dev/urandom | base64 -w0)@$(( $(date +%s) + 60 )),<la anterior>"
(k2: un nombre que la anterior no tenga). Reinicie cada servidor antes de ese minuto; retire la anterior otro día."""
ELSEWHERE_PASSWORD = """{variable} viene del entorno, así que este comando no la cambia. Cámbiela donde la guarde,
ejecute `daf deploy` con el valor nuevo y reinicie los servidores."""

side_option = click.option("--lado", type=click.Choice(SIDES), help="Solo la de este lado.")


@click.group(invoke_without_command=True)
@click.pass_context
def claves(ctx: click.Context) -> None:
    """Claves de firma, cifrado, pasarela, contexto y servicios: cuáles hay y desde cuándo; nunca su valor."""
    if ctx.invoked_subcommand is None:
        _tell(_settings())


@claves.command()
@click.argument("cual", type=click.Choice(KINDS))
@side_option
@click.option(
    "--en", "ahead", type=click.FloatRange(min=SETTLE), default=rotation.AHEAD, show_default=True,
    help="Segundos hasta usar la nueva; si DAF_HOME se copia a otros servidores, lo que tarde la copia.",
)  # fmt: skip
def rotar(cual: str, lado: str | None, ahead: float) -> None:
    """Cambia una clave por otra nueva sin cerrar ninguna sesión."""
    settings = _settings()
    with rotation.turn(settings):
        if cual == "servicios":
            _refuse_given(settings, SERVICES)
            _services(settings)
        else:
            _refuse_given(settings, _rings(cual, lado))
            for name in _rings(cual, lado):
                _rotate(settings, name, ahead)
    if cual != "servicios":
        click.echo(
            f"Se usa dentro de {ahead:g} s. La anterior vale para lo ya hecho, hasta `daf claves retirar {cual}`."
        )


@claves.command()
@click.argument("cual", type=click.Choice(KINDS[:-1]))
@side_option
@click.option(
    "--ya", is_flag=True, help="Aunque haya sesiones que dependan de ella: tendrán que entrar de nuevo."
)
def retirar(cual: str, lado: str | None, ya: bool) -> None:
    """Olvida las claves que ya fueron reemplazadas y de las que nada vive."""
    settings = _settings()
    with rotation.turn(settings):
        _refuse_given(settings, _rings(cual, lado))
        for name in _rings(cual, lado):
            spent = rotation.retire(settings, name, 0 if ya else _life(settings, name))
            if spent and name == "contexto":
                _tell_the_shop(settings)
            click.echo(f"{name}: {'retirada ' + ', '.join(spent) if spent else 'nada que retirar todavía'}")


def _settings() -> Settings:
    settings = load()
    try:
        keyring.Keyring.load(settings)
    except FileNotFoundError as exc:
        raise click.ClickException(f"falta el secreto {exc.filename}: ejecute `daf deploy` primero") from exc
    return settings


def _tell(settings: Settings) -> None:
    """A line for each key: where it is, its name, since when, and what it is for now."""
    for name in RINGS:
        for key in rotation.describe(settings, name):
            since = _when(key.since) if key.since else "sin fecha"
            state = (
                "en uso"
                if key.in_use
                else "por usar"
                if key.replaced is None
                else f"hasta {_when(key.replaced)}"
            )
            click.echo(f"{name:<12} {key.kid:<8} desde {since:<19}  {state:<26} {_place(settings, name)}")
    for role in SERVICES:
        click.echo(
            f"{role:<12} {'clave':<8} {_since_file(settings, role):<25}  {'en uso':<26} {_place(settings, role)}"
        )


def _rotate(settings: Settings, name: str, ahead: float) -> None:
    """A new key in front. The shop's database verifies contexts, so it hears of its key before anybody signs."""
    entry = rotation.prepare(settings, name, ahead)
    if name == "contexto":
        _tell_the_shop(settings, entry)
    rotation.add(settings, name, entry)
    click.echo(f"{name}: {entry.kid} desde {_when(entry.since)}")


def _tell_the_shop(settings: Settings, *more: keyring.Entry) -> None:
    entries = [*more, *keyring.parse(keyring.secret(settings, "contexto"))]
    with running(settings) as servers, psycopg.connect(servers.admin_conninfo("ecom")) as conn:
        install_context_keys(conn, {entry.kid: entry.key for entry in entries})


def _services(settings: Settings) -> None:
    """New passwords. While PostgreSQL learns them the files hold both, so whoever connects meanwhile gets in; one that
    was interrupted is finished with the passwords it had chosen.
    """
    words = {role: keyring.secret(settings, role).split(",") for role in SERVICES}
    new = {role: known[1] if len(known) > 1 else secrets.token_urlsafe(32) for role, known in words.items()}
    for role in SERVICES:
        rotation.keep_passwords(settings, role, words[role][0], new[role])
    time.sleep(SETTLE)
    with running(settings) as servers:
        for side in SIDES:
            with psycopg.connect(servers.admin_conninfo(side, "postgres")) as conn:
                set_passwords(conn, new)
    for role in SERVICES:
        rotation.keep_passwords(settings, role, new[role])
        click.echo(f"{role}: contraseña nueva en PostgreSQL y en su archivo")


def _rings(kind: str, side: str | None) -> list[str]:
    if kind in ("contexto", "pasarela"):
        return [kind]
    return [f"{kind}_{each}" for each in SIDES if side in (None, each)]


def _life(settings: Settings, name: str) -> float:
    """How long what a key made may still be shown to us, in seconds."""
    if name in ("contexto", "pasarela"):
        return CONTEXT_LIFE if name == "contexto" else PAYMENT_LIFE
    access = settings.pos_access_hours if name.endswith("_pos") else settings.ecom_access_hours
    # What refreshes a session is sealed too, and used at least once in its idle time.
    idle = settings.session_idle_hours if name.startswith("kek") else 0.0
    return max(access, idle) * 3600


def _refuse_given(settings: Settings, names: list[str] | tuple[str, ...]) -> None:
    for name in names:
        if keyring.given(settings, name):
            words = ELSEWHERE_PASSWORD if name in SERVICES else ELSEWHERE
            raise click.ClickException(words.format(variable=f"DAF_SECRET_{name.upper()}"))


def _place(settings: Settings, name: str) -> str:
    return "entorno" if keyring.given(settings, name) else str(keyring.path_of(settings, name))


def _since_file(settings: Settings, name: str) -> str:
    if keyring.given(settings, name):
        return "sin fecha"
    return _when(keyring.path_of(settings, name).stat().st_mtime)


def _when(second: float) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S}"
