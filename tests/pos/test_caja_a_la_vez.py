"""A close racing the acts of its cashier, over the application: it expected what was posted, nothing follows it."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest

THREADS, ACTS = 8, 6


@pytest.fixture
def ask(app, auth):
    """``ask(login, method, path, body)`` -> (status, rule or body), each with a client of its own."""

    def one(login, method, path, body=None):
        answer = app.test_client().open(
            f"/api/pos{path}", method=method, json=body or {}, headers=auth(login)
        )
        parsed = answer.get_json()
        return answer.status_code, parsed if answer.status_code < 300 else parsed["regla"]

    return one


@pytest.fixture
def session(boss, staff, ask):
    """A cashier with an open session of a register of their own."""
    login = staff("cajero")
    box = boss("caja_crear", nombre=f"De {login}", punto_emision="001-001")["id"]
    status, made = ask(login, "POST", "/caja/abrir", {"caja": box, "monto_inicial": "100.00"})
    assert status == 201, made
    return made


def owing(boss, money):
    """A client's debt, made where a superuser may: the race is about collecting it."""
    number = boss.conn.execute("SELECT 'R' || nextval('datos.cliente_numero')").fetchone()[0]
    client = boss(
        "cliente_crear", cli_ruc_ced=number, cli_nombre="Ana", cli_tipo_id="PASAPORTE", cli_mail="a@b.ec",
        cli_limite_credito="9999",
    )["cli_codigo"]  # fmt: skip
    return boss.conn.execute(
        "WITH a AS (SELECT privado.asentar('001', 'SAL', %(c)s, 'x', '{CLIENTE,VENTAS}', ARRAY[%(c)s, ''],"
        " ARRAY[%(m)s, -%(m)s]::numeric[]))"
        " INSERT INTO datos.cuenta_por_cobrar (eta_codigo, cli_codigo, doc_tipo, doc_codigo, cxc_monto, cxc_saldo)"
        " SELECT '001', %(c)s, 'SAL', %(c)s, %(m)s, %(m)s FROM a RETURNING cxc_codigo",
        {"c": client, "m": Decimal(money)},
    ).fetchone()[0]


def at_once(acts):
    start = Barrier(len(acts))

    def run(act):
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.parametrize("turn", range(3))
def test_un_cierre_corre_contra_ocho_hilos_de_su_cajero(boss, ask, session, turn):
    login, debt = session["usuario"], owing(boss, "1000.00")
    kinds = [
        ("/caja/movimiento", {"tipo": "INGRESO", "monto": "3.00", "motivo": "x"}, Decimal(3)),
        (f"/cuenta-por-cobrar/{debt}/cobrar", {"monto": "2.00", "metodo": "EFECTIVO"}, Decimal(2)),
        ("/caja/movimiento", {"tipo": "EGRESO", "monto": "1.00", "motivo": "x"}, Decimal(-1)),
    ]

    def work(thread):
        done, refused = Decimal(0), []
        for number in range(ACTS):
            path, body, money = kinds[(thread + number) % len(kinds)]
            status, said = ask(login, "POST", path, body)
            done += money if status < 300 else 0
            refused += [(status, said)] if status >= 300 else []
        return done, refused

    def close():
        """As a client does it: a 503 has done nothing, and is asked again."""
        place, count = f"/caja/sesion/{session['id']}/cerrar", {"monto_final_declarado": "100.00"}
        status, said = ask(login, "PATCH", place, count)
        return close() if status == 503 else (status, said)

    ask(login, "POST", *kinds[0][:2])
    *worked, (status, z) = at_once([lambda t=t: work(t) for t in range(THREADS)] + [close])
    assert status == 200, z
    expected = Decimal(103) + sum(done for done, _ in worked)
    assert Decimal(z["monto_esperado"]) == expected
    assert {said for _, refused in worked for said in refused} <= {(409, "sin_sesion_caja")}
    assert ask(login, "POST", *kinds[0][:2]) == (409, "sin_sesion_caja")
    again = ask("contador", "GET", f"/caja/sesion/{session['id']}/reporte-x", None)
    assert again == (200, z)


def test_muchos_cierran_la_misma_sesion_y_uno_la_cierra(ask, session):
    body = {"monto_final_declarado": "100.00"}
    place = f"/caja/sesion/{session['id']}/cerrar"
    answers = at_once([lambda: ask(session["usuario"], "PATCH", place, body)] * THREADS)
    assert sorted(status for status, _ in answers) == [200] + [409] * (THREADS - 1)
    assert {said for status, said in answers if status == 409} == {"sesion_caja_cerrada"}


def test_una_caja_la_abre_uno_y_no_se_desactiva_mientras(boss, ask, staff):
    box = boss("caja_crear", nombre=f"De {staff('ventas')}", punto_emision="001-001")["id"]
    logins = [staff("cajero") for _ in range(THREADS - 1)]
    body = {"caja": box, "monto_inicial": "5.00"}
    answers = at_once(
        [lambda w=w: ask(w, "POST", "/caja/abrir", body) for w in logins]
        + [lambda: ask("admin", "DELETE", f"/caja/{box}")]
    )
    opened = [said for status, said in answers[:-1] if status == 201]
    assert (len(opened), answers[-1][0]) in ((1, 409), (0, 200))
    rules = {said for status, said in answers if status == 409}
    assert rules <= {"sesion_caja_una_por_caja", "caja_activa", "caja_en_uso"}, json.dumps(answers)


def test_las_ultimas_monedas_salen_una_vez(ask, session):
    out = {"tipo": "EGRESO", "monto": "100.00", "motivo": "x"}
    answers = at_once([lambda: ask(session["usuario"], "POST", "/caja/movimiento", out)] * THREADS)
    assert sorted(status for status, _ in answers) == [201] + [409] * (THREADS - 1)
    assert {said for status, said in answers if status == 409} == {"saldo_no_negativo"}


def test_un_prestamo_no_se_paga_de_mas_a_la_vez(ask, session):
    login = session["usuario"]
    _, loan = ask(login, "POST", "/prestamo", {"persona": login, "monto": "4.00", "motivo": "x"})
    place = f"/prestamo/{loan['id']}/pagar"
    answers = at_once([lambda: ask(login, "POST", place, {"monto": "1.00"})] * THREADS)
    assert sorted(status for status, _ in answers) == [200] * 4 + [409] * (THREADS - 4)


def test_un_descuadre_se_resuelve_una_vez_a_la_vez(ask, session):
    ask(
        session["usuario"],
        "PATCH",
        f"/caja/sesion/{session['id']}/cerrar",
        {"monto_final_declarado": "90.00"},
    )
    _, found = ask(session["usuario"], "GET", "/descuadre?page=1")
    place = f"/descuadre/{found['data'][0]['id']}/resolver"
    answers = at_once(
        [
            lambda e=e: ask("admin", "PATCH", place, {"estado": e, "observacion": "x"})
            for e in ["RESUELTO", "JUSTIFICADO"] * 3
        ]
    )
    assert sorted(status for status, _ in answers) == [200] + [409] * 5
