"""One process of the storm: a pool, its threads, and requests that leave a mess on purpose."""

import random
import threading
import time
from typing import NamedTuple

import psycopg

from daf_backend.db.pool import BadCredential, Credential, PoolTimeout, RolePool, ServerAway

WAIT = 2.0
FORGED = Credential(bytes(32), bytes(32))
Logins = list[tuple[str, Credential]]

LOOK = """
    SELECT session_user = current_user AND session_user = %s, concat_ws(', ',
        'setting ' || nullif(current_setting('storm.mark', true), ''),
        CASE WHEN current_setting('statement_timeout') <> '10s' THEN 'timeout' END,
        CASE WHEN to_regclass('pg_temp.storm') IS NOT NULL THEN 'temporary table' END,
        CASE WHEN EXISTS (SELECT FROM pg_listening_channels()) THEN 'listen' END,
        CASE WHEN EXISTS (SELECT FROM pg_cursors WHERE is_holdable) THEN 'cursor' END,
        CASE WHEN EXISTS (
            SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
        ) THEN 'advisory lock' END)
"""
MESS = (
    "SELECT 1",
    "SET storm.mark = 'left behind'",
    "SELECT set_config('statement_timeout', '0', false)",
    "CREATE TEMP TABLE storm (x int)",
    "SELECT pg_advisory_lock(1, pg_backend_pid())",
    "LISTEN storm",
    "DECLARE storm CURSOR WITH HOLD FOR SELECT 1",
    "BEGIN",
    "SELECT 1 / 0",
    "SELECT pg_sleep(0.02)",
)


class Outcome(NamedTuple):
    """How one request went."""

    login: str
    kind: str
    waited: float
    leftovers: str


class Plan(NamedTuple):
    """What one process does."""

    conninfo: str
    logins: Logins
    cap: int
    threads: int
    seconds: float
    seed: int


def request(pool: RolePool, login: str, keys: Credential, dice: random.Random) -> Outcome:
    """Borrow, look for what others left, leave something."""
    started = time.perf_counter()
    waited, leftovers, kind = 0.0, "", "ok"
    try:
        with pool.connection(login, keys) as conn:
            waited = time.perf_counter() - started
            mine, leftovers = conn.execute(LOOK, (login,)).fetchone() or (False, "no answer")
            leftovers = leftovers if mine else "somebody else's connection"
            conn.execute(dice.choice(MESS))  # type: ignore[call-overload]
            if keys is FORGED:
                leftovers = "forged keys were served"
    except psycopg.errors.DivisionByZero:
        pass  # a refusal by PostgreSQL is an answer
    except BadCredential as exc:
        kind = "forged, refused" if keys is FORGED else repr(exc)
    except (PoolTimeout, ServerAway) as exc:
        kind = type(exc).__name__
    except Exception as exc:
        kind = repr(exc)
    return Outcome(login, kind, waited or time.perf_counter() - started, leftovers)


def process(plan: Plan) -> tuple[list[Outcome], dict[str, int]]:
    """One process of the API: a pool and its threads."""
    pool = RolePool(
        plan.conninfo, cap=plan.cap, wait=WAIT, options="-c statement_timeout=10s -c search_path=pg_catalog"
    )
    outcomes: list[Outcome] = []
    started = time.monotonic()

    def client(number: int) -> None:
        dice = random.Random(plan.seed * 1000 + number)
        while (elapsed := time.monotonic() - started) < plan.seconds:
            few = elapsed > plan.seconds / 2  # later most go home: those who stay share hot connections
            crowd = plan.logins[1 : plan.cap // 2 if few else None] if number % 4 else plan.logins[:1]
            login, keys = dice.choice(crowd)
            outcomes.append(request(pool, login, FORGED if dice.random() < 0.02 else keys, dice))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(plan.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stats = pool.stats()
    pool.close()
    return outcomes, stats
