"""Every list with a cursor, walked over HTTP while others write: what was there at the first page comes exactly
once, in order. And totals: exact up to 10,000, a floor beyond, none with a cursor.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import psycopg
import pytest

from tests.conftest import as_login

WRITERS = 3
EVENT = "SELECT privado.evento('PERMISO', %s, '{}')"
MOVE = """
    SELECT api.kardex_producto_crear(%(p)s, 'AJU', 1, 'conteo', p_bodega => 'B001'),
        api.kardexmp_crear(%(m)s, 'AJU', 1, 'conteo', p_bodega => 'B001')"""

# Where the rows of a walk are, by path: the roles that read it, what narrows it, and the key of a row.
KARDEX = ("SELECT krd_codigo FROM datos.kardex WHERE itm_codigo ~ %s", "krd_codigo")
TRAIL = ("SELECT aud_id FROM datos.auditoria WHERE tabla = 'PERMISO' AND clave ~ %s", "aud_id")
WALKS = {
    "/api/pos/kardex-producto": ("adm_bodega", "", "^PRD", KARDEX),
    "/api/pos/kardex-producto/product/{prd_codigo}": ("adm_bodega", "", "^{p}$", KARDEX),
    "/api/pos/producto/{prd_codigo}/kardex": ("adm_bodega", "", "^{p}$", KARDEX),
    "/api/pos/kardexmp": ("adm_bodega", "", "^MP", KARDEX),
    "/api/pos/materiaprima/{mp_codigo}/kardex": ("adm_bodega", "", "^{m}$", KARDEX),
    "/api/pos/auditoria": ("auditor", "tabla=PERMISO&clave={p}", "^{p}$", TRAIL),
    "/api/pos/auditoria/reporte/permisos": ("auditor", "usuario={p}", "^{p}$", TRAIL),
    "/api/ecom/auditoria": ("auditor", "tabla=PERMISO&clave={p}", "^{p}$", TRAIL),
    "/api/ecom/auditoria/reporte/permisos": ("auditor", "usuario={p}", "^{p}$", TRAIL),
}


@dataclass
class Goods:
    """A product and a material of this test's own, and those who write about them until told to stop."""

    open: Callable[[str], psycopg.Connection]
    product: str
    material: str
    written: Iterator[int] = field(default_factory=lambda: count(1))
    done: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def write(self, pos: psycopg.Connection, shop: psycopg.Connection) -> None:
        """One movement of each, and one event on each side."""
        pos.execute(MOVE, {"p": self.product, "m": self.material})
        pos.execute(EVENT, (self.product,))
        shop.execute(EVENT, (self.product,))
        self.done = next(self.written)

    def wait(self) -> None:
        """Until somebody has written once more."""
        before, until = self.done, time.monotonic() + 20
        while self.done == before:
            assert time.monotonic() < until, "nobody writes"
            time.sleep(0.002)

    def work(self) -> None:
        with self.open("pos") as pos, self.open("ecom") as shop:
            while not self.stopping.is_set():
                with pos.transaction(), shop.transaction():  # theirs overlap: low numbers commit late
                    self.write(pos, shop)


@pytest.fixture(scope="module")
def goods(servers) -> Goods:
    """Thirty movements and events to begin with."""

    def conn(side: str) -> psycopg.Connection:
        return psycopg.connect(servers.admin_conninfo(side), autocommit=True)

    with conn("pos") as pos, conn("ecom") as shop:
        made = pos.execute(
            "SELECT api.producto_crear('De la lista', 1, 'UND') ->> 'prd_codigo',"
            " api.materiaprima_crear('De la lista', 'KG') ->> 'mp_codigo'"
        ).fetchone()
        own = Goods(conn, *made)
        for _ in range(30):
            own.write(pos, shop)
    return own


@pytest.fixture
def busy(goods) -> Iterator[Goods]:
    """Writers at work for the length of a test."""
    goods.stopping.clear()
    threads = [threading.Thread(target=goods.work) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    yield goods
    goods.stopping.set()
    for thread in threads:
        thread.join()


def test_no_hay_otra_lista_con_cursor(client):
    found = {
        path
        for side in ("pos", "ecom")
        for path, doors in client.get(f"/api/{side}/openapi.json").json["paths"].items()
        if any(param.get("name") == "cursor" for param in doors.get("get", {}).get("parameters", []))
    }
    assert found == set(WALKS)


@pytest.mark.parametrize("path", WALKS)
def test_recorrer_con_cursor_no_repite_ni_salta_mientras_otros_escriben(path, client, auth, servers, busy):
    role, query, where, (rows, key) = WALKS[path]
    side, names = path.split("/")[2], {"p": busy.product, "m": busy.material}
    with psycopg.connect(servers.admin_conninfo(side)) as conn:
        there = {row[0] for row in conn.execute(rows, (where.format(**names),))}
    url = path.format(prd_codigo=busy.product, mp_codigo=busy.material) + "?" + query.format(**names)
    headers, seen, pages = auth(role, side), [], 0
    cursor = "0" if key == "krd_codigo" else None
    while cursor is not None or not pages:
        more = f"&cursor={cursor}" if cursor else ""
        page = client.get(f"{url}&limit=7{more}", headers=headers)
        assert page.status_code == 200, page.text
        assert not page.json.keys() & {"total", "count", "totalPages", "pagination"}
        seen += [int(row[key]) for row in page.json["data"]]
        cursor, pages = page.json["cursor"], pages + 1
        busy.wait()
    assert pages >= 4
    assert len(seen) == len(set(seen)), "a row came twice"
    assert there <= set(seen), "a row was skipped"
    if key == "krd_codigo":
        assert seen == sorted(seen, reverse=True)


def test_el_total_es_exacto_hasta_diez_mil_y_despues_un_minimo(pos, people):
    code = "PRD9999901"
    pos.execute("INSERT INTO datos.existencia (itm_codigo, bod_codigo) VALUES (%s, 'B001')", (code,))
    insert = """
        INSERT INTO datos.kardex (
            itm_codigo, bod_codigo, krd_secuencia, trn_cod, krd_signo, krd_cantidad, krd_valor, krd_saldo,
            krd_valor_saldo
        )
        SELECT %s, 'B001', n, 'AJU', 1, 1, 0, n, 0 FROM generate_series(%s::int, %s::int) AS n"""
    for upto, (total, exact) in {10_000: (10_000, True), 10_001: (10_000, False)}.items():
        pos.execute(insert, (code, 1 if upto == 10_000 else upto, upto))
        with as_login(pos, people.login("adm_bodega")) as act:
            page = act("kardex_producto_listar", prd_codigo=code, page=2, limit=100)
            assert [page[k] for k in ("total", "count", "totalExacto", "totalPages")] == [
                total, total, exact, 100,
            ]  # fmt: skip
            assert page["pagination"]["totalCount"] == total
            assert "total" not in act("kardex_producto_listar", prd_codigo=code, cursor=0)
