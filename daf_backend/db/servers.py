"""Where both databases are, wherever that is."""

from dataclasses import dataclass
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from .binaries import ClusterError


@dataclass(frozen=True)
class Servers:
    """Where both databases are. Places only: who connects brings its own credentials."""

    pos: str
    ecom: str
    admin: SecretStr | None = None

    @property
    def together(self) -> bool:
        """Whether one server holds both databases, so that their roles are the same roles."""
        pos, ecom = self.place("pos"), self.place("ecom")
        return all(pos.get(key) == ecom.get(key) for key in ("host", "port"))

    def place(self, side: str) -> dict[str, Any]:
        """Host, port, database and TLS of a side, taken apart."""
        return {key: value for key, value in conninfo_to_dict(getattr(self, side)).items() if key != "user"}

    def admin_conninfo(self, side: str, dbname: str = "") -> str:
        """The superuser's way to a side's database, or to another database of that side's server.

        Raises:
            ClusterError: the superuser was not given.
        """
        place = self.place(side) | ({"dbname": dbname} if dbname else {})
        return make_conninfo("", **self.superuser() | place)

    def superuser(self) -> dict[str, Any]:
        """The superuser's own conninfo, taken apart."""
        if self.admin is None:
            raise ClusterError("esto necesita al superusuario: indique DAF_ADMIN_DSN")
        return dict(conninfo_to_dict(self.admin.get_secret_value()))
