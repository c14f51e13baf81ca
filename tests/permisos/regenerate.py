"""Not a test of the suite: proposes what the manifests do not name yet. Run by `python -m tests.permisos.generate`."""

from dataclasses import replace

from daf_backend.permisos import snapshot

from . import manifest
from .manifest import Entry

# Rows that somebody owns, by the noun and parameter that name one; test_routes asks about any other parameter.
OWNED = {
    "factura/{fac_codigo}": "factura", "factura/detalle/{pxfa_codigo}": "factura_detalle",
    "kardex-producto/{krd_codigo}": "kardex", "kardexmp/{krd_codigo}": "kardexmp",
    "ordencompra/{oc_codigo}": "ordencompra", "cuenta-por-cobrar/{cxc_codigo}": "cuenta_por_cobrar",
    "venta/{fac_codigo}": "venta",
    "pedido/{ped_codigo}": "pedido", "direccion/{dir_codigo}": "direccion", "sesiones/{sid}": "sesion",
    "caja/{caja}": "caja", "caja/sesion/{sesion}": "sesion_caja", "prestamo/{prestamo}": "prestamo",
}  # fmt: skip


def test_the_catalog_is_written_down(servers):
    found = snapshot.see_all(servers)
    for people in [item for item in found["roles"] if item.startswith("rol t_")]:
        del found["roles"][people]
    snapshot.PATH.write_text(snapshot.write(found), "utf-8")


def test_new_routes_are_proposed(probe, headers_of, rows):
    old = manifest.PATH.read_text("utf-8")
    known = manifest.read()
    entries = {
        (side, key): known.get((side, key))
        or with_row(propose(probe, headers_of, side, key), probe, headers_of, rows)
        for side, key in probe.contracts
    }
    for side, key in entries.keys() - known.keys():
        print(f"NEW, to be reviewed: {side} {key}: {entries[side, key].acto}")
    for side, key in known.keys() - entries.keys():
        print(f"GONE: {side} {key}")
    manifest.PATH.write_text(manifest.write(entries, old), "utf-8")


def with_row(entry, probe, headers_of, rows) -> Entry:
    """The proposal with who is kept away from a colleague's row."""
    kind = manifest.rows().get(entry.fila)
    if kind is None:
        return replace(entry, fila="")
    row = rows.make(entry.fila, entry.side).colleague
    kept = {
        caller
        for caller in entry.pueden
        if row and probe.knock(entry, headers_of(caller, entry.side), **row).status == 403
    }
    return replace(entry, colega=frozenset(kept))


def propose(probe, headers_of, side, key) -> Entry:
    """What the route does today, for somebody to agree with or not."""
    method, path = key.split(" ", 1)
    entry = Entry(side, method, path)
    seen = {caller: probe.knock(entry, headers_of(caller, side)) for caller in manifest.callers(side)}
    acts = [outcome.tried[-1] for outcome in seen.values() if outcome.tried]
    let_in = {caller: outcome.status for caller, outcome in seen.items() if not outcome.refused}
    odd = {
        caller: outcome.status
        for caller, outcome in seen.items()
        if outcome.refused and outcome.status != entry.refusal(caller)
    }
    only = set(let_in.values())
    return replace(
        entry,
        acto=max(acts, key=acts.count) if acts else "",
        pueden=frozenset(let_in),
        negado=odd,
        esperado=only.pop() if only in ({401}, {403}, {503}) else None,
        fila=next((OWNED[name] for name in OWNED if name in path), ""),
    )
