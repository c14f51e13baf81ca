"""Settings of the company: typed, versioned, changed all or none."""

import json
import re
from typing import Any

from flask import Response, current_app, request

from ..db.call import call
from ..errors import Problem
from ..http.fields import Booleano, Entero, Libre, Lista, Mapa, Objeto, Opcion, Texto
from ..http.resource import Noun
from ..http.schema import Schema
from .vigencia import SettingsVersion

blp = Noun("ajuste", __name__, description="Ajustes de la empresa")
TYPES = ("texto", "entero", "dinero", "logico", "opcion", "zona", "hora", "denominaciones")


class Ajuste(Schema):
    """One setting, and what it accepts."""

    clave = Texto(41, required=True)
    valor = Libre(required=True, metadata={"description": "De su tipo: texto, número, lógico o lista"})
    tipo = Opcion(*TYPES, required=True)
    descripcion = Texto(required=True)
    opciones = Lista(Texto(), allow_none=True)
    minimo = Libre(allow_none=True)
    maximo = Libre(allow_none=True)
    publico = Booleano(required=True)
    version = Entero(required=True, metadata={"description": "A la que cambió por última vez"})


class Ajustes(Schema):
    """Every setting the caller may read, and the version of all."""

    data = Lista(Objeto(Ajuste), required=True)
    version = Entero(required=True)


class CambioAjustes(Schema):
    """Settings by key, here or at the top of the body; with a version, none of them may have changed after it."""

    ajustes = Mapa(Libre(allow_none=True), required=True)
    version = Entero(min=1)

    def prepare(self, data: dict[str, Any]) -> dict[str, Any]:
        """Fold ``{clave: valor}`` at the top."""
        loose = {key: value for key, value in data.items() if key not in ("ajustes", "version")}
        return data if "ajustes" in data else {"ajustes": loose, "version": data.get("version")}


@blp.get("/settings", answers=Ajustes)
def ajuste_listar() -> Response:
    """Lista los ajustes que puede leer quien pregunta, con su tipo, sus límites y su versión."""
    known = request.if_none_match
    if known and known.contains(str(settings_version().current())):
        return _tagged(Response(status=304), settings_version().current())
    return _answer(call("ajuste_listar"))


@blp.put("/settings", takes=CambioAjustes, answers=Ajustes)
def ajuste_guardar(datos: dict[str, Any]) -> Response:
    """Cambia ajustes, todos o ninguno; con versión, solo si nadie los cambió después."""
    version = datos.get("version") or _if_match()
    answer = call("ajuste_guardar", ajustes=datos["ajustes"], version=version)
    settings_version().forget()
    current_app.extensions["daf_ajuste"]()
    return _answer(answer)


def settings_version() -> SettingsVersion:
    """What this worker knows of the version."""
    known: SettingsVersion = current_app.extensions["daf_vigencia"]
    return known


def _if_match() -> int | None:
    """The version a client read, if it says so in If-Match."""
    tag = request.headers.get("If-Match", "*").strip()
    if tag == "*":
        return None
    found = re.fullmatch(r'"([0-9]{1,18})"', tag)
    if found is None:
        raise Problem(400, "if_match_version", "If-Match lleva el ETag que dio la lista de ajustes.")
    return int(found[1])


def _answer(body: bytes) -> Response:
    return _tagged(Response(body, mimetype="application/json"), json.loads(body)["version"])


def _tagged(response: Response, version: int) -> Response:
    response.set_etag(str(version))
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Authorization")
    return response
