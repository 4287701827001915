"""Where the table begins in a text or a sheet: lines above it, its header, or no header at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_NUMBER = re.compile(r"\s*[+-]?[$€£]?(\d[\d,. ]*|\.\d+)([eE][+-]?\d+)?\s*%?\s*")
_DATE = re.compile(
    r"\s*(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?|[A-Z][a-z]{2,8} \d{1,2}, \d{4}|\d{1,2} [A-Z][a-z]{2,8} \d{4})\s*"
)
_TRUTH = re.compile(r"\s*(true|false)\s*", re.IGNORECASE)
FILLED_SHARE_MIN = 0.5


@dataclass(frozen=True)
class Start:
    """Where the table begins: the index of its first row, and whether that row is the header."""

    row: int
    has_header: bool


def is_typed(cell: str) -> bool:
    """True for text that reads as a number, a date or a truth value."""
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell) or _TRUTH.fullmatch(cell))


def find_start(rows: Sequence[Sequence[str]], width: int) -> Start:
    """Judge from the first rows of a text or sheet, where `width` is the usual number of values."""
    first = _first_full_row(rows, width)
    header = [cell.strip() for cell in rows[first]]
    below = [row for row in rows[first + 1 :] if len(row) >= min(width, 2) or width == 1]
    return Start(first, _is_header(header, below))


def _first_full_row(rows: Sequence[Sequence[str]], width: int) -> int:
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    usual = sorted(count for count, row in zip(filled, rows, strict=True) if len(row) >= width)
    if width == 1 or not usual:
        return 0
    enough = max(2, usual[len(usual) // 2] * FILLED_SHARE_MIN)
    for index, count in enumerate(filled):
        if count >= enough and len(rows[index]) >= width * FILLED_SHARE_MIN:
            return index
    return 0


def _is_header(header: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    named = [cell for cell in header if cell]
    if not named:
        return False
    if any(is_typed(cell) for cell in named):
        return _are_years(header) and bool(below)
    if not below:
        return True
    columns = [[row[index].strip() for row in below if index < len(row)] for index in range(len(header))]
    if any(_mostly_typed(column) for column, name in zip(columns, header, strict=True) if name):
        return True
    # Nothing but text: a first row whose values come back further down is a row like the others.
    repeated = sum(1 for column, name in zip(columns, header, strict=True) if name and name in column)
    return repeated == 0 or repeated < len(named) * 0.3


def _mostly_typed(column: Sequence[str]) -> bool:
    filled = [cell for cell in column if cell]
    return bool(filled) and sum(1 for cell in filled if is_typed(cell)) >= len(filled) * 0.6


def _are_years(header: Sequence[str]) -> bool:
    """True for a header like Year, 2000, 2001, 2002: years in order are names of columns."""
    typed = [cell for cell in header if cell and is_typed(cell)]
    years = [int(cell) for cell in typed if re.fullmatch(r"(1[6-9]|20|21)\d\d", cell)]
    is_rising = all(later > earlier for earlier, later in pairwise(years))
    return len(years) == len(typed) >= 2 and is_rising and not is_typed(header[0] or "x")
