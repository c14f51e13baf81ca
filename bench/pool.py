"""RolePool under storm: many logins over few connections, in several processes, while connections are killed.

    python -m bench.pool                 200 logins, 32 threads in 2 processes, 20 connections in all
    python -m bench.pool --seconds 60 --every-login

It makes a PostgreSQL of its own and throws it away. A quarter of the threads belong to one greedy login, one
request in fifty tries forged keys on somebody else's hot connection, and every request leaves a mess in its
session on purpose. In the second half most logins go home, so that connections stay hot. It fails (exit
status 1) unless all of this held:

  cap       pg_stat_activity, sampled every 50 ms, never shows more connections than were configured
  outcomes  every request ended as an answer, a PoolTimeout or a ServerAway; forged keys were always refused
  fairness  every login got answers, none saw a timeout more often than one in ten, and nobody waited
            longer than the pool allows
  isolation a connection was always its borrower's own, and showed nothing of the request before
"""

import argparse
import base64
import multiprocessing
import os
import random
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, starmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psycopg
from psycopg import sql

from daf_backend.auth.scram import derive, verifier
from daf_backend.db.embedded import Cluster

from .storm import WAIT, Logins, Outcome, Plan, process

KILL_EVERY = 0.1
SAMPLE_EVERY = 0.05

CONNECTED = """
    SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@dataclass
class Watch:
    """What the superuser saw meanwhile."""

    most: int = 0
    samples: int = 0
    killed: int = 0
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def arena(bindir: str | None) -> Iterator[Cluster]:
    """A PostgreSQL of our own, gone afterwards."""
    with TemporaryDirectory(prefix="daf-storm-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)
        with Cluster(Path(home), Path(bindir) if bindir else None) as cluster:
            yield cluster


def make_logins(admin: psycopg.Connection, crowd: int) -> Logins:
    """The crowd."""
    logins = []
    for number in range(crowd):
        login, password = f"storm_{number:03}", f"clave-{number}"
        stored = verifier(login, password)
        cost, salt = stored.split("$")[1].split(":")
        admin.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(login), sql.Literal(stored))
        )
        logins.append((login, derive(password, base64.b64decode(salt), int(cost))))
    return logins


def observe(admin: psycopg.Connection, watch: Watch) -> None:
    """Count the crowd's connections, and end one of them now and then."""
    dice = random.Random(0)
    for turn in count():
        if watch.stop.wait(SAMPLE_EVERY):
            return
        rows = admin.execute(CONNECTED).fetchall()
        watch.most, watch.samples = max(watch.most, len(rows)), watch.samples + 1
        if rows and turn % round(KILL_EVERY / SAMPLE_EVERY) == 0:
            admin.execute("SELECT pg_terminate_backend(%s)", dice.choice(rows))
            watch.killed += 1


def storm(args: argparse.Namespace) -> bool:
    """Run it all; whether everything held."""
    with arena(args.bindir) as cluster:
        with psycopg.connect(cluster.servers.admin_conninfo("pos", "postgres"), autocommit=True) as admin:
            print(f"PostgreSQL {admin.info.server_version // 10000}; {vars(args)}")
            logins = make_logins(admin, args.logins)
            share = args.cap // args.processes, args.threads // args.processes
            plans = [
                Plan(cluster.conninfo("postgres"), logins, *share, args.seconds, seed)
                for seed in range(args.processes)
            ]
            watch = Watch()
            observer = threading.Thread(target=observe, args=(admin, watch))
            observer.start()
            with multiprocessing.get_context("spawn").Pool(args.processes) as processes:
                results = processes.map(process, plans)
            watch.stop.set()
            observer.join()
    outcomes = [outcome for part, _ in results for outcome in part]
    for _, stats in results:
        print("pool:", stats)
    return report(outcomes, watch, args)


def percentile(values: list[float], share: float) -> float:
    """In milliseconds."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] * 1000 if values else 0.0


def waits(outcomes: list[Outcome]) -> str:
    """The shape of a set of waits."""
    values = [outcome.waited for outcome in outcomes]
    p50, p99, longest = (percentile(values, share) for share in (0.5, 0.99, 1.0))
    return f"p50 {p50:7.1f}  p99 {p99:7.1f}  max {longest:7.1f} ms"


class Line(NamedTuple):
    """How one login fared."""

    login: str
    requests: list[Outcome]

    @property
    def answered(self) -> float:
        """The share that PostgreSQL answered."""
        return sum(outcome.kind == "ok" for outcome in self.requests) / len(self.requests)


def by_login(outcomes: list[Outcome]) -> list[Line]:
    """The honest requests of each login, first the one that waited longest."""
    lines: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.kind != "forged, refused":
            lines[outcome.login].append(outcome)
    return sorted(starmap(Line, lines.items()), key=lambda line: -max(o.waited for o in line.requests))


def fairly_served(line: Line) -> bool:
    """Answered, seldom turned away, and never kept waiting beyond the queue's limit and a slow connect."""
    timeouts = sum(outcome.kind == "PoolTimeout" for outcome in line.requests)
    longest = max(outcome.waited for outcome in line.requests)
    return line.answered > 0 and timeouts <= max(len(line.requests) // 10, 1) and longest < WAIT + 3


def report(outcomes: list[Outcome], watch: Watch, args: argparse.Namespace) -> bool:
    """Say what happened; whether it was allowed to."""
    kinds = Counter(outcome.kind for outcome in outcomes)
    leaks = Counter(outcome.leftovers for outcome in outcomes if outcome.leftovers)
    lines = by_login(outcomes)
    print(f"requests: {len(outcomes)} ({len(outcomes) / args.seconds:.0f}/s) {dict(kinds)}")
    print(f"connections: most {watch.most} of {args.cap} in {watch.samples} samples; {watch.killed} killed")
    print(f"waits, all logins  {waits(outcomes)}")
    for line in lines if args.every_login else lines[:3]:
        answered = f"{len(line.requests)} requests, {line.answered:.0%} answered"
        print(f"  {line.login}  {waits(line.requests)}  {answered}")
    held = {
        "cap": 0 < watch.most <= args.cap,
        "outcomes": set(kinds) <= {"ok", "PoolTimeout", "ServerAway", "forged, refused"},
        "fairness": len(lines) == args.logins and all(map(fairly_served, lines)),
        "isolation": not leaks,
    }
    print("held:", held, dict(leaks) or "")
    return all(held.values())


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--logins", type=int, default=200)
    parser.add_argument("--cap", type=int, default=20, help="connections of all processes together")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=32, help="of all processes together")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--every-login", action="store_true", help="print the waits of each login")
    parser.add_argument("--bindir", help="the PostgreSQL to use; by default the embedded one")
    sys.exit(0 if storm(parser.parse_args()) else 1)


if __name__ == "__main__":
    main()
