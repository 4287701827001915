"""A fast proof that a delimited file is well formed, and where each of its records stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.shapes import Disagrees, Fault, Reject
from polidat.jobs import Progress

BLOCK_BYTES = 1 << 22
OPEN_BLOCK_BYTES_MAX = 1 << 26
_LF, _CR = 10, 13


@dataclass(frozen=True)
class _Block:
    text: bytes
    ends: NDArray[np.intp]  # the line feeds that end a record
    feeds: NDArray[np.intp]  # every line feed


def count_records(path: Path, start: int, delimiter: bytes, quote: bytes, file: str, progress: Progress) -> int:
    """Return the number of records from byte `start`.

    Raises Disagrees where a plain CSV reader could misread the file.
    """
    size = path.stat().st_size
    records, done = 0, start
    for block in _blocks(path, start, delimiter, quote):
        records += len(block.ends)
        done += len(block.text)
        progress(f"Reading {file}", done, size)
    return records


def place_by_position(path: Path, start: int, first_line: int, delimiter: bytes, quote: bytes, source: str):
    """Return a `place` that finds the line and the raw text of the n-th record of a file that `count_records` proved.

    Eturn a `place` that finds the line and the raw text of the n-th record of a file that `count_records` proved.
    """

    def place(faults: Iterable[Fault]) -> Iterator[Reject]:
        waiting = iter(faults)
        fault = next(waiting, None)
        records, line = 0, first_line
        for block in _blocks(path, start, delimiter, quote):
            while fault is not None and fault.ordinal < records + len(block.ends):
                index = fault.ordinal - records
                begin = int(block.ends[index - 1]) + 1 if index else 0
                raw = block.text[begin : int(block.ends[index])].rstrip(b"\r\n").decode("utf-8", "replace")
                at = line + int(np.searchsorted(block.feeds, begin))
                yield Reject(source, at, fault.reason, raw)
                fault = next(waiting, None)
            if fault is None:
                return
            records += len(block.ends)
            line += len(block.feeds)

    return place


def _blocks(path: Path, start: int, delimiter: bytes, quote: bytes) -> Iterator[_Block]:
    rest = b""
    with path.open("rb") as source:
        source.seek(start)
        while chunk := source.read(BLOCK_BYTES):
            text = rest + chunk
            cut = text.rfind(b"\n") + 1
            if cut and quote and text.count(quote, 0, cut) % 2:
                cut = 0  # the last line feed may stand inside of quotes: look again with more of the file
            rest = text[cut:]
            if len(rest) > OPEN_BLOCK_BYTES_MAX:
                raise Disagrees
            if cut:
                yield _judged(text[:cut], delimiter, quote)
    if rest:
        yield _judged(rest if rest.endswith(b"\n") else rest + b"\n", delimiter, quote)


def _judged(text: bytes, delimiter: bytes, quote: bytes) -> _Block:
    if b"\x00" in text:
        raise Disagrees
    if text.count(b"\r") not in (0, text.count(b"\n")) or text.count(b"\r\n") != text.count(b"\r"):
        if text.rstrip(b"\n").count(b"\r") != text.count(b"\r\n"):
            raise Disagrees
        if b"\r" in text and text.count(b"\r\n") < text.count(b"\n") - 1:
            raise Disagrees
    cells = np.frombuffer(text, np.uint8)
    feeds = np.flatnonzero(cells == _LF)
    ends = feeds
    if quote and quote in text:
        ends = feeds[_outside(cells, feeds, delimiter, quote)]
    gaps = np.diff(ends, prepend=-1)
    if len(ends) == 0 or ends[-1] != len(text) - 1 or gaps.min() <= 1 or (b"\r" in text and gaps.min() <= 2):
        raise Disagrees
    return _Block(text, ends, feeds)


def _outside(cells: NDArray[np.uint8], feeds: NDArray[np.intp], delimiter: bytes, quote: bytes) -> NDArray[np.bool_]:
    """Say which line feeds stand outside of quotes; every quote must open or close a whole value."""
    marks = np.flatnonzero(cells == quote[0])
    if len(marks) % 2:
        raise Disagrees
    opening, closing = marks[0::2], marks[1::2]
    before = cells[opening[opening > 0] - 1]
    after = cells[np.minimum(closing + 1, len(cells) - 1)]
    split, mark = delimiter[0], quote[0]
    if not ((before == split) | (before == _LF) | (before == mark)).all():
        raise Disagrees
    if not ((after == split) | (after == _LF) | (after == _CR) | (after == mark)).all():
        raise Disagrees
    return np.searchsorted(marks, feeds) % 2 == 0
