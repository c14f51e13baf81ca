"""The demo: a believable small shop, loaded by its own people, and a sale on each side told step by step."""

from .load import load
from .tell import first_sale, tell

__all__ = ["first_sale", "load", "tell"]
