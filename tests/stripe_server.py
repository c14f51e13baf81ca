"""stripe on loopback: what we use of its API, over real HTTP, keeping its promises, breaking answers on demand."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY, WEBHOOK_SECRET = "sk_test_de_mentira", "whsec_de_mentira"
GOOD, DECLINED, ASKS_MORE = "pm_card_visa", "pm_card_chargeDeclined", "pm_card_authenticationRequired"
SLOW = "pm_usBankAccount"  # stays `processing` until the bank answers
Answer = tuple[int, dict[str, Any]]


class StripeServer:
    """The books of one account. `trouble` maps an act to what goes wrong at its next request:
    ``500`` (done nothing), ``hang`` and ``lose`` (done, and nobody hears of it). While `failing`, refunds come to
    nothing."""

    def __init__(self) -> None:
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: list[dict[str, Any]] = []
        self.keys: dict[str, tuple[Any, Answer | None]] = {}
        self.asked: list[tuple[str, str | None]] = []  # each request's act and idempotency key
        self.events: list[dict[str, Any]] = []
        self.trouble: dict[str, str] = {}
        self.failing = False
        self.on_event: Callable[[dict[str, Any]], object] = lambda event: None
        self.url = ""
        self._lock = threading.RLock()
        self._serial = itertools.count(time.time_ns())

    # The buyer, in the browser -------------------------------------------------------------------------------------

    def pay(self, client_secret: str, method: str = GOOD) -> str:
        """What the browser library does with the secret: the state of the intent."""
        intent = next(each for each in self.intents.values() if each["client_secret"] == client_secret)
        self.confirm(intent, {"payment_method": method})
        return str(intent["status"])

    # The API -------------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, sent: dict[str, str], key: str | None) -> tuple[str, Answer]:
        """What is done and answered; a key does it once, and another request under it is refused."""
        act = self._act(method, path)
        self.asked.append((act, key))
        if key is None or method == "GET":
            return act, self._do(act, path, sent)
        with self._lock:
            if key in self.keys and self.keys[key][0] != (path, sent):
                return act, _error(400, "idempotency_error", "another request was made under this key")
            if key in self.keys and self.keys[key][1] is None:
                return act, _error(409, "idempotency_error", "in use", "idempotency_key_in_use")
            if key in self.keys:
                return act, self.keys[key][1] or _error(500, "api_error", "")
            self.keys[key] = ((path, sent), None)
        done = self._do(act, path, sent)
        self.keys[key] = ((path, sent), done)
        return act, done

    def _act(self, method: str, path: str) -> str:
        parts = path.strip("/").split("/")
        noun = {"payment_intents": "intent", "refunds": "refund"}[parts[1]]
        plain = "list" if noun == "refund" else "retrieve" if method == "GET" else "update"
        verb = parts[3] if len(parts) == 4 else plain
        return f"{noun}.{'create' if method == 'POST' and len(parts) == 2 else verb}"

    def _do(self, act: str, path: str, sent: dict[str, str]) -> Answer:
        if self.trouble.get(act) == "500":
            del self.trouble[act]
            return _error(500, "api_error", "on fire")
        with self._lock:
            if act == "intent.create" and int(sent["amount"]) < 50:
                return _error(
                    400, "invalid_request_error", "Amount must be at least 50 cents", "amount_too_small"
                )
            if act == "intent.create":
                return 200, self.create(sent)
            if act.startswith("refund."):
                return (
                    self.refund(sent)
                    if act == "refund.create"
                    else (200, self.refunded(sent["payment_intent"]))
                )
            intent = self.intents.get(path.strip("/").split("/")[2])
            if intent is None:
                return _error(404, "invalid_request_error", "No such payment_intent", "resource_missing")
            if act == "intent.update":
                intent["metadata"] |= marks(sent)
            if act in ("intent.retrieve", "intent.update"):
                return 200, dict(intent)
            return self.confirm(intent, sent) if act == "intent.confirm" else self.cancel(intent)

    def create(self, sent: dict[str, str]) -> dict[str, Any]:
        """A new intent."""
        id_ = f"pi_{next(self._serial)}"
        self.intents[id_] = {
            "id": id_, "object": "payment_intent", "amount": int(sent["amount"]), "amount_received": 0,
            "currency": sent["currency"], "status": "requires_payment_method", "latest_charge": None,
            "client_secret": f"{id_}_secret_{next(self._serial)}",
            "metadata": marks(sent),
        }  # fmt: skip
        return dict(self.intents[id_])

    def confirm(self, intent: dict[str, Any], sent: dict[str, str]) -> Answer:
        """Charge a payment method."""
        method = sent.get("payment_method")
        if intent["status"] in ("succeeded", "canceled"):
            return _error(400, "invalid_request_error", "too late", "payment_intent_unexpected_state")
        if method not in (GOOD, DECLINED, ASKS_MORE, SLOW):
            return _error(
                400, "invalid_request_error", f"No such PaymentMethod: '{method}'", "resource_missing"
            )
        if method == DECLINED:
            intent["status"] = "requires_payment_method"
            self._tell("payment_intent.payment_failed", intent)
            return _error(402, "card_error", "Your card was declined.", "card_declined")
        if method in (ASKS_MORE, SLOW):
            intent["status"] = "requires_action" if method == ASKS_MORE else "processing"
            return 200, dict(intent)
        intent["latest_charge"] = {
            "id": f"ch_{next(self._serial)}", "object": "charge", "amount_refunded": 0, "refunded": False,
            "amount": intent["amount"], "amount_captured": intent["amount"], "payment_intent": intent["id"],
            "metadata": intent["metadata"],
            "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
        }  # fmt: skip
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        self._tell("payment_intent.succeeded", intent)
        self._tell("charge.succeeded", intent["latest_charge"])
        return 200, dict(intent)

    def cancel(self, intent: dict[str, Any]) -> Answer:
        """Give an intent up."""
        if intent["status"] in ("succeeded", "canceled", "processing"):
            return _error(400, "invalid_request_error", "too late", "payment_intent_unexpected_state")
        intent["status"] = "canceled"
        self._tell("payment_intent.canceled", intent)
        return 200, dict(intent)

    def refund(self, sent: dict[str, str]) -> Answer:
        """Return a part of a charge."""
        charge = self.intents[sent["payment_intent"]]["latest_charge"]
        amount = int(sent["amount"])
        if charge is None or charge["refunded"] or charge["amount_refunded"] + amount > charge["amount"]:
            code = "charge_already_refunded" if charge and charge["refunded"] else None
            return _error(400, "invalid_request_error", "greater than unrefunded amount", code)
        made = {
            "id": f"re_{next(self._serial)}", "object": "refund", "amount": amount,
            "status": "failed" if self.failing else "succeeded",
            "payment_intent": sent["payment_intent"],
            "metadata": marks(sent),
        }  # fmt: skip
        self.refunds.append(made)
        if self.failing:
            return 200, made
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._tell("charge.refunded", charge)
        return 200, made

    def refunded(self, intent: str) -> dict[str, Any]:
        """Every refund of an intent."""
        rows = [row for row in self.refunds if row["payment_intent"] == intent]
        return {"object": "list", "data": rows, "has_more": False, "url": "/v1/refunds"}

    def _tell(self, kind: str, what: dict[str, Any]) -> None:
        event = {
            "id": f"evt_{next(self._serial)}",
            "object": "event",
            "type": kind,
            "data": {"object": dict(what)},
        }
        self.events.append(json.loads(json.dumps(event)))
        self.on_event(self.events[-1])


def marks(sent: dict[str, str]) -> dict[str, str]:
    """What somebody noted on a thing."""
    return {name[9:-1]: value for name, value in sent.items() if name.startswith("metadata[")}


def _error(status: int, kind: str, message: str, code: str | None = None) -> Answer:
    return status, {"error": {"type": kind, "message": message, **({"code": code} if code else {})}}


@contextmanager
def running() -> Iterator[StripeServer]:
    """A server of its own, with empty books."""
    books, closing = StripeServer(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            where = urlsplit(self.path)
            sent = dict(parse_qsl(where.query) + parse_qsl(self.rfile.read(length).decode()))
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                return self._say(*_error(401, "invalid_request_error", "Invalid API Key"))
            key = self.headers.get("Idempotency-Key")
            act, answer = books.answer(self.command, where.path, sent, key)
            wrong = books.trouble.pop(act, None)
            if wrong == "hang":
                closing.wait(30)
            if wrong in ("hang", "lose"):
                self.close_connection = True
                return None
            return self._say(*answer)

        do_GET = do_POST = _serve

        def _say(self, status: int, body: dict[str, Any]) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    books.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield books
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
