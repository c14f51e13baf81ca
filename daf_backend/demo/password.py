"""The one password of the demo logins: given by the settings, or made once and kept 0600 in DAF_HOME."""

import os
import secrets
from pathlib import Path

from ..settings import Settings


def password_file(settings: Settings) -> Path:
    """Where a made password is kept."""
    return settings.home / "demo_password"


def demo_password(settings: Settings) -> str:
    """The password of every `demo_<rol>` login.

    Raises:
        ValueError: in production, where logins with a known password have no place.
    """
    if settings.env == "produccion":
        raise ValueError("the demo logins do not exist in production")
    given = settings.demo_password.get_secret_value()
    path = password_file(settings)
    if given:
        return given
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(12))
    return path.read_text("ascii").strip()
