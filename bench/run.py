"""What a request costs: three routes over HTTP beside pgbench on the same functions, and beside other ways to connect.

    python -m bench.run --seconds 4 --rounds 15

Everything runs in one go on one machine, so read the ratios. Columns: requests a second, latency, and how many of
pgbench's calls a second that is. The hot login and the shared pool are also measured side by side, in turns.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from daf_backend.db.embedded import Cluster

from .harness import Stack, _free_port, environment, stack
from .load import Result, Wire, measure, request

CONNECTIONS = 8
VARIANTS = ("role", "shared", "connect", "pool")
APPROVALS = 400
CALL = "SELECT set_config('daf.sid', 'bench', true), api.{}::text"


class Bench:
    """One deployment with the demo shop and a server per variant."""

    def __init__(self, shop: Stack, seconds: float) -> None:
        self.shop, self.seconds = shop, seconds
        self.tokens = [self._token(login) for login in shop.staff("ventas", 4)]
        self.product = shop.query(
            "pos", "SELECT min(prd_codigo) FROM datos.producto WHERE prd_tipo = 'BIEN'"
        )[0][0]

    def routes(self) -> dict[str, list[bytes]]:
        """The two reads, as each of the four logins."""
        return {
            "product list": [request("GET", "/api/pos/producto?page=1", token) for token in self.tokens],
            "product read": [
                request("GET", f"/api/pos/producto/{self.product}", token) for token in self.tokens
            ],
        }

    def approve(self, port: int) -> Result:
        """Approve drafts made beforehand; only the approvals are timed."""
        return consume(port, self.drafts(port))

    def drafts(self, port: int) -> list[bytes]:
        """Requests that approve, each a draft of its own."""
        wire, drafts = Wire(port), []
        for number in range(APPROVALS):
            token = self.tokens[number % 4]
            drafts.append(request("PUT", f"/api/pos/factura/{self._draft(wire, token)}/aprobar", token))
        return drafts

    def _draft(self, wire: Wire, token: str) -> str:
        _, body = wire.send(request("POST", "/api/pos/factura", token, b'{"cli_codigo": "CLI0000002"}'))
        code: str = json.loads(body)["fac_codigo"]
        line = {"fac_codigo": code, "prd_codigo": self.product, "pxfa_cantidad": 1}
        wire.send(request("POST", "/api/pos/factura/detalle", token, json.dumps(line).encode()))
        return code

    def _token(self, login: str) -> str:
        client = self.shop.login(login)
        return client._headers["Authorization"].removeprefix("Bearer ")


def consume(port: int, messages: list[bytes]) -> Result:
    """Send each message once, over CONNECTIONS connections."""
    import threading

    taken: list[float] = []
    statuses: dict[int, int] = {}
    waiting = list(messages)

    def work() -> None:
        wire = Wire(port)
        while waiting:
            message = waiting.pop()
            started = time.perf_counter()
            status, _ = wire.send(message)
            taken.append(time.perf_counter() - started)
            statuses[status] = statuses.get(status, 0) + 1

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    taken.sort()
    return Result(
        len(taken) / seconds, 1000 * taken[len(taken) // 2], 1000 * taken[int(len(taken) * 0.99)], statuses
    )


@contextmanager
def server(shop: Stack, variant: str) -> Iterator[int]:
    """The API with that way of connecting, on a port of its own."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2",
               "--blocking-threads", "4", "--log-level", "warning", "bench.variants:app"]  # fmt: skip
    env = {**environment(shop.settings), "BENCH_POOL": variant}
    child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                Wire(port).send(request("GET", "/api/v1/health/live"))
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        child.terminate()
        child.wait(20)


def pgbench(shop: Stack, statements: list[str], seconds: float) -> float:
    """Transactions a second of a script, prepared, over TCP, as one salesperson."""
    script = shop.settings.home / "bench.sql"
    script.write_text("\n".join(statements) + "\n")
    place = dict(part.split("=", 1) for part in shop.servers.pos.split())
    done = subprocess.run(
        [Cluster(shop.settings.home).bindir / "pgbench", "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2",
         "-T", str(int(seconds)), "-f", script, "-h", place["host"], "-p", place["port"],
         "-U", "bench_ventas_1", place["dbname"]],
        env={**os.environ, "PGPASSWORD": shop.password}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found, done.stderr
    return float(found.group(1))


def pgbench_rates(bench: Bench) -> dict[str, float]:
    """What PostgreSQL alone does of the three."""
    listing = CALL.format("producto_listar(p_page => 1)") + ";"
    read = CALL.format(f"producto_obtener(p_prd_codigo => '{bench.product}')") + ";"
    invoice = [
        "SELECT api.factura_crear(p_cli_codigo => 'CLI0000002')->>'fac_codigo' AS f \\gset",
        f"SELECT api.factura_detalle_crear(p_fac_codigo => :f, p_prd_codigo => '{bench.product}',"
        " p_pxfa_cantidad => 1)::text;",
        CALL.format("factura_aprobar(p_fac_codigo => :f)") + ";",
    ]
    shop, seconds = bench.shop, bench.seconds
    rates = {
        "product list": pgbench(shop, [listing], seconds),
        "product read": pgbench(shop, [read], seconds),
    }
    whole, draft = pgbench(shop, invoice, seconds), pgbench(shop, invoice[:2], seconds)
    rates["approve"] = 1 / max(1 / whole - 1 / draft, 1e-9)  # the approvals' share of the script
    return rates


def run(seconds: float, rounds: int) -> None:
    """Measure, print, and raise if the two promises do not hold."""
    best: dict[tuple[str, str], Result] = {}
    with stack(demo=True) as shop:
        bench = Bench(shop, seconds)
        enough = {"trn_cod": "AJU", "krd_prd_cantidad": 5_000_000, "krd_razon": "bench"}
        shop.login("demo_adm_bodega").post(
            "/api/pos/kardex-producto", {"prd_codigo": bench.product, **enough}
        )
        limits = pgbench_rates(bench)
        for variant in VARIANTS:
            with server(shop, variant) as port:
                for name, messages in bench.routes().items():
                    measure(port, messages, 0.5, CONNECTIONS)
                    _keep(best, (name, variant), measure(port, messages, seconds, CONNECTIONS))
                _keep(best, ("approve", variant), bench.approve(port))
        hot = side_by_side(bench, rounds)
    _print(best, limits, hot)


def side_by_side(bench: Bench, rounds: int) -> float:
    """How many times faster one shared pool reads a product than a hot login: both servers up, slices in turn."""
    message = bench.routes()["product read"]
    rates: dict[str, list[float]] = {"role": [], "shared": []}
    with server(bench.shop, "role") as role, server(bench.shop, "shared") as shared:
        for _ in range(rounds):
            for variant, port in (("role", role), ("shared", shared)):
                rates[variant].append(measure(port, message, 1.0, CONNECTIONS).rate)
    return statistics.median(rates["shared"]) / statistics.median(rates["role"])


def _keep(best: dict[tuple[str, str], Result], key: tuple[str, str], result: Result) -> None:
    if set(result.statuses) != {200}:
        raise AssertionError((key, result.statuses))
    if key not in best or result.rate > best[key].rate:
        best[key] = result


def _print(best: dict[tuple[str, str], Result], limits: dict[str, float], hot: float) -> None:
    print(f"{'':15}{'connections':14}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'of pgbench':>12}")
    for (name, variant), result in sorted(best.items()):
        share = result.rate / limits.get(name, limits["product read"])
        print(f"{name:15}{variant:14}{result.rate:9.0f}{result.p50:9.2f}{result.p99:9.1f}{share:11.1%}")
    for name, rate in limits.items():
        print(f"{name:15}{'pgbench':14}{rate:9.0f}")
    times = best["product read", "role"].rate / best["product read", "pool"].rate
    print(f"\nproduct read, role pool / pool per request: {times:.1f} (promise: 8 or more)")
    print(f"product read, one shared pool / a hot login: {hot:.2f} (promise: 1.10 or less)")
    if times < 8 or hot > 1.1:
        raise AssertionError("a promise does not hold")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    run(given.seconds, given.rounds)
