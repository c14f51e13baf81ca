"""`daf usuario`: people are PostgreSQL logins, the same on both sides."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from ..auth.scram import verifier
from ..db.batch import open_admin_batch, open_batch
from ..db.embedded import running
from ..settings import SIDES
from .base import load, password_of

Call = Callable[..., None]
acting = click.option("--como", metavar="LOGIN", help="Actuar como este administrador, no como superusuario.")


@click.group()
def usuario() -> None:
    """Personas: crear, cambiar de rol, apagar."""


@usuario.command("add")
@click.argument("login")
@click.argument("rol")
@click.option("--nombre", help="Nombre que se muestra.")
@click.option("--email", help="Correo, con el que también puede entrar.")
@click.option("--establecimiento", help="Establecimiento donde trabaja, por ejemplo 001.")
@click.password_option("--clave", prompt="Contraseña nueva", confirmation_prompt="Otra vez")
@acting
def add(login: str, rol: str, clave: str, como: str | None, **who: str | None) -> None:
    """Crea a una persona con un rol: ventas, bodega, cajero, contador, admin..."""
    proof = verifier(login, clave)
    person = {"email": who["email"], "nombre": who["nombre"], "eta_codigo": who["establecimiento"]}
    with _both_sides(como) as call:
        call("usuario_crear", login=login, verificador=proof, rol=rol, **person)
    click.echo(f"{login} puede entrar como {rol}.")


@usuario.command("rol")
@click.argument("login")
@click.argument("roles", nargs=-1, required=True)
@acting
def change(login: str, roles: tuple[str, ...], como: str | None) -> None:
    """Deja a una persona en estos roles y en ningún otro."""
    with _both_sides(como) as call:
        call("usuario_rol", login=login, roles=roles)
    click.echo(f"{login} es ahora {', '.join(roles)}.")


@usuario.command("off")
@click.argument("login")
@acting
def off(login: str, como: str | None) -> None:
    """Apaga a una persona: ni sesiones, ni conexiones, ni entradas nuevas."""
    with _both_sides(como) as call:
        call("usuario_off", login=login)
    click.echo(f"{login} ya no puede entrar.")


@contextmanager
def _both_sides(login: str | None) -> Iterator[Call]:
    """Call the same function on both sides, POS first, as that login or as the superuser."""
    settings = load()
    password = password_of(settings, login) if login else ""
    with running(settings) as servers:

        def call(name: str, **params: Any) -> None:
            for side in SIDES:
                if login:
                    session = open_batch(getattr(servers, side), login, password, label="daf usuario")
                else:
                    session = open_admin_batch(servers.admin_conninfo(side), label="daf usuario")
                with session as batch:
                    batch.call(name, **params)

        yield call
