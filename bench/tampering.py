"""What a superuser may do to sealed tables and to seals, drawn at random; each answers in which window to find it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from daf_backend.settings import Side

IDS = {"auditoria": "aud_id", "kardex": "krd_codigo", "asiento": "asi_id", "asiento_linea": "asi_id"}
TABLES: dict[Side, tuple[str, ...]] = {
    "pos": ("auditoria", "kardex", "asiento", "asiento_linea"),
    "ecom": ("auditoria",),
}
OTHER_VALUE = {
    "text": "coalesce({0}, '') || 'x'",
    "bigint": "coalesce({0}, 0) + 1000000",
    "smallint": "CASE WHEN '{0}' = 'krd_signo' THEN -{0} ELSE {0} + 1000 END",
    "numeric": "{0} + 0.01",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "jsonb": "coalesce({0}, '{{}}') || '{{\"x\": 1}}'",
}
SEAL_EDITS = (
    "numero = numero + 1000000", "clase = CASE clase WHEN 'VENTANA' THEN 'RETIRO' ELSE 'VENTANA' END",
    "version = version + 1", "epoca = epoca + 1", "sistema = sistema || 'x'", "id_desde = id_desde + 1",
    "xid_desde = '3'", "fila_desde = fila_desde + 1", "xid_hasta = '777777777'", "fila_hasta = fila_hasta + 1",
    "id_maximo = id_maximo + 1", "retira = retira + 1", "raiz = sha256(raiz)", "anterior = sha256(anterior)",
    "sellado_en = sellado_en + interval '1 microsecond'", "sello = sha256(sello)", "lado = 'otro'",
    "filas = filas + 1, hojas = hojas || '\\x0000000000000000'",
)  # fmt: skip
REWRITE = """
    DO $$
    DECLARE
        v_sello datos.sello;
        v_previo bytea;
    BEGIN
        FOR v_sello IN SELECT s.* FROM datos.sello AS s WHERE s.tabla = '{0}' ORDER BY s.numero LOOP
            SELECT coalesce(sha256(string_agg(l.hoja, '' ORDER BY l.orden)), sha256('')),
                coalesce(string_agg(substr(l.hoja, 1, 8), '' ORDER BY l.orden), '')
            INTO v_sello.raiz, v_sello.hojas
            FROM privado.sello_leer(
                v_sello.tabla, v_sello.version, v_sello.xid_desde, v_sello.fila_desde, v_sello.xid_hasta,
                v_sello.fila_hasta, v_sello.id_desde, privado.sello_id_hasta(v_sello.tabla, v_sello.epoca)
            ) AS l;
            v_sello.filas := length(v_sello.hojas) / 8;
            v_sello.anterior := coalesce(v_previo, sha256(''));
            v_sello.sello := sha256(convert_to(privado.sello_cabeza(v_sello), 'UTF8'));
            UPDATE datos.sello AS s
            SET raiz = v_sello.raiz, hojas = v_sello.hojas, filas = v_sello.filas, anterior = v_sello.anterior,
                sello = v_sello.sello
            WHERE s.tabla = v_sello.tabla AND s.numero = v_sello.numero;
            v_previo := v_sello.sello;
        END LOOP;
    END
    $$
"""


@dataclass(frozen=True)
class Row:
    """A sealed row: where it is, and the number of its window."""

    id: int
    line: int  # of an asiento; 0 elsewhere
    xid: str
    window: int


@dataclass
class Table:
    """One sealed table as it is before anybody touches it."""

    conn: psycopg.Connection
    side: Side
    name: str
    rows: list[Row] = field(default_factory=list)
    columns: list[tuple[str, str]] = field(default_factory=list)
    seals: int = 0

    def __post_init__(self) -> None:
        key, line = IDS[self.name], "t.linea" if self.name == "asiento_linea" else "0"
        found = self.sql(
            f"SELECT t.{key}, {line}, t.xid::text, s.numero FROM datos.{self.name} AS t JOIN datos.sello AS s"
            f" ON s.tabla = '{self.name}' AND (t.xid, t.{key}) >= (s.xid_desde, s.fila_desde)"
            f" AND (t.xid, t.{key}) < (s.xid_hasta, s.fila_hasta) AND t.{key} >= s.id_desde"
            f" WHERE s.epoca = (SELECT max(u.epoca) FROM datos.sello AS u WHERE u.tabla = s.tabla) ORDER BY 1, 2"
        )
        self.rows = [Row(*each) for each in found]
        self.columns = [
            (name, kind)
            for name, kind in self.sql(
                "SELECT attname, regexp_replace(format_type(atttypid, atttypmod), '\\(.*', '') FROM pg_attribute"
                f" WHERE attrelid = 'datos.{self.name}'::regclass AND attnum > 1 AND NOT attisdropped"
            )
            if name != "xid"
        ]
        ((self.seals,),) = self.sql(f"SELECT count(*) FROM datos.sello WHERE tabla = '{self.name}'")

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Rows of one statement."""
        done = self.conn.execute(text.encode())
        return done.fetchall() if done.description else []

    def place(self, row: Row, glue: str = ", ") -> str:
        """What tells a row: its id, and its line if it is one of several."""
        line = f"{glue}linea = {row.line}" if self.name == "asiento_linea" else ""
        return f"{IDS[self.name]} = {row.id}{line}"

    def where(self, row: Row) -> str:
        """The condition that finds a row."""
        return f"WHERE {self.place(row, ' AND ')}"


def edit(table: Table, dice: random.Random) -> int:
    """Another value in one column of one row."""
    row, (column, kind) = dice.choice(table.rows), dice.choice(table.columns)
    change = OTHER_VALUE[kind].format(column)
    table.sql(f"UPDATE datos.{table.name} SET {column} = {change} {table.where(row)}")
    return row.window


def delete(table: Table, dice: random.Random) -> int:
    """One row less, or a few in sequence."""
    start = dice.randrange(len(table.rows))
    gone = table.rows[start : start + dice.choice((1, 1, 1, 5))]
    for row in gone:
        table.sql(f"DELETE FROM datos.{table.name} {table.where(row)}")
    return min(row.window for row in gone)


def forge(table: Table, dice: random.Random) -> int:
    """A copy of a row under another id, in its window."""
    row, name = dice.choice(table.rows), table.name
    columns = ["xid", *(column for column, _ in table.columns)]
    values = {column: column for column in columns}
    values |= {"krd_secuencia": "krd_secuencia + 1000000", "krd_revierte": "NULL", "linea": "linea + 1000"}
    key = IDS[name] if name == "asiento_linea" else str(10**9 + dice.randrange(10**6))
    table.sql(
        f"INSERT INTO datos.{name} ({IDS[name]}, {', '.join(columns)}) OVERRIDING SYSTEM VALUE"
        f" SELECT {key}, {', '.join(values[column] for column in columns)} FROM datos.{name} {table.where(row)}"
    )
    return row.window


def swap_xids(table: Table, dice: random.Random) -> int:
    """Two rows change their transactions, and with them their places."""
    one, other = dice.sample(table.rows, 2)
    while one.xid == other.xid:
        other = dice.choice(table.rows)
    for row, xid in ((one, other.xid), (other, one.xid)):
        table.sql(f"UPDATE datos.{table.name} SET xid = '{xid}' {table.where(row)}")
    return min(one.window, other.window)


def swap_ids(table: Table, dice: random.Random) -> int:
    """Two rows change their ids."""
    key, name = IDS[table.name], table.name
    one, other = dice.sample(table.rows, 2)
    while one.id == other.id:
        other = dice.choice(table.rows)
    if name != "asiento_linea":
        table.sql(f"ALTER TABLE datos.{name} ALTER COLUMN {key} SET GENERATED BY DEFAULT")
    table.sql(f"UPDATE datos.{name} SET {key} = -7 {table.where(one)}")
    table.sql(f"UPDATE datos.{name} SET {table.place(one)} {table.where(other)}")
    table.sql(f"UPDATE datos.{name} SET {table.place(other)} WHERE {key} = -7")
    return min(one.window, other.window)


def cut(table: Table, dice: random.Random) -> int:
    """The tail of the table goes, or all of it."""
    start = dice.choice((0, dice.randrange(len(table.rows)), dice.randrange(len(table.rows))))
    gone = table.rows[start].id
    table.sql(f"DELETE FROM datos.{table.name} WHERE {IDS[table.name]} >= {gone}")
    return min(row.window for row in table.rows if row.id >= gone)


def edit_seal(table: Table, dice: random.Random) -> int:
    """Another value in one column of one seal."""
    number = dice.randint(1, table.seals)
    change = dice.choice(SEAL_EDITS)
    table.sql(f"UPDATE datos.sello SET {change} WHERE tabla = '{table.name}' AND numero = {number}")
    return number


def delete_seal(table: Table, dice: random.Random) -> int:
    """One seal less, or all from one on."""
    number = dice.randint(1, table.seals)
    table.sql(
        f"DELETE FROM datos.sello WHERE tabla = '{table.name}' AND numero {dice.choice(('=', '>='))} {number}"
    )
    return number


def forge_seal(table: Table, dice: random.Random) -> int:
    """A seal more, chained as it should be, of a window that never was."""
    table.sql(
        "SELECT privado.sello_poner(s) FROM (SELECT lado, tabla, numero, clase, version, epoca, sistema, id_desde,"
        " xid_hasta AS xid_desde, fila_hasta AS fila_desde, xid_hasta, fila_hasta + 1, id_maximo, retira, 1,"
        " sha256('x'), '\\x0102030405060708'::bytea, anterior, now(), sello FROM datos.sello"
        f" WHERE tabla = '{table.name}' ORDER BY numero DESC LIMIT 1) AS s"
    )
    return table.seals + 1


def rewrite(table: Table, dice: random.Random) -> int:
    """A row changed and the whole chain made again, as if it had always been so: only copies elsewhere tell."""
    window = dice.choice((edit, delete, forge))(table, dice)
    table.sql(REWRITE.format(table.name))
    return window


Act = Callable[[Table, random.Random], int]
ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (edit, delete, forge, swap_xids, swap_ids, cut, edit_seal, delete_seal, forge_seal, rewrite)
}
