"""Second names of resources, resolved before routing so that one route serves both and nothing redirects."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Aliases:
    """WSGI middleware: a path that starts with an alias (whole segments) goes on as its canonical path."""

    def __init__(self, app: "WSGIApplication", canonical: Mapping[str, str]) -> None:
        self.app = app
        longest_first = sorted(canonical, key=len, reverse=True)
        self.aliases = [(alias, alias + "/", canonical[alias]) for alias in longest_first]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve the canonical path."""
        environ["PATH_INFO"] = self.resolve(environ.get("PATH_INFO", ""))
        return self.app(environ, start_response)

    def resolve(self, path: str) -> str:
        """The path this one is another name of, or itself."""
        for alias, inside, canonical in self.aliases:
            if path == alias or path.startswith(inside):
                return canonical + path[len(alias) :]
        return path
