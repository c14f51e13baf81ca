"""A bare application with one invented noun: the HTTP trunk without a database."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from daf_backend.errors import Problem
from daf_backend.http import init_http
from daf_backend.http.alias import Aliases
from daf_backend.http.fields import Cantidad, Codigo, Entero, Imagen, Lista, Money, Objeto, Texto
from daf_backend.http.files import stored
from daf_backend.http.openapi import build_api
from daf_backend.http.page import PageQuery, envelope
from daf_backend.http.resource import Noun, Schema
from daf_backend.settings import Settings


class Linea(Schema):
    codigo = Codigo(required=True)
    cantidad = Cantidad(required=True)


class CosaNueva(Schema):
    codigo = Codigo(required=True)
    nombre = Texto(20, required=True)
    nota = Texto(20)
    precio = Money(min=0)
    orden = Entero()
    lineas = Lista(Objeto(Linea), max=3)
    foto = Imagen()


class Cosa(Schema):
    codigo = Codigo(required=True)
    precio = Money(required=True)


def _echo(datos: dict[str, Any]) -> dict[str, str]:
    return {key: repr(value) for key, value in datos.items()}


def _noun() -> Noun:
    blp = Noun("cosa", __name__, description="Cosas")

    @blp.get("/cosa", query=PageQuery, answers=envelope(Cosa))
    def cosa_listar(query):
        """Lista las cosas."""
        return _echo(query)

    @blp.post("/cosa", takes=CosaNueva, answers=Cosa, status=201)
    def cosa_crear(datos):
        """Crea una cosa."""
        return _echo(datos)

    @blp.put("/cosa/<codigo>", takes=CosaNueva(partial=True), answers=Cosa, location="files")
    def cosa_actualizar(codigo, datos):
        """Cambia una cosa."""
        with stored(datos, "foto") as ready:
            if codigo == "MALA":
                raise Problem(409, "cosa_abierta", "La cosa ya está cerrada.")
            return _echo(ready)

    @blp.delete("/cosa/<codigo>", status=204)
    def cosa_eliminar(codigo):
        """Retira una cosa."""

    @blp.get("/tipo", answers=Cosa(many=True), etag=True, public=True)
    def cosa_tipos():
        """Lista los tipos."""
        return b'[{"codigo":"A","precio":"1.00"}]'

    @blp.post("/caja", answers=Cosa)
    def cosa_pagar():
        """Responde 202 cuando el otro lado no está."""
        return b'{"codigo":"A"}', 202

    @blp.get("/falla")
    def cosa_fallar():
        """Falla con un texto que nadie de afuera debe ver."""
        raise RuntimeError("secreto de la base de datos")

    return blp


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """The bare application: one side, one noun, pictures in a folder of this test."""
    app = Flask(__name__, static_folder=None)
    settings = Settings(_env_file=None, uploads=tmp_path)  # type: ignore[call-arg]
    init_http(app, settings)
    api = build_api(app, "pos", "Prueba", [_noun()])
    other_names = {"/api/pos/cosas": "/api/pos/cosa", "/api/pos/cosa/vieja": "/api/pos/cosa"}
    app.wsgi_app = Aliases(app.wsgi_app, other_names)
    app.extensions["prueba"] = SimpleNamespace(api=api, settings=settings)
    return app


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    """A client of the bare application."""
    with app.test_client() as client:
        yield client


@pytest.fixture(autouse=True)
def answers_keep_their_contract() -> None:
    """The invented noun echoes what it got; it has no contract to keep."""
