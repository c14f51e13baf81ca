"""The worker in a process of its own, as `daf worker` runs it: killed, cut off, told to stop."""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from daf_backend.ecom import pagos_cobro

from .conftest import Bridge

PROGRAM = """
import json, sys
from daf_backend.http.logs import configure_logging
from daf_backend.puente.worker import main
from daf_backend.settings import Settings
configure_logging()
main(Settings(_env_file=None, **json.loads(sys.argv[1])))
"""


@contextmanager
def working(bridge: Bridge, sweep_seconds: float = 0.3, **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process, killed at the end if it still lives."""
    own = bridge.settings
    given = {
        "home": str(own.home),
        "pos_dsn": own.pos_dsn,
        "ecom_dsn": own.ecom_dsn,
        "sweep_seconds": sweep_seconds,
        **more,
    }
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, json.dumps(given)], stderr=log)
        try:
            until(lambda: b"worker ready" in Path(log.name).read_bytes() or process.poll() is not None)
            assert process.poll() is None, Path(log.name).read_text()
            yield process
        except AssertionError as exc:
            exc.add_note(Path(log.name).read_text()[-6000:])
            raise
        finally:
            process.kill()
            process.wait()


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something."""
    started = time.monotonic()
    while not done():
        assert time.monotonic() - started < seconds, "it never happened"
        time.sleep(0.05)


@pytest.fixture
def idle(bridge, monkeypatch) -> Bridge:
    """The bridge without its inline attempts: only the worker moves anything."""
    monkeypatch.setitem(bridge.app.extensions, "daf_facturar", lambda ped_codigo: None)
    monkeypatch.setitem(bridge.app.extensions, "daf_cupo", lambda intent: intent)
    return bridge


def test_termina_lo_que_quedo_empezado(idle):
    product, other = idle.give(idle.product(), 5), idle.product(told=False)
    order = idle.order(product)
    idle.ask_units(other, 3)
    with working(idle):
        until(lambda: idle.state(order)[0] == "FACTURADO" and idle.web(other) == (3, 3))


def test_un_aviso_lo_despierta_mucho_antes_de_su_turno(idle):
    product = idle.give(idle.product(), 5)
    with working(idle, sweep_seconds=300):  # its turn is long after anybody here gives up
        time.sleep(1.5)
        order = idle.order(product)
        until(lambda: idle.state(order)[0] == "FACTURADO")
        idle.ask_units(product, 2)
        until(lambda: idle.web(product) == (2, 2))
        idle.staff("admin")("producto_actualizar", prd_codigo=product, prd_nombre="Despierta")
        name = "SELECT prd_nombre FROM datos.producto WHERE prd_codigo = %s"
        until(lambda: idle.shop.conn.execute(name, (product,)).fetchone() == ("Despierta",))


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_sobrevive_a_una_base_que_se_va_y_vuelve(idle, side):
    product = idle.give(idle.product(stock=40), 20)
    order = idle.order(product)
    with working(idle) as worker:
        until(lambda: idle.state(order)[0] == "FACTURADO")
        with idle.away(side):
            late = idle.order(product) if side == "pos" else None
            time.sleep(2)
            assert worker.poll() is None
        idle.ask_units(product, 3)
        until(lambda: idle.web(product) == (3, 3), 45)
        if late:
            until(lambda: idle.state(late)[0] == "FACTURADO", 45)


def test_con_el_punto_de_venta_caido_la_tienda_sigue_liberando_reservas(idle):
    product = idle.give(idle.product(), 5)
    shopper = idle.shopper()
    shopper("POST", "/carrito", {"prd_codigo": product, "cantidad": 4})
    assert shopper("POST", "/pagos/checkout", {"card_number": "4000000000000259"}).status_code == 503
    reserved = "SELECT reservado FROM datos.cupo WHERE prd_codigo = %s"
    assert idle.shop.conn.execute(reserved, (product,)).fetchone() == (4,)
    idle.shop.conn.execute("UPDATE datos.pedido SET ped_vence = now() WHERE ped_estado = 'PENDIENTE_PAGO'")
    with working(idle):
        with idle.away("pos"):
            until(lambda: idle.shop.conn.execute(reserved, (product,)).fetchone() == (0,))


@pytest.mark.parametrize("round_", range(3))
def test_matarlo_en_cualquier_momento_no_pierde_ni_repite(idle, round_):
    products = [idle.give(idle.product(stock=20), 6) for _ in range(2)]
    orders = [idle.order(product) for product in products]
    for product in products:
        idle.ask_units(product, 2 + round_)
        idle.staff("admin")("producto_actualizar", prd_codigo=product, prd_nombre=f"Ronda {round_}")
    with working(idle) as worker:
        time.sleep(0.015 * round_)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert idle.violations() == []
    with working(idle), working(idle):  # and two of them share what is left
        until(lambda: all(idle.state(order)[0] == "FACTURADO" for order in orders))
        until(lambda: all(idle.web(product) == (2 + round_,) * 2 for product in products))


def test_una_senal_lo_para_con_orden(idle):
    with working(idle) as worker:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0


def test_sin_nada_que_hacer_no_escribe(idle):
    idle.sweep()
    with idle.app.app_context():
        pagos_cobro.sweep(older_than=0)  # payments that earlier tests left hanging

    def transactions() -> int:
        """How many transactions had something to write, ever, in the whole server."""
        row = idle.pos.conn.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
        return row[0] if row else 0

    def written() -> int:
        before = transactions()
        time.sleep(1.5)  # seven sweeps of each kind
        return transactions() - before

    with working(idle, sweep_seconds=0.2):
        assert min(written() for _ in range(3)) == 0  # the server tidies up by itself now and then
