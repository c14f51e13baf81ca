"""`daf worker`: finishes what the bridge began, for as long as it runs.

One thread per kind of sweep, so that a POS that is away never delays what the shop can do alone (freeing
reservations, giving money back). A sweep runs every ``sweep_seconds`` give or take a fifth, at once when a
database says there is something to do, and after a failure less and less often. Two workers share the work:
orders and movements are idempotent by their codes, intents are claimed with SKIP LOCKED, deliveries are
numbered. So no lock, advisory or not, is ever held while the other database is asked.

Why not a job library. procrastinate 3.10 was tried in a schema of its own. It installs well as the owner of
the tables, but (1) its queue lives in one of the two databases, and with that one refusing connections its
worker ended after 30 s with ConnectorException: the shop's own sweeps would stop exactly when the POS is
away; (2) a paid order could not defer its job in its own transaction, the queue being in the other
database, so the rows here would stay the truth and the job a second copy of it; (3) its schedule is cron
with whole seconds, and each idle tick of one task wrote 9 rows in 4 tables (2 million rows a day for these
sweeps), where an idle sweep here writes none; (4) its functions run as their caller, so the bridge's login
would need to write the tables of the queue directly, which no login of ours may.
"""

import logging
import random
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import time

from flask import Flask

from ..correo.delivery import Courier
from ..db.notices import listen
from ..db.runtime import Runtime
from ..ecom import pagos_cobro, reembolso_pago
from ..http.exposition import init_metrics
from ..sellos.published import Published
from ..settings import SIDES, Settings, Side
from . import arranque, auditoria, catalogo, cupo, ficha, imagen, pedido, reembolso, sello
from .sides import Sides

CHANNEL = "daf_puente"
SLOWEST = 10.0  # seconds between tries of a sweep that keeps failing
HOUR, HALF_HOUR = 3600.0, 1800.0  # local midnight is on a half hour of UTC wherever we are
BATCH = 2000  # rows of a table that one transaction forgets
STOPPING = 8.0  # seconds a sweep under way gets to finish

log = logging.getLogger("daf.worker")


@dataclass
class Sweep:
    """One kind of work: what to do, how often, and the message that brings it forward."""

    name: str
    step: Callable[[], object]
    every: float
    hint: str | None = None
    on_the_hour: bool = False  # at multiples of `every`, not after it
    wake: threading.Event = field(default_factory=threading.Event)
    failures: int = 0
    told: Callable[[str, bool], object] = lambda name, good: None

    def run(self, stopping: threading.Event) -> None:
        """Sweep until told to stop. Nothing that a sweep raises ends it."""
        while not stopping.is_set():
            self._once()
            self.wake.wait(self._pause())
            self.wake.clear()

    def _once(self) -> None:
        try:
            done = self.step()
        except Exception as exc:
            self.failures += 1
            self.told(self.name, False)
            about = {"sweep": self.name, "failures": self.failures, "why": str(exc)}
            log.warning("sweep failed", extra=about, exc_info=self.failures == 1)
        else:
            if self.failures or done:
                log.info("sweep", extra={"sweep": self.name, "done": done, "after_failures": self.failures})
            self.failures = 0
            self.told(self.name, True)

    def _pause(self) -> float:
        if self.failures:
            return min(2.0 ** min(self.failures, 10), SLOWEST) * random.uniform(0.5, 1.0)
        if self.on_the_hour:
            return self.every - time() % self.every + 0.5
        return self.every * random.uniform(0.8, 1.2)


def sweeps(app: Flask, settings: Settings) -> list[Sweep]:
    """Everything a worker does."""
    sides, soon = Sides(app.extensions["daf"]), settings.sweep_seconds
    courier = Courier(sides.pos, settings)
    return [
        Sweep("pedido", lambda: pedido.barrer(sides), soon, "pedido"),
        Sweep("reembolso", lambda: reembolso.barrer(sides), soon, "reembolso"),
        Sweep("reembolso_pago", _inside(app, reembolso_pago.barrer), soon, "reembolso"),
        Sweep("reembolso_soltar", _inside(app, lambda: reembolso.soltar(sides)), soon, "reembolso"),
        Sweep("cupo", lambda: cupo.barrer(sides), soon, "cupo"),
        Sweep("catalogo", lambda: catalogo.barrer(sides), soon, "catalogo"),
        Sweep("ficha", lambda: ficha.barrer(sides), soon, "ficha"),
        Sweep("reserva", lambda: sides.shop("reserva_expirar")["expirados"], soon * 5),
        Sweep("pago", _inside(app, pagos_cobro.sweep), soon * 5, "pago"),
        Sweep("correo", lambda: courier.deliver(sides.pos), soon, "correo"),
        Sweep("correo_tienda", lambda: courier.deliver(sides.shop), soon, "correo"),
        Sweep("precio", lambda: catalogo.refrescar(sides), HALF_HOUR, on_the_hour=True),
        Sweep("limpieza_pos", partial(_tidy, sides.pos), HOUR),
        Sweep("limpieza_ecom", partial(_tidy, sides.shop), HOUR),
        Sweep("imagen", lambda: imagen.barrer(sides, settings), imagen.EVERY),
        Sweep("arranque", lambda: arranque.llevar(sides), soon * 5),
        Sweep("auditoria_pos", lambda: auditoria.barrer(sides, "pos"), auditoria.EVERY),
        Sweep("auditoria_ecom", lambda: auditoria.barrer(sides, "ecom"), auditoria.EVERY),
        *[_seals(sides, side, settings) for side in SIDES],
    ]


def _inside(app: Flask, step: Callable[[], object]) -> Callable[[], object]:
    """A step that asks the databases as a view does."""

    def run() -> object:
        with app.app_context():
            return step()

    return run


def _tidy(ask: Callable[..., dict[str, int]]) -> int:
    """Forget what nobody of one side needs any more, batch by batch; how many rows."""
    forgotten = 0
    while batch := ask("limpieza_hacer", limite=BATCH):
        forgotten += sum(batch.values())
        if max(batch.values()) < BATCH:
            break
    return forgotten


def _seals(sides: Sides, side: Side, settings: Settings) -> Sweep:
    """Sealing one side, whether or not the other is there."""
    file = Published(settings.seals_folder, side)
    return Sweep(f"sello_{side}", lambda: sello.barrer(sides, side, file), sello.EVERY)


def main(settings: Settings) -> None:
    """Sweep until SIGTERM or SIGINT; both databases may come and go meanwhile."""
    app = Flask("daf.worker")
    runtime = app.extensions["daf"] = Runtime(settings)
    metrics = init_metrics(app, runtime, "worker")
    work, stopping = sweeps(app, settings), threading.Event()
    for sweep in work:
        sweep.told = metrics.swept
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    _listen(runtime, work)
    threads = [
        threading.Thread(target=sweep.run, args=(stopping,), name=sweep.name, daemon=True) for sweep in work
    ]
    for thread in threads:
        thread.start()
    log.info("worker ready", extra={"sweeps": [sweep.name for sweep in work]})
    stopping.wait()
    for sweep in work:
        sweep.wake.set()
    for thread in threads:
        thread.join(STOPPING)
    runtime.close()
    log.info("worker stopped")


def _listen(runtime: Runtime, work: list[Sweep]) -> None:
    """Bring a sweep forward when a database says that there is something for it. What was said while nobody
    listened waits for the sweep's own time: an ear that cannot connect must not hurry who cannot connect either.
    """

    def heard(message: str) -> None:
        for sweep in work:
            if message and message == sweep.hint:
                sweep.wake.set()

    for side in SIDES:
        where = getattr(runtime.servers, side)
        arguments = (where, "puente", partial(runtime.passwords, "puente"), {CHANNEL: heard})
        threading.Thread(target=listen, args=arguments, name=f"daf-listen-{side}", daemon=True).start()
