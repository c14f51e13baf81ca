"""What a request sent and nobody read.

A server that answers over it hangs up, and who is still sending loses the answer with the line. So a refusal (no token,
no such route, too large) lets the body arrive first.
"""

from flask import Flask, Response, request

LIMIT = 64 * 1024 * 1024  # who sends more is hung up on
CHUNK = 64 * 1024


def init_unread(app: Flask) -> None:
    """Read what is left of each request before it is answered."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    if not _is_read():
        response.headers["Connection"] = "close"
    return response


def _is_read() -> bool:
    """Whether the whole body has arrived, now at the latest. One that waits to be asked for is not asked for."""
    environ = request.environ
    if not request.content_length and "HTTP_TRANSFER_ENCODING" not in environ:
        return True
    if "HTTP_EXPECT" in environ and "stream" not in request.__dict__:
        return False
    if not environ.get(
        "wsgi.input_terminated"
    ):  # a server whose input has no end would have us wait for more
        return True
    source, left = environ["wsgi.input"], LIMIT
    while left > 0:
        chunk = source.read(CHUNK)
        if not chunk:
            return True
        left -= len(chunk)
    return False
