"""`python -m tests.contrato.tabla`: each route, the test that proves it, and whether it passed."""

import sys
from pathlib import Path

import pytest

from .rutas import TESTS, proved_by, table


class Verdicts:
    """What became of each test, by the name the table knows it by."""

    def __init__(self) -> None:
        self.failed: set[str] = set()
        self.passed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test with parameters passed if all of them did, and what surrounds them too."""
        file, name = report.nodeid.split("[")[0].split("::")
        test = f"{Path(file).resolve().relative_to(TESTS)}::{name}"
        (self.failed if report.failed else self.passed).add(test)

    def of(self, test: str) -> str:
        """One word."""
        return "FAILS" if test in self.failed else "passes" if test in self.passed else "not run"


def main() -> int:
    """The table, and 1 if a route is not proved."""
    verdicts = Verdicts()
    files = sorted({str(TESTS / test.split("::")[0]) for test in proved_by()} | {str(TESTS / "contrato")})
    pytest.main(["-q", "-p", "no:cacheprovider", *files], plugins=[verdicts])
    wide = max(map(len, table()))
    for route, test in table().items():
        print(f"{route:{wide}}  {verdicts.of(test):8} {test}")
    proved = sum(verdicts.of(test) == "passes" for test in table().values())
    print(f"{len(table())} routes, {proved} proved")
    return int(proved != len(table()))


if __name__ == "__main__":
    sys.exit(main())
