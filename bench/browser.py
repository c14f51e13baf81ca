"""A client as strict as a browser: it states its origin, asks before it sends, and reads nothing it was not allowed to.

What the front-end of the shop could not do, this cannot do: a redirect after a preflight is an error, an answer without
permission for our origin is an error, a header that was not allowed is an error.
"""

import http.client
import json
import uuid
from typing import Any
from urllib.parse import urlsplit

SIMPLE_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


class Blocked(AssertionError):
    """A browser would not have let the page have this answer."""


class Answer:
    """What the page may read."""

    def __init__(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.status, self.headers, self.content = status, headers, content

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.content)


class Browser:
    """A tab at one origin. ``calls`` counts what the page asked, ``preflights`` what the browser asked first."""

    def __init__(self, base_url: str, origin: str) -> None:
        self._place, self.origin = urlsplit(base_url), origin
        self.token = ""
        self.calls = self.preflights = 0
        self._allowed: set[tuple[str, str, tuple[str, ...]]] = set()

    def get(self, path: str) -> Any:
        """GET, which must succeed; parsed."""
        return self.fetch("GET", path).json

    def send(self, method: str, path: str, body: Any = None, expect: tuple[int, ...] = (200, 201)) -> Any:
        """A write with a JSON body, which must answer one of these statuses; parsed."""
        return self.fetch(method, path, body, expect=expect).json

    def upload(self, method: str, path: str, fields: dict[str, str], picture: bytes) -> Any:
        """A form with a picture, as a form of a page sends it; parsed."""
        edge = uuid.uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        head = f'--{edge}\r\nContent-Disposition: form-data; name="prd_img"; filename="foto.png"\r\n'
        file = [head.encode(), b"Content-Type: image/png\r\n\r\n", picture]
        raw = b"".join([*parts, *file, f"\r\n--{edge}--\r\n".encode()])
        return self.fetch(method, path, raw=(raw, f"multipart/form-data; boundary={edge}")).json

    def fetch(
        self, method: str, path: str, body: Any = None, *,
        raw: tuple[bytes, str] | None = None, expect: tuple[int, ...] = (200, 201, 202),
    ) -> Answer:  # fmt: skip
        """One request as a page makes it.

        Raises:
            Blocked: the browser would have stopped it.
            AssertionError: another status than expected.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        content = None
        if raw:
            content, headers["Content-Type"] = raw
        elif body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        self._ask_first(method, path, headers)
        self.calls += 1
        answer = self._exchange(method, path, content, headers | {"Origin": self.origin})
        if 300 <= answer.status < 400 and answer.status != 304:
            raise Blocked(f"{method} {path}: a redirect after a preflight")
        if answer.headers.get("access-control-allow-origin") != self.origin:
            raise Blocked(f"{method} {path} ({answer.status}): not for our origin")
        if answer.status not in expect:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.content[:400]!r}")
        return answer

    def picture(self, url: str) -> bytes:
        """What an <img> shows: no CORS, but a type that is an image and says not to guess."""
        place = urlsplit(url)
        answer = self._exchange("GET", place.path, None, {})
        kind = answer.headers.get("content-type", "")
        if answer.status != 200 or not kind.startswith("image/"):
            raise Blocked(f"{url}: {answer.status} {kind}")
        if answer.headers.get("x-content-type-options") != "nosniff":
            raise Blocked(f"{url}: may be guessed")
        return answer.content

    def _ask_first(self, method: str, path: str, headers: dict[str, str]) -> None:
        """The preflight, unless the request is one a form could send; remembered as its max-age lets us."""
        kind = headers.get("Content-Type", "").partition(";")[0]
        named = sorted(name.lower() for name in headers if name != "Content-Type" or kind not in SIMPLE_TYPES)
        if method in ("GET", "POST") and not named:
            return
        key = (method, path, tuple(named))
        if key in self._allowed:
            return
        asked = {"Origin": self.origin, "Access-Control-Request-Method": method}
        if named:
            asked["Access-Control-Request-Headers"] = ",".join(named)
        self.preflights += 1
        answer = self._exchange("OPTIONS", path, None, asked)
        told = answer.headers
        methods = {item.strip() for item in told.get("access-control-allow-methods", "").split(",")}
        allowed = {item.strip().lower() for item in told.get("access-control-allow-headers", "").split(",")}
        if not 200 <= answer.status < 300 or told.get("access-control-allow-origin") != self.origin:
            raise Blocked(f"OPTIONS {path}: {answer.status}, not for our origin")
        if method not in methods | {"GET", "POST"} or not set(named) <= allowed:
            raise Blocked(f"OPTIONS {path}: {method} with {named} is not allowed")
        if int(told.get("access-control-max-age", "0")) < 600:
            raise Blocked(f"OPTIONS {path}: to be asked again at once")
        self._allowed.add(key)

    def _exchange(self, method: str, path: str, content: bytes | None, headers: dict[str, str]) -> Answer:
        conn = http.client.HTTPConnection(self._place.hostname or "", self._place.port or 80, timeout=30)
        try:
            conn.request(method, path, content, headers)
            got = conn.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            conn.close()
