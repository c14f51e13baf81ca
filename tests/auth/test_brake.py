"""The brake on guesses, as SQL: what it admits, whom it spares, what it forgets. Time is moved, not waited for."""

import pytest

from .conftest import SIDES

HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture
def attempt(pos):
    """One attempt of a name at an address: the seconds it must wait."""

    def make(name="ana", red=HERE, subject=None, sid=None):
        asked = "SELECT privado.ingreso_tomar(privado.ingreso_claves(%s, %s, %s, %s, %s))"
        return pos.execute(asked, (name, name, red, subject, sid)).fetchone()[0]

    return make


@pytest.fixture
def passing(pos):
    """Let seconds go by."""

    def go(seconds):
        pos.execute(
            "UPDATE datos.login_intento SET visto_en = visto_en - %(s)s * interval '1 second',"
            " libre_en = libre_en - %(s)s * interval '1 second'", {"s": seconds},
        )  # fmt: skip

    return go


def admitted(attempt, passing, seconds, names):
    """How many attempts a guesser gets in who never waits longer than they must."""
    clock = count = 0
    while clock <= seconds:
        wait = attempt(next(names))
        if wait == 0:
            count += 1
        else:
            passing(wait)
            clock += wait
    return count


def same(name):
    while True:
        yield name


def ever_new():
    number = 0
    while True:
        number += 1
        yield f"nombre{number}"


def test_a_name_at_an_address_waits_twice_as_long_each_time_and_never_over_half_a_minute(attempt, passing):
    assert [attempt() for _ in range(5)] == [0] * 5
    pauses = []
    for _ in range(7):
        pauses.append(attempt())
        passing(pauses[-1])
        assert attempt() == 0
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_waiting_what_it_says_is_enough_and_asking_meanwhile_costs_nothing(attempt, passing):
    while attempt() == 0:
        pass
    waits = [attempt() for _ in range(50)]
    assert set(waits) == {waits[0]}
    passing(waits[0])
    assert attempt() == 0


def test_who_must_wait_for_the_address_and_for_the_name_is_told_once(attempt, passing):
    for _ in range(30):  # until the name waits for longer than the address will
        attempt()
        passing(30)
    assert attempt() == 0
    exhaust(attempt)
    wait = attempt()
    assert 16 <= wait <= 30
    passing(wait)
    assert attempt() == 0


def test_a_name_is_forgiven_as_time_goes_by(attempt, passing):
    for _ in range(5):
        attempt()
    passing(11 * 60)
    assert [attempt() for _ in range(5)] == [0] * 5


def test_nobody_elsewhere_is_slowed_down_and_no_other_name_here(attempt):
    while attempt() == 0:
        pass
    assert attempt(red=ELSEWHERE) == 0
    assert attempt("eva") == 0


def test_one_address_admits_no_more_than_its_bound(attempt, passing):
    hour = 3600
    assert admitted(attempt, passing, hour, same("ana")) <= 11 + hour / 30
    assert admitted(attempt, passing, hour, ever_new()) <= 90 + hour / 15


def known(conn, login, red):
    conn.execute(
        "SELECT privado.sesion_crear('staff', %s, sha256('v'), gen_random_uuid(), 8, 72, 720, %s, %s, '', NULL, NULL,"
        " 'k', 'k')", (login, red, red),
    )  # fmt: skip


def claves(conn, name):
    return conn.execute(
        "SELECT privado.ingreso_claves(%s, %s, %s, NULL, NULL)", (name, name, HERE)
    ).fetchone()[0]


def exhaust(attempt):
    """Guess at an address until every unknown name must wait."""
    names = ever_new()
    while attempt(next(names)) == 0:
        pass


def test_who_got_in_here_lately_is_judged_by_their_own_name_alone(pos, people, attempt, passing):
    login, stranger = people.login("ventas"), people.login("bodega")
    known(pos, login, HERE)
    exhaust(attempt)
    assert attempt(stranger) > 0
    assert claves(pos, login) == [f"p {login} {HERE}"]  # so their success gives the address nothing back
    assert [attempt(login) for _ in range(5)] == [0] * 5
    assert attempt(login) == 1
    passing(1)
    assert attempt(login) == 0


def test_a_token_of_ones_own_gets_a_counter_that_no_guesser_reaches(people, attempt):
    login, stranger = people.login("ventas"), people.login("bodega")
    exhaust(attempt)
    while attempt(login, ELSEWHERE) == 0:
        pass
    assert attempt(login) > 0 and attempt(login, ELSEWHERE) > 0
    assert [attempt(login, ELSEWHERE, login, "sid-1") for _ in range(5)] == [0] * 5
    assert attempt(login, ELSEWHERE, login, "sid-1") == 1
    assert attempt(stranger, HERE, login, "sid-2") > 0  # somebody else's token is no help
    assert attempt("nadie", HERE, None, None) > 0


def test_having_got_in_elsewhere_or_long_ago_is_not_lately(pos, people, attempt):
    login = people.login("ventas")
    known(pos, login, ELSEWHERE)
    known(pos, login, HERE)
    pos.execute(
        "UPDATE datos.sesion SET creada_en = now() - interval '31 days' WHERE sujeto = %s AND red = %s",
        (login, HERE),
    )
    exhaust(attempt)
    assert attempt(login) > 0
    assert attempt(login, ELSEWHERE) == 0


def test_success_starts_the_name_anew_and_gives_the_address_its_one_back(pos, attempt):
    for _ in range(5):
        assert attempt() == 0
    pos.execute("SELECT api.ingreso_devolver(%s)", ([f"a {HERE}", f"p ana {HERE}"],))
    assert [attempt() for _ in range(5)] == [0] * 5
    counted = pos.execute("SELECT round(cuenta) FROM datos.login_intento WHERE clave = %s", (f"a {HERE}",))
    assert counted.fetchone() == (9,)


def test_what_leaked_away_is_forgotten_in_passing(pos, attempt, passing):
    exhaust(attempt)
    pos.execute("DELETE FROM datos.login_intento WHERE clave LIKE 'a %'")
    passing(31 * 60)
    before = pos.execute("SELECT count(*) FROM datos.login_intento").fetchone()[0]
    assert before > 20
    for number in range(10):
        assert attempt(f"otro{number}", f"198.51.100.{number}") == 0
    fresh = "SELECT count(*) FROM datos.login_intento WHERE visto_en < now() - interval '30 minutes'"
    assert pos.execute(fresh).fetchone() == (0,)


def test_a_refused_attempt_leaves_no_row(pos, attempt):
    exhaust(attempt)
    count = "SELECT count(*) FROM datos.login_intento"
    before = pos.execute(count).fetchone()
    assert all(attempt(f"mas{number}") > 0 for number in range(20))
    assert pos.execute(count).fetchone() == before


@pytest.mark.parametrize("side", SIDES)
def test_only_a_member_of_staff_is_a_login(request, people, side):
    conn = request.getfixturevalue(side)
    named = dict.fromkeys([people.login("ventas"), people.login("ventas").upper()], people.login("ventas"))
    nobody = [
        "postgres",
        "api_login",
        "pos_datos",
        "ventas",
        "personal",
        "nadie",
        "x@y.ec",
        "1",
        "",
        " ",
        "no;vale",
    ]
    for name, login in [*named.items(), *((name, None) for name in nobody)]:
        assert conn.execute("SELECT api.ingreso_login(%s)", (name,)).fetchone()[0] == {"login": login}, name


def test_nobody_reads_or_empties_the_counters(people, dba, servers):
    for side in SIDES:
        roles = dba[side].execute(
            "SELECT rolname FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^pg_' AND has_any_column_privilege("
            "rolname, 'datos.login_intento', 'SELECT, INSERT, UPDATE')"
        )  # fmt: skip
        assert roles.fetchall() == [(f"{side}_datos",)]
