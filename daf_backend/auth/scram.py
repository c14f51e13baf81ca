"""SCRAM-SHA-256 (RFC 5802) as PostgreSQL speaks it: from a password to what libpq can log in with.

A login keeps two derived keys instead of the password: the ClientKey, which proves it to the server, and the
ServerKey, which proves the server to it. libpq 18 connects with them (``scram_client_key``,
``scram_server_key``).
"""

import hashlib
import hmac
import stringprep
import unicodedata

from ..db.connect import Credential, encrypt_password

_PROHIBITED = (  # RFC 4013, section 2.3, and unassigned code points (2.5)
    stringprep.in_table_a1,
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(password: str) -> str:
    """Prepare a password as libpq does: what SASLprep (RFC 4013) refuses is used as it is.

    Without it the same "ñ" typed as one character or as two would be two passwords.
    """
    if password.isascii():
        return password
    mapped = "".join(map(_mapped, password))
    # RFC 4013 judges the normalized text; PostgreSQL judges the text before, and PostgreSQL is who we must match.
    allowed = mapped and _bidi_ok(mapped) and not any(table(c) for table in _PROHIBITED for c in mapped)
    return unicodedata.normalize("NFKC", mapped) if allowed else password


def derive(password: str, salt: bytes, iterations: int) -> Credential:
    """The keys of a password under the salt and iteration count of the role's verifier."""
    salted = hashlib.pbkdf2_hmac("sha256", saslprep(password).encode(), salt, iterations)
    return Credential(
        client_key=hmac.digest(salted, b"Client Key", "sha256"),
        server_key=hmac.digest(salted, b"Server Key", "sha256"),
    )


def verifier(login: str, password: str) -> str:
    """What to store as a role's password, so that the clear one never reaches a statement or a log.

    Raises:
        ValueError: an empty password, or one with a NUL, which C would cut short.
    """
    if not password or "\0" in password:
        raise ValueError("a password must not be empty or hold a NUL")
    return encrypt_password(login, password)


def _mapped(char: str) -> str:
    """RFC 4013, section 2.1: other spaces to a space, soft hyphens and the like to nothing."""
    if stringprep.in_table_c12(char):
        return " "
    return "" if stringprep.in_table_b1(char) else char


def _bidi_ok(text: str) -> bool:
    """RFC 3454, section 6: text with right-to-left characters starts and ends with them and has no other."""
    rtl = [stringprep.in_table_d1(c) for c in text]
    return not any(rtl) or (rtl[0] and rtl[-1] and not any(map(stringprep.in_table_d2, text)))
