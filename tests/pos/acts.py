"""What tests of api functions share."""

import secrets
from typing import Any

import psycopg
import pytest
from stdnum.ec import ci, ruc

from tests.conftest import Act


def refused(act: Act, rule: str, name: str, /, **params: Any) -> str:
    """The status kind of a refusal, which must be of that rule: '409' from NG409, else the SQLSTATE."""
    with pytest.raises(psycopg.Error) as caught:
        act(name, **params)
    assert caught.value.diag.constraint_name == rule, caught.value
    state = caught.value.diag.sqlstate or ""
    return state.removeprefix("NG")


def forbidden(act: Act, name: str, /, **params: Any) -> None:
    """PostgreSQL itself denies the act."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        act(name, **params)


def cedula() -> str:
    """A valid cédula, most likely nobody's: tests over HTTP leave their rows behind."""
    return next(
        n
        for n in iter(lambda: f"17{secrets.randbelow(6)}{secrets.randbelow(10**7):07d}", "")
        if ci.is_valid(n)
    )


def ruc_company() -> str:
    """A valid RUC of a private company."""
    return next(n for n in iter(lambda: f"179{secrets.randbelow(10**7):07d}001", "") if ruc.is_valid(n))
