"""The demo on a deployment of its own: loaded by its people, told over HTTP, agreeing to the cent."""

import os
import stat
import tempfile
import threading
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from werkzeug.serving import make_server

from daf_backend import create_app
from daf_backend.db.batch import open_batch
from daf_backend.db.deploy import deploy
from daf_backend.db.embedded import running
from daf_backend.demo.load import load
from daf_backend.demo.password import demo_password, password_file
from daf_backend.demo.tell import first_sale, tell
from daf_backend.doctor import review
from daf_backend.errors import Problem
from daf_backend.settings import Settings

LOADED = "daf_pos_cargada"  # a copy of the POS database, made right after the demo was loaded


def quiet(line):
    """Nobody listens."""


@pytest.fixture(scope="module")
def deployment():
    """Settings and servers of a home with the demo in it."""
    with tempfile.TemporaryDirectory(prefix="daf-demo-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        home = Path(folder)
        bindir = os.environ.get("DAF_PG_BINDIR", "")
        settings = Settings(_env_file=None, home=home, uploads=home / "uploads", pg_bindir=bindir)
        with running(settings) as servers:
            deploy(servers, settings, quiet)
            load(servers, settings, quiet)
            with psycopg.connect(servers.admin_conninfo("pos"), dbname="postgres", autocommit=True) as conn:
                conn.execute(f"CREATE DATABASE {LOADED} TEMPLATE daf_pos")
            yield settings, servers


@pytest.fixture(scope="module")
def address(deployment):
    """Where the API of that deployment answers."""
    app = create_app(deployment[0])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["daf"].close()


def asking(deployment, **database):
    """How to get one value of a database, as superuser."""

    def value(query):
        with psycopg.connect(deployment[1].admin_conninfo("pos"), **database) as conn:
            return conn.execute(query).fetchone()[0]

    return value


@pytest.fixture
def ask(deployment):
    """One value of the POS database."""
    return asking(deployment)


@pytest.fixture
def ask_loaded(deployment):
    """One value of the POS database as it was loaded, before anybody sold or told anything."""
    return asking(deployment, dbname=LOADED)


def test_la_tienda_esta_completa(ask_loaded):
    assert ask_loaded("SELECT count(*) FROM datos.producto WHERE prd_img IS NOT NULL") == 324
    assert ask_loaded("SELECT count(*) FROM datos.categoria") == 12
    assert ask_loaded("SELECT count(*) FROM datos.cliente") == 61  # and consumidor final
    assert ask_loaded("SELECT count(*) FROM datos.usuario") == 11
    assert ask_loaded("SELECT array_agg(DISTINCT eta_codigo ORDER BY eta_codigo) FROM datos.factura") == [
        "001",
        "002",
    ]
    assert ask_loaded("SELECT array_agg(DISTINCT fac_estado ORDER BY fac_estado) FROM datos.factura") == [
        "ANU",
        "APR",
        "PEN",
    ]
    assert (
        ask_loaded("SELECT count(*) FROM datos.existencia WHERE bod_codigo = 'WEB' AND exi_cantidad > 0")
        >= 40
    )


@pytest.mark.parametrize(
    ("lista", "found"),
    [
        (
            "oc_estado || ' ' || oc_recepcion FROM datos.orden_compra",
            ["APR COMPLETA", "APR PARCIAL", "APR PENDIENTE", "PEN PENDIENTE"],
        ),
        ("cmp_pago FROM datos.compra", ["CREDITO"]),
        ("est_estado FROM datos.estandar", ["APR", "PEN"]),
        ("tra_estado FROM datos.transferencia", ["ENVIADA", "PARCIAL", "RECIBIDA"]),
        ("cnt_estado FROM datos.conteo", ["APR", "PEN"]),
        ("estado FROM datos.sesion_caja", ["CERRADA"]),
        ("metodo FROM datos.factura_pago", ["EFECTIVO", "TARJETA", "TRANSFERENCIA"]),
    ],
)  # fmt: skip
def test_ninguna_pantalla_esta_vacia(ask_loaded, lista, found):
    column, table = lista.split(" FROM ")
    assert ask_loaded(f"SELECT array_agg(DISTINCT {column} ORDER BY {column}) FROM {table}") == found


def test_hay_una_caja_en_cada_sucursal_tambien_si_se_carga_otra_vez(deployment, ask):
    settings, servers = deployment
    load(servers, settings, lambda line: None)
    assert ask("SELECT json_agg(eta_codigo ORDER BY eta_codigo) FROM datos.caja WHERE nombre = 'Caja 1'") == [
        "001",
        "002",
    ]
    with open_batch(servers.pos, "demo_cajero", demo_password(settings)) as cashier:
        (box,) = cashier.call("caja_listar")["data"]
        assert (box["punto_emision"], box["sesion"]) == ("002-001", None)


def test_cada_fila_la_escribio_una_persona_de_la_tienda(ask_loaded):
    writers = ask_loaded(
        "SELECT array_agg(DISTINCT usr_id) FROM datos.kardex WHERE trn_cod NOT IN ('TRE', 'TRI')"
    )
    assert all(writer.startswith("demo_") for writer in writers)
    assert ask_loaded(
        "SELECT array_agg(DISTINCT usr_id ORDER BY usr_id) FROM datos.factura WHERE ses_id IS NULL"
    ) == [
        "demo_adm_ventas",
        "demo_ventas",
    ]


def test_los_cuadros_estan_en_su_carpeta(deployment, ask):
    names = {path.name for path in (deployment[0].uploads / "images").iterdir()}
    assert ask("SELECT prd_img FROM datos.producto WHERE prd_img IS NOT NULL LIMIT 1") in names


def test_la_clave_es_una_y_privada(deployment):
    path = password_file(deployment[0])
    assert demo_password(deployment[0]) == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_en_produccion_no_hay_usuarios_demo(deployment):
    with pytest.raises(ValueError, match="production"):
        demo_password(deployment[0].model_copy(update={"env": "produccion"}))


def test_cargar_otra_vez_no_hace_nada(deployment, ask):
    settings, servers = deployment
    before = ask("SELECT count(*) FROM datos.kardex")
    told = []
    load(servers, settings, told.append)
    assert told == []
    assert ask("SELECT count(*) FROM datos.kardex") == before


def test_el_libro_lo_lee_quien_lleva_las_cuentas(deployment, ask):
    settings, servers = deployment
    document = ask("SELECT max(fac_codigo) FROM datos.factura WHERE fac_estado = 'APR'")
    with open_batch(servers.pos, "demo_contador", demo_password(settings)) as reader:
        (entry,) = reader.call("asiento_listar", doc_tipo="FAC", doc_codigo=document)
    assert sum(Decimal(line["monto"]) for line in entry["lineas"]) == 0
    with (
        pytest.raises(Problem) as refusal,
        open_batch(servers.pos, "demo_ventas", demo_password(settings)) as seller,
    ):
        seller.call("asiento_listar", doc_tipo="FAC", doc_codigo=document)
    assert refusal.value.status == 403


def test_la_primera_venta_se_dice_en_una_linea(deployment, address):
    told = []
    first_sale(deployment[0], address, told.append)
    assert len(told) == 1
    assert "001-001-0000000" in told[0]


def test_la_demostracion_se_cuenta_dos_veces_y_el_doctor_no_encuentra_nada(deployment, address):
    settings, servers = deployment
    for arrival in ("se registra", "vuelve con su cuenta"):
        told = []
        assert tell(settings, address, told.append) == 0
        story = "\n".join(told)
        assert arrival in story
        assert story.count("suma                       0.00  ✓") == 2
        assert "estado del pedido          FACTURADO" in story
        assert "no se le dice" in story and "0.00, CUADRADO" in story
    assert not any(finding.rows for finding in review(servers))
