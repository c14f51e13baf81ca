"""Passwords of shoppers: Argon2id. The database stores what this makes and never sees a password."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

# OWASP's second choice: 19 MiB, two passes, one lane. Some 25 ms, so a hundred people can log in at once.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """The hash to store."""
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the one stored; costs the same when nothing is stored."""
    try:
        return _hasher.verify(stored or _nobody(), password) and stored is not None
    except VerificationError:
        return False


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
