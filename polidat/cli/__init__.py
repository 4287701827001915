"""`polidat`: the marketplace at the command line."""

from polidat.cli.main import main

__all__ = ["main"]
