"""The demo: a believable small shop, loaded by its own people, and a sale on each side told step by step."""
