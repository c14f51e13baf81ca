"""`python -m daf_backend.cli`."""

from . import main

main(prog_name="daf")
