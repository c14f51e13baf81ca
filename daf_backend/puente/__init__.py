"""The bridge between both databases: the only package that knows both sides.

No transaction spans the two. Each effect is an intent in a row (an order PAGADO, a change in the outbox, a
`cupo_web` that is not APLICADO, a `reembolso` that is not HECHO), carried out step by step under an id that
both sides remember, tried at once after the commit that wrote it and swept by the worker until it is done.
Whatever dies in between is taken up where it stopped.
"""

from flask import Flask

from . import ajuste, arranque, cupo, doctor, pedido, reembolso
from .inline import Attempts
from .sides import Sides


def init_puente(app: Flask) -> None:
    """Let the views of both sides set the bridge going after their commit, without knowing it."""
    runtime = app.extensions["daf"]
    sides = Sides(runtime)
    attempts = app.extensions["daf_puente"] = Attempts(runtime.settings.bridge_timeout)
    app.extensions["daf_facturar"] = lambda ped_codigo: attempts.run(pedido.facturar, sides, ped_codigo)
    app.extensions["daf_arranque"] = lambda: attempts.run(arranque.llevar, sides)
    app.extensions["daf_ajuste"] = lambda: attempts.run(ajuste.llevar, sides)
    app.extensions["daf_doctor"] = lambda: doctor.check(runtime)
    refunds = app.extensions["daf_puente_reembolsos"] = Attempts(runtime.settings.bridge_timeout)
    app.extensions["daf_reembolsar"] = lambda ree_id: refunds.run(_reembolsar, app, sides, ree_id)
    app.extensions["daf_cupo"] = lambda intent: attempts.run(cupo.ajustar, sides, intent)


def _reembolsar(app: Flask, sides: Sides, ree_id: str) -> None:
    """A refund, carried out in a thread of its own: its provider may be slow, and invoices do not wait for it."""
    with app.app_context():
        reembolso.llevar(sides, ree_id)
