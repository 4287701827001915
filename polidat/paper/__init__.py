"""Documents as PDF: one sheet of A4 after another, drawn from above. The same content is the same bytes."""

from polidat.paper.sheet import LARGE, SMALL, TINY, Paper, unprintable

__all__ = ["LARGE", "SMALL", "TINY", "Paper", "unprintable"]
