"""`daf audit export`: every sealed row as it was hashed, for somebody who has neither the database nor our code."""

import json
import os
from pathlib import Path

from ..db.question import Ask

CHECKER = Path(__file__).with_name("verify_export.py")


def export(ask: Ask, path: Path, since: str = "") -> int:
    """Write one side's seals with their windows, a line each, into a new file that only its owner reads; how many.

    Raises:
        FileExistsError: there is a file of that name.
    """
    lines = 0
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        for state in ask("sello_estado", desde=since or None):
            for number in range(state["desde"], state["ultimo"] + 1):
                line = ask("sello_exportar", tabla=state["tabla"], numero=number)
                if line is not None:  # deleted: the chain says so to whoever checks
                    file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
                    lines += 1
    return lines
