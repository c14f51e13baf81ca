"""A small HTTP client: one kept-alive connection and a bearer token, standard library only."""

import http.client
import json
import time
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

IDLE = 5.0  # seconds after which the server may have hung up: a new connection costs less than finding out


class Refused(Exception):
    """The API answered with a problem."""

    def __init__(self, status: int, body: Any) -> None:
        body = body if isinstance(body, dict) else {}
        self.status, self.rule, self.detail = status, body.get("regla", ""), body.get("detail", "")
        super().__init__(f"{status} {self.rule}: {self.detail}")


class Client:
    """Talks to one API as one person. Not for more than one thread."""

    def __init__(self, base_url: str, timeout: float = 30.0) -> None:
        parts = urlsplit(base_url)
        self._conn = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port or 80, timeout=timeout
        )
        self._headers = {"Accept": "application/json"}
        self._used = time.monotonic()
        self.refresh_token = ""

    def login(self, side: str, user: str, password: str) -> dict[str, Any]:
        """Log in and keep the tokens; the whole answer."""
        name = "user" if side == "pos" else "email"
        answer: dict[str, Any] = self.post(f"/api/{side}/auth/login", {name: user, "password": password})
        self._headers["Authorization"] = f"Bearer {answer['token']}"
        self.refresh_token = answer["refresh_token"]
        return answer

    def get(self, path: str) -> Any:
        """GET, parsed."""
        return self.send("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        """POST JSON, parsed."""
        return self.send("POST", path, body)

    def put(self, path: str, body: Any = None) -> Any:
        """PUT JSON, parsed."""
        return self.send("PUT", path, body)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """One request; its answer parsed, numbers with a fraction as Decimal.

        Raises:
            Refused: any status of 400 or more.
        """
        status, text = self._exchange(method, path, body)
        answer = json.loads(text, parse_float=Decimal) if text else None
        if status >= 400:
            raise Refused(status, answer)
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()

    def _exchange(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        if time.monotonic() - self._used > IDLE:
            self._conn.close()
        headers, text = dict(self._headers), None
        if body is not None:
            text = json.dumps(body, default=str).encode()
            headers["Content-Type"] = "application/json"
        try:
            self._conn.request(method, path, text, headers)
            answer = self._conn.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._conn.close()  # the next one begins anew
            if method != "GET":  # the write may have happened: its sender decides
                raise
            self._conn.request(method, path, text, headers)
            answer = self._conn.getresponse()
        body = answer.read()
        self._used = time.monotonic()
        return answer.status, body
