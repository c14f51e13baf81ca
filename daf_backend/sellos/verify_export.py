"""Check an exported trail with nothing but Python: python verify_export.py export.jsonl [sellos.jsonl]

A line of the export is a seal, its leaves and the text of its rows; sellos.jsonl is what was published, best from a
place that nobody of the company could write again.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any

FIELDS = """formato lado tabla numero clase version epoca sistema id_desde xid_desde fila_desde xid_hasta
    fila_hasta id_maximo retira filas raiz huella_hojas anterior sellado_en""".split()


def seal_of(head: dict[str, Any]) -> str:
    """The hash of everything a seal says."""
    return hashlib.sha256("|".join(str(head.get(field)) for field in FIELDS).encode()).hexdigest()


def bad_row(line: dict[str, Any], retired: bool) -> str:
    """What is wrong with the rows of a window; nothing if they are what was sealed. Retired rows may be missing."""
    head, texts, kept = line["sello"], line["filas"], bytes.fromhex(line["hojas"])
    leaves = [hashlib.sha256(text.encode()).digest() for text in texts]
    sealed = {kept[at : at + 8] for at in range(0, len(kept), 8)}
    if hashlib.sha256(b"".join(leaves)).hexdigest() == head["raiz"]:
        return ""
    strange = [text for text, leaf in zip(texts, leaves, strict=True) if leaf[:8] not in sealed]
    lack = "" if retired else f"{head['filas']} rows sealed, {len(leaves)} here"
    return f"not as sealed: {strange[0][:300]}" if strange else lack


def lines(path: str) -> Iterator[dict[str, Any]]:
    """The lines of a file, one in memory at a time, without those a crash cut short."""
    return map(json.loads, filter(lambda line: line.endswith("}\n"), open(path, encoding="utf-8")))


def complaints(export: str, published: dict[Any, str]) -> Iterator[str]:
    """Every disagreement between an export, its own chain and the published seals."""
    last: dict[str, tuple[int, str]] = {}
    retired = {h["tabla"]: h["retira"] for h in (each["sello"] for each in lines(export)) if h["retira"]}
    for line in lines(export):
        head, table, number = line["sello"], line["sello"]["tabla"], line["sello"]["numero"]
        if last.get(table, (number, head["anterior"])) != (number, head["anterior"]):
            yield f"{table} {number}: does not follow the seal before it"
        own = seal_of({**head, "huella_hojas": hashlib.sha256(bytes.fromhex(line["hojas"])).hexdigest()})
        if not own == head["sello"] == published.get((table, number), own):
            yield f"{table} {number}: is not the seal that was published"
        elif problem := bad_row(line, number <= retired.get(table, 0)):
            yield f"{table} {number}: {problem}"
        last[table] = (number + 1, head["sello"])
    late = (key for key in published if key[1] >= last.get(key[0], (0, ""))[0])
    yield from (f"{table} {number}: was published, and is not here" for table, number in late)


if __name__ == "__main__":
    heads = {(each["tabla"], each["numero"]): each["sello"] for path in sys.argv[2:] for each in lines(path)}
    found = list(complaints(sys.argv[1], heads))
    sys.exit("\n".join([*found[:20], f"{len(found)} findings"]) if found else print("as it was sealed"))
