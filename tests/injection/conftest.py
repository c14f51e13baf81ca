"""What both halves ask after each request: who was that, to PostgreSQL?"""

import pytest

from daf_backend.db import call as call_module


@pytest.fixture
def who(monkeypatch):
    """The identities that requests ran under, asked on their own connection right after each."""
    seen = []
    real = call_module.send

    def send(conn, name, *args, **kwargs):
        try:
            return real(conn, name, *args, **kwargs)
        finally:
            seen.append(conn.execute("SELECT session_user, current_user, current_setting('role')").fetchone())

    monkeypatch.setattr(call_module, "send", send)
    return seen
