"""`python -m tests.permisos.generate`: both manifests brought up to date on a throw-away server, for review.

`sql/permisos/catalogo.yaml` is written anew from a deployed database; `tests/permisos.yaml` keeps every entry it has,
loses the routes that are gone, and gets a proposal for each new one. On an unchanged tree nothing changes.
"""

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.exit(
        pytest.main(["-q", "-s", "-p", "no:cacheprovider", str(Path(__file__).with_name("regenerate.py"))])
    )
