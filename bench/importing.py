"""Import one file as the demo's administrator, in a process of its own, and print what it took."""

import json
import resource
import sys
from pathlib import Path

from daf_backend.demo.password import demo_password
from daf_backend.importar import importar_productos
from daf_backend.settings import get_settings


def main() -> None:
    """Print rows created, seconds, and the peak of resident memory in MB."""
    settings = get_settings()
    result = importar_productos(
        settings,
        "demo_admin",
        demo_password(settings),
        Path(sys.argv[1]),
        lambda line: print(line, file=sys.stderr),
    )
    print(json.dumps({"created": result.created, "seconds": result.seconds, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """The most memory this program held. Linux's ru_maxrss would count the parent it came from as well."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    main()
