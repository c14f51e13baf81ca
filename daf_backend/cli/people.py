"""`daf usuario`: people are PostgreSQL logins, the same on both sides."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from ..auth.scram import verifier
from ..db.batch import open_admin_batch, open_batch
from ..db.embedded import running
from ..db.sync import copy_staff, same_server
from ..errors import Problem
from ..settings import SIDES, Side
from .base import load, password_of

Call = Callable[..., Any]
acting = click.option("--como", metavar="LOGIN", help="Actuar como este administrador, no como superusuario.")


@click.group()
def usuario() -> None:
    """Personas: crear, cambiar de rol, apagar, encender."""


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


@usuario.command("on")
@click.argument("login")
@click.argument("roles", nargs=-1)
@acting
def on(login: str, roles: tuple[str, ...], como: str | None) -> None:
    """Deja entrar a una persona, o la deja entrar de nuevo; quien pidió su usuario necesita un rol."""
    with _both_sides(como) as call:
        call("usuario_on", sides=("pos",), login=login, roles=roles or None)
        try:
            call("usuario_on", sides=("ecom",), login=login)
        except Problem as exc:
            if exc.status != 404:
                raise
            click.echo("En el servidor de ECOM no existe todavía: use `daf usuario sincronizar`.")
    click.echo(f"{login} puede entrar.")


@usuario.command("list")
@acting
def show(como: str | None) -> None:
    """Lista a las personas: ingreso, estado, roles, nombre y correo."""
    with _both_sides(como) as call:
        people = call("usuario_listar", sides=("pos",))["data"]
    for row in people:
        roles = ",".join(row["roles"]) or "-"
        click.echo(f"{row['login']:24} {row['usr_estado']}  {roles:24} {row['name']} <{row['email'] or ''}>")


@usuario.command("sincronizar")
def synchronize() -> None:
    """Copia el personal del servidor del POS al de ECOM, donde son dos servidores."""
    with running(load()) as servers:
        if same_server(servers):
            click.echo("Las dos bases están en un servidor: el personal es el mismo.")
            return
        changed, strangers = copy_staff(servers)
    click.echo(f"{len(changed)} personas copiadas: {', '.join(changed) or 'ninguna'}")
    if strangers:
        click.echo(f"Solo en ECOM, sin tocar: {', '.join(strangers)}")


@contextmanager
def _both_sides(login: str | None) -> Iterator[Call]:
    """Call the same function on both sides or on those named, as that login or as the superuser; the last answer."""
    settings = load()
    password = password_of(settings, login) if login else ""
    with running(settings) as servers:

        def call(name: str, sides: Sequence[Side] = SIDES, **params: Any) -> Any:
            answer = None
            for side in sides:
                if login:
                    session = open_batch(getattr(servers, side), login, password, label="daf usuario")
                else:
                    session = open_admin_batch(servers.admin_conninfo(side), label="daf usuario")
                with session as batch:
                    answer = batch.call(name, **params)
            return answer

        yield call
