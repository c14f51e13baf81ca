"""Orders that wait for their payment, and what the embedded provider tells of them: true, repeated, shuffled, forged.

A story is what happened to one payment, in the order it happened. The provider's book says how it ended before the
first message leaves, as a provider's does.
"""

import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field

import psycopg
from stripe import WebhookSignature

from daf_backend.demo.ids import cedula
from daf_backend.ecom.pagos_simulada import token

# What the order was made before its payment told of itself; what the book says; what is told, in order.
# A message is (type, share of the amount).
STORIES = {
    "pagado": ("", "APROBADO", [("pago.rechazado", 1), ("pago.rechazado", 1), ("pago.capturado", 1)]),
    "anulado": ("", "ANULADO", [("pago.rechazado", 1), ("pago.anulado", 1)]),
    "expirado": ("EXPIRADO", "APROBADO", [("pago.rechazado", 1), ("pago.capturado", 1)]),
    "devuelto": ("CANCELADO", "REEMBOLSADO", [("pago.capturado", 1), ("pago.reembolsado", 1)]),
    "de otro monto": ("", "APROBADO", [("pago.capturado", 2), ("pago.capturado", 1)]),
    "con ruido": ("", "APROBADO", [("pago.visto", 1), ("pago.capturado", 1), ("pago.rechazado", 1)]),
}

_CARTS = """
    WITH person AS (
        INSERT INTO datos.usuario_app (usr_email, cli_tipo_id, cli_ruc_ced, cli_nombre, ct_codigo)
        SELECT 'pago' || p.ruc || '@correo.ec', 'CEDULA', p.ruc, 'Persona ' || p.ruc, c.ct_codigo
        FROM unnest(%s::text[]) AS p (ruc)
        CROSS JOIN (SELECT min(ct_codigo) AS ct_codigo FROM datos.ciudad) AS c
        RETURNING usr_id
    ), cart AS (
        INSERT INTO datos.carrito (usr_id) SELECT usr_id FROM person RETURNING crr_codigo
    )
    INSERT INTO datos.carrito_detalle (crr_codigo, prd_codigo, pxca_cantidad)
    SELECT crr_codigo, %s, 1 FROM cart
    RETURNING crr_codigo
"""
_TOTALS = """
    UPDATE datos.carrito AS c SET crr_total = (privado.carrito_totales(c.crr_codigo)).total
    WHERE c.crr_codigo = ANY (%s)
"""
_ORDERS = """
    WITH made AS MATERIALIZED (
        SELECT privado.pedido_crear(c, NULL, 'simulada') AS ped_codigo
        FROM datos.carrito AS c WHERE c.crr_codigo = ANY (%s)
    )
    SELECT m.ped_codigo, privado.cupo_reservar(m.ped_codigo, ARRAY[%s], ARRAY[1.0], now() + interval '15 minutes')
    FROM made AS m
"""
_WAITING = """
    UPDATE datos.pago SET pag_espera = now() + interval '15 minutes'
    WHERE ped_codigo = ANY (%s) RETURNING pag_id::text, pag_monto, ped_codigo
"""
_BOOK = """
    INSERT INTO datos.simulada_cargo (car_clave, car_monto, car_resultado, car_referencia)
    VALUES (%s, %s, %s, 'SIM-' || %s)
"""
_STATE = """
    SELECT p.ped_estado, g.pag_estado
    FROM datos.pedido AS p JOIN datos.pago AS g USING (ped_codigo)
    WHERE g.pag_id = %s
"""
_EVENTS = "SELECT evt_resultado, evt_regla FROM datos.pago_evento WHERE pag_id = %s ORDER BY evt_id"


@dataclass
class Story:
    """One payment, how its book ends and what is told of it: bodies to be signed."""

    kind: str
    pag_id: str
    bodies: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Delivery:
    """One message on the wire."""

    body: str
    signature: str = field(repr=False)
    forged: bool = False


def stories(conn: psycopg.Connection, count: int, product: str, key: bytes, serial: int) -> list[Story]:
    """So many orders of one unit each, with their stories; ``serial`` keeps their people apart from others'."""
    rucs = [cedula(18, serial * 10_000 + number) for number in range(count)]
    with conn.transaction():
        carts = [row[0] for row in conn.execute(_CARTS, (rucs, product))]
        conn.execute(_TOTALS, (carts,))
        codes = [row[0] for row in conn.execute(_ORDERS, (carts, product))]
        paid = sorted(conn.execute(_WAITING, (codes,)).fetchall(), key=lambda row: row[2])
        return [
            _story(conn, kind, key, *row)
            for kind, row in zip(list(STORIES) * (count // len(STORIES) + 1), paid, strict=False)
        ]


def _story(conn: psycopg.Connection, kind: str, key: bytes, pag_id: str, amount: object, code: str) -> Story:
    before, ending, told = STORIES[kind]
    if before:
        conn.execute("SELECT privado.pedido_soltar(%s, %s)", (code, before))
    conn.execute(_BOOK, (pag_id, amount, ending, pag_id))
    story = Story(kind, pag_id)
    for number, (what, share) in enumerate(told):
        about = {
            "client_secret": token(pag_id, key), "monto": str(amount * share),  # type: ignore[operator]
            "referencia": f"SIM-{pag_id}",
        }  # fmt: skip
        event = {"id": f"evt_{pag_id}_{number}", "type": what, "data": {"object": about}}
        story.bodies.append(json.dumps(event))
    return story


def signed(body: str, key: bytes, age: int = 0) -> Delivery:
    """A message as the provider sends it."""
    secret = key.hex()
    return Delivery(body, WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age))


def forged(body: str, key: bytes, dice: random.Random) -> Delivery:
    """The same message as somebody sends it who wants to be believed."""
    event = json.loads(body)
    event["id"] = f"forged_{dice.getrandbits(64)}"
    event["type"] = dice.choice(["pago.capturado", "pago.anulado", "pago.reembolsado"])
    changed, stolen = json.dumps(event), signed(body, key)
    ways = [
        Delivery(changed, stolen.signature, True),  # a signature of another message
        Delivery(changed, signed(changed, dice.randbytes(32)).signature, True),
        Delivery(changed, signed(changed, key, age=301).signature, True),  # kept too long
        Delivery(changed, stolen.signature.replace("v1=", "v0="), True),
        Delivery(changed, "", True),
        Delivery(changed + " ", signed(changed, key).signature, True),  # one byte more than was signed
    ]
    return dice.choice(ways)


def shuffled(told: list[Story], key: bytes, dice: random.Random) -> list[Delivery]:
    """Each message one to five times and a twentieth of forgeries, in any order."""
    bodies = [body for story in told for body in story.bodies]
    sent = [signed(body, key) for body in bodies for _ in range(dice.randint(1, 5))]
    sent += [forged(dice.choice(bodies), key, dice) for _ in range(len(sent) // 20)]
    dice.shuffle(sent)
    return sent


def endings(conn: psycopg.Connection, told: list[Story]) -> Counter[tuple[object, ...]]:
    """How often each kind of story ended in which state of order and payment, with which verdicts on its messages."""
    found: Counter[tuple[object, ...]] = Counter()
    for story in told:
        state = conn.execute(_STATE, (story.pag_id,)).fetchone()
        events = conn.execute(_EVENTS, (story.pag_id,)).fetchall()
        found[story.kind, state, tuple(events)] += 1
    return found
