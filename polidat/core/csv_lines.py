"""Lines of files for accounting: amounts as decimals of their currency, and a digest at the end."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal

from polidat.core.money import currency

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Iterable[object]) -> str:
    """Return one line of CSV, with its end."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def safe_cell(words: str) -> str:
    """Return a text that somebody else has written so that no spreadsheet takes it for a formula."""
    return f"'{words}" if words.startswith(_STARTS_FORMULA) else words


def decimal_text(minor: int | None, code: str) -> str:
    """Return minor units as a decimal of their currency, such as 12.30; nothing for None."""
    if minor is None:
        return ""
    exponent = currency(code).exponent
    return f"{Decimal(minor).scaleb(-exponent):.{exponent}f}"


def with_digest(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines, and last the SHA-256 of all of them, so that a copy can be checked."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
        yield line
    yield f"# sha256 of the lines above: {digest.hexdigest()}\n"
