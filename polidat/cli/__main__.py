"""`python -m polidat.cli` is `polidat`."""

from polidat.cli.main import main

main()
