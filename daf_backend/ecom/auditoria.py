"""Auditoria: the trail of the shop's database, for the auditor, and its doctor."""

from ..http.invariants import wire_invariants
from ..http.resource import Noun
from ..http.trail import wire_trail

blp = Noun("auditoria", __name__, description="Auditoría")

wire_trail(blp)
wire_invariants(blp, "ecom")
