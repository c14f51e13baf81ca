"""An attempt beside the request: short, never an error, and not repeated against a side that is away."""

import threading
import time

from daf_backend.errors import Problem
from daf_backend.puente.inline import WORKERS, Attempts


def fail(exc: Exception):
    raise exc


def test_lo_que_responde_a_tiempo_es_la_respuesta():
    assert Attempts(1).run(lambda word: word * 2, "si") == "sisi"


def test_lo_que_tarda_se_deja_y_sigue_por_su_cuenta():
    done = threading.Event()
    started = time.monotonic()
    assert Attempts(0.1).run(lambda: time.sleep(0.4) or done.set()) is None
    assert time.monotonic() - started < 0.35
    assert done.wait(2)


def test_un_rechazo_no_es_un_error_ni_frena_al_siguiente():
    attempts = Attempts(1)
    assert attempts.run(fail, Problem(422, "venta_web_total")) is None
    assert attempts.run(lambda: "si") == "si"


def test_tras_una_base_caida_nadie_espera_un_rato():
    attempts, calls = Attempts(1, rest=0.2), []
    assert attempts.run(fail, Problem(503)) is None
    assert attempts.run(calls.append, 1) is None and calls == []
    time.sleep(0.25)
    assert attempts.run(lambda: "si") == "si"


def test_mas_pasos_que_hilos_quedan_para_el_trabajo_de_fondo():
    attempts, gate = Attempts(2), threading.Event()
    held = [threading.Thread(target=attempts.run, args=(gate.wait,)) for _ in range(WORKERS)]
    for thread in held:
        thread.start()
    time.sleep(0.1)
    assert attempts.run(lambda: "si") is None
    gate.set()
    for thread in held:
        thread.join()
    assert attempts.run(lambda: "si") == "si"
