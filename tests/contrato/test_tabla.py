"""The table and the documents name the same routes, and every test of the table exists."""

import importlib
from pathlib import Path

import pytest

from daf_backend.http.examples import example

from .rutas import SIDES, coming, documented, proved_by, table


@pytest.fixture
def operations(client) -> set[str]:
    """Every operation of the three documents."""
    return {
        route for prefix in SIDES.values() for route in documented(client.get(f"{prefix}/openapi.json").json)
    }


def test_cada_ruta_de_los_documentos_tiene_su_prueba(operations):
    unproved = operations - set(table())
    assert not unproved, f"write a test for them and name it in tests/contrato/rutas.yaml: {sorted(unproved)}"


def test_cada_ruta_de_la_tabla_esta_en_los_documentos(operations):
    assert set(table()) <= operations


def test_lo_que_esta_por_venir_no_ha_llegado(operations):
    here = coming() & operations
    assert not here, f"move them from por_venir to the test that proves them: {sorted(here)}"


def test_cada_prueba_de_la_tabla_existe():
    for test in proved_by():
        file, name = test.split("::")
        module = ".".join(("tests", *Path(file).with_suffix("").parts))
        assert callable(getattr(importlib.import_module(module), name))


def test_el_ejemplo_de_cada_escritura_esta_bien_formado(app):
    routes = {view.route for view in app.view_functions.values() if getattr(view, "route", None)}
    bodies = [route.takes for route in routes if route.takes is not None]
    assert len(bodies) > 60
    for body in bodies:
        shown = example(body)
        assert body.load(shown) or not body.load_fields, type(body).__name__
