"""Goods for a big shop: names made of words, movements that add up, written straight into the tables."""

import itertools
import random
from dataclasses import dataclass, field

import psycopg

from .harness import Stack

KINDS = """arroz azúcar aceite leche queso yogur mantequilla harina avena fideo atún sardina café chocolate galleta
    caramelo mermelada miel sal vinagre mostaza mayonesa salsa jugo néctar gaseosa agua cerveza vino jabón champú
    detergente cloro esponja escoba trapeador papel servilleta toalla pañal cuaderno lápiz esfero borrador regla
    martillo clavo tornillo broca sierra pintura brocha lija cinta cable foco enchufe pila linterna candado""".split()
ADJECTIVES = """integral clásico premium familiar económico light orgánico andino costeño fino grueso suave fuerte
    grande mediano pequeño rojo verde azul blanco negro dulce salado natural especial""".split()
CATEGORIES = 40
BRANDS = 3000

PRODUCTS = """
    INSERT INTO datos.producto (
        prd_codigo, um_venta, cat_codigo, prd_nombre, prd_precio_venta, iva_codigo, prd_codigo_barras, busqueda
    )
    SELECT
        p.codigo, 'UND', p.categoria, p.nombre, 1 + p.n %% 50, 'GEN', p.barras,
        privado.normalizar(concat_ws(' ', p.nombre, p.codigo, p.barras))
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS p (codigo, categoria, nombre, barras, n)"""

SHOWN = """
    INSERT INTO datos.producto (
        prd_codigo, cat_codigo, prd_nombre, prd_precio_venta, prd_precio_final, prd_tipo, prd_estado, um_descripcion,
        iva_codigo, prd_version, busqueda
    )
    SELECT
        p.codigo, p.categoria, p.nombre, v.precio, v.final, 'BIEN', 'ACT', 'Unidad', 'GEN', 1,
        privado.normalizar(concat_ws(' ', p.nombre, p.codigo, p.barras))
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS p (codigo, categoria, nombre, barras, n)
    JOIN (
        SELECT s AS precio, privado.precio_final(s, 0, 'GEN') AS final FROM generate_series(1, 50) AS s
    ) AS v ON v.precio = 1 + p.n %% 50"""

# Round after round through the whole catalogue, as a shop moves: an opening of ten units at 1.00, then one more each.
STOCK = """
    INSERT INTO datos.existencia (itm_codigo, bod_codigo, exi_cantidad, exi_valor, exi_secuencia)
    SELECT c, %(bod)s, 9 + %(moves)s::int, 9 + %(moves)s::int, %(moves)s::int FROM unnest(%(codes)s::text[]) AS c"""
MOVES = """
    INSERT INTO datos.kardex (
        itm_codigo, bod_codigo, krd_secuencia, trn_cod, krd_signo, krd_cantidad, krd_valor, krd_saldo, krd_valor_saldo,
        krd_razon, krd_fechahora
    )
    SELECT
        c, %(bod)s, n, CASE n WHEN 1 THEN 'INI' ELSE 'AJU' END, 1, CASE n WHEN 1 THEN 10 ELSE 1 END,
        CASE n WHEN 1 THEN 10 ELSE 1 END, 9 + n, 9 + n, 'conteo', now() - (%(moves)s::int - n) * interval '1 day'
    FROM generate_series(1, %(moves)s::int) AS n
    CROSS JOIN unnest(%(codes)s::text[]) AS c
    ORDER BY n"""
BOOK = """
    SELECT privado.asentar('001', 'INI', 'BIG', 'Inventario de la prueba', ARRAY['INVENTARIO', 'CAPITAL_INICIAL'],
        ARRAY['', ''], ARRAY[v.total, -v.total])
    FROM (SELECT sum(exi_valor) AS total FROM datos.existencia) AS v"""


def _brands(chance: random.Random) -> list[str]:
    """Names nobody has yet, of three syllables."""
    syllables = ["".join(pair) for pair in itertools.product("bcdfglmnprstvz", "aeiou")]
    names = {"".join(chance.sample(syllables, 3)) for _ in range(BRANDS * 2)}
    return sorted(names)[:BRANDS]


@dataclass
class Catalogue:
    """So many products, the same ones for the same seed."""

    count: int
    seed: int
    names: list[str] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        brands = _brands(chance)
        self.names = [
            f"{chance.choice(KINDS)} {chance.choice(ADJECTIVES)} {chance.choice(brands)} {number % 1000} g"
            for number in range(self.count)
        ]

    def name(self, number: int) -> str:
        return self.names[number]

    def code(self, number: int) -> str:
        return f"PRD{number + 1:07d}"

    def bars(self, number: int) -> str:
        return f"786{number:010d}"

    def category(self, number: int) -> str:
        return f"BIG{number % CATEGORIES}"

    def columns(self) -> list[list[str]]:
        """Codes, categories, names and barcodes."""
        return [
            [one(n) for n in range(self.count)] for one in (self.code, self.category, self.name, self.bars)
        ]


def fill(shop: Stack, goods: Catalogue, moves: int, bodega: str) -> int:
    """Bring the goods to both sides as the superuser; how many rows of kardex there are."""
    columns = goods.columns()
    with shop.admin_conn("pos") as pos, shop.admin_conn("ecom") as ecom:
        for conn in (pos, ecom):
            _categories(conn)
        given = {"codes": columns[0], "bod": bodega, "moves": moves}
        with pos.transaction():
            # Audited, sent over the bridge and priced one by one they would take many minutes and say nothing here.
            pos.execute("ALTER TABLE datos.producto DISABLE TRIGGER producto_auditoria")
            pos.execute("ALTER TABLE datos.producto DISABLE TRIGGER producto_puente_alta")
            pos.execute(PRODUCTS, columns)
            pos.execute("ALTER TABLE datos.producto ENABLE TRIGGER producto_auditoria")
            pos.execute("ALTER TABLE datos.producto ENABLE TRIGGER producto_puente_alta")
            pos.execute(
                "INSERT INTO datos.producto_precio (prd_codigo, prd_precio_venta, prd_promocion)"
                " SELECT prd_codigo, prd_precio_venta, prd_promocion FROM datos.producto WHERE prd_codigo = ANY (%s)",
                (columns[0],),
            )
            pos.execute("SELECT setval('datos.producto_numero', %s)", (goods.count,))
            pos.execute(STOCK, given)
            pos.execute(MOVES, given)
            pos.execute(BOOK)
        ecom.execute(SHOWN, columns)
        for conn in (pos, ecom):
            conn.execute("VACUUM ANALYZE")
        row = pos.execute("SELECT count(*) FROM datos.kardex").fetchone()
    return int(row[0]) if row else 0


def _categories(conn: psycopg.Connection) -> None:
    conn.execute(
        "INSERT INTO datos.categoria (cat_codigo, cat_nombre)"
        " SELECT 'BIG' || n, 'Categoría ' || n FROM generate_series(0, %s) AS n",
        (CATEGORIES - 1,),
    )
