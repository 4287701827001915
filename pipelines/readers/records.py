"""Records of a delimited text as people really write it.

Quotes that are not escaped, lines of any end, rows of any length.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

RECORD_BYTES_MAX = 1 << 20
RECORD_LINES_MAX = 2_000
# Looking for a closing quote may cost a few times the file, not its square: past that, a quote must close within lines.
LOOKAHEAD_BYTES_FREE = 4 << 20
LOOKAHEAD_LINES_POOR = 8
RESCANS_MAX = 100
READ_BYTES = 1 << 20
UNCLOSED = "a quotation mark opens here and never closes"


@dataclass(frozen=True)
class Dialect:
    """How the text is written. `quote`, `escape`, `comment` may be empty; `newline` is what ends a line."""

    delimiter: bytes
    quote: bytes = b'"'
    escape: bytes = b""
    comment: bytes = b""
    newline: bytes = b"\n"


@dataclass(frozen=True)
class Record:
    """One record: its first physical line (from 1), where its bytes stand, and its values.

    `broken` says what is wrong with it; its values are then those of its first line with quotes as plain characters.
    """

    line: int
    start: int
    length: int
    fields: list[bytes]
    broken: str = ""


class RecordReader:
    """Reads records from a UTF-8 file one after the other. Blank lines and comment lines are counted, not returned."""

    def __init__(self, path: Path, dialect: Dialect, *, start: int = 0, first_line: int = 1) -> None:
        self._path, self._start, self._line = path, start, first_line
        self._dialect = dialect
        self.blank_lines = 0
        self.comment_lines = 0
        self.null_bytes = 0
        self._looked_ahead = 0
        ends = re.escape(dialect.delimiter) if dialect.delimiter else b"$"
        self._closing = re.compile(re.escape(dialect.quote or b'"') + rb"[ \t]*(?:" + ends + rb"|[\r\n]*$)")
        self._split = dialect.delimiter
        self._blank = b" " if dialect.delimiter.startswith(b" ") else b" \t" if dialect.delimiter != b"\t" else b" "

    def __iter__(self) -> Iterator[Record]:
        dialect = self._dialect
        with self._path.open("rb") as source:
            source.seek(self._start)
            waiting = deque[bytes]()
            lines = _lines(source, dialect.newline)
            position, number = self._start, self._line
            while True:
                line = waiting.popleft() if waiting else next(lines, b"")
                if not line:
                    return
                here, at = number, position
                number, position = number + 1, position + len(line)
                bare = self._bare(line)
                if not bare.strip():
                    self.blank_lines += 1
                    continue
                if dialect.comment and bare.lstrip().startswith(dialect.comment):
                    self.comment_lines += 1
                    continue
                if not dialect.quote or dialect.quote not in bare:
                    yield Record(here, at, len(line), self._plain(bare))
                    continue
                taken = self._quoted(line, waiting, lines)
                for extra in taken[1]:
                    number, position = number + 1, position + len(extra)
                size = len(line) + sum(len(extra) for extra in taken[1])
                yield Record(here, at, size, taken[0], taken[2])

    def _bare(self, line: bytes) -> bytes:
        if b"\x00" in line:
            self.null_bytes += line.count(b"\x00")
            line = line.replace(b"\x00", b"")
        return line.rstrip(b"\r\n")

    def _plain(self, bare: bytes) -> list[bytes]:
        if not self._split:
            return [bare]
        if self._dialect.escape and self._dialect.escape in bare:
            return self._scan(bare) or [bare]
        return bare.split(self._split)

    def _quoted(
        self, line: bytes, waiting: deque[bytes], lines: Iterator[bytes]
    ) -> tuple[list[bytes], list[bytes], str]:
        """Read a record whose first line has a quote in it.

        Its values, the lines it took besides, and what is wrong.
        """
        fields = self._scan(self._bare(line))
        if fields is not None:
            return fields, [], ""
        if line.count(self._dialect.quote) % 2 == 0:
            # A value that goes on in the next line leaves an odd number of quotes behind; these were plain characters.
            return self._plain(self._bare(line)), [], UNCLOSED
        more: list[bytes] = []
        text, size, scans = [line], len(line), 0
        poor = self._looked_ahead > LOOKAHEAD_BYTES_FREE
        lines_max = LOOKAHEAD_LINES_POOR if poor else RECORD_LINES_MAX
        while size < RECORD_BYTES_MAX and len(more) < lines_max and scans < RESCANS_MAX:
            extra = waiting.popleft() if waiting else next(lines, b"")
            if not extra:
                break
            more.append(extra)
            text.append(extra)
            size += len(extra)
            # Only a line with a closing quote can end the record; the others are not worth a scan.
            if self._closing.search(extra):
                scans += 1
                fields = self._scan(self._bare(b"".join(text)))
                if fields is not None:
                    return fields, more, ""
        waiting.extendleft(reversed(more))
        self._looked_ahead += size
        return self._plain(self._bare(line)), [], UNCLOSED

    def _scan(self, bare: bytes) -> list[bytes] | None:
        """Split a record at its delimiters outside of quotes; None if a quote is still open at its end."""
        quote, split = self._dialect.quote, self._split
        fields: list[bytes] = []
        position, end = 0, len(bare)
        while True:
            opening = position
            while opening < end and bare[opening : opening + 1] in self._blank and bare[opening : opening + 1]:
                opening += 1
            if quote and bare.startswith(quote, opening):
                value, position = self._inside(bare, opening + 1)
                if position < 0:
                    return None
                fields.append(value)
            else:
                value, position = self._outside(bare, position)
                fields.append(value)
            if position >= end + 1 or not split:
                return fields

    def _outside(self, bare: bytes, position: int) -> tuple[bytes, int]:
        """Return a value without quotes and where the next one begins; past the end if there is none."""
        split, escape = self._split, self._dialect.escape
        found = bare.find(split, position) if split else -1
        while escape and found > 0 and bare[found - 1 : found] == escape:
            found = bare.find(split, found + 1)
        stop = len(bare) if found < 0 else found
        value = bare[position:stop]
        if escape and escape in value:
            value = re.sub(rb"\\(.)", rb"\1", value, flags=re.DOTALL) if escape == b"\\" else value
        return value, len(bare) + 1 if found < 0 else stop + len(split)

    def _inside(self, bare: bytes, position: int) -> tuple[bytes, int]:
        """Return a value in quotes; -1 if the closing quote is missing. A quote inside that closes nothing is text."""
        quote, escape, split = self._dialect.quote, self._dialect.escape, self._split
        parts: list[bytes] = []
        begin = position
        is_loose = False  # a quote stood inside without being doubled: a doubled one at the end is text and end
        while True:
            found = bare.find(quote, position)
            if found < 0:
                return b"", -1
            after = found + 1
            if escape and _is_escaped(bare, found, begin, escape):
                parts.append(bare[begin : found - 1] + quote)
                begin = position = after
            elif bare.startswith(quote, after) and not escape and not (is_loose and self._ends(bare, after + 1)):
                parts.append(bare[begin:after])
                begin = position = after + 1
            else:
                stop = after
                while stop < len(bare) and bare[stop : stop + 1] in self._blank:
                    stop += 1
                # A loose quote before blanks at the end of a line leaves the value open: the next line goes on with it.
                if (stop == len(bare) and (stop == after or not is_loose)) or (split and bare.startswith(split, stop)):
                    parts.append(bare[begin:found])
                    following = len(bare) + 1 if stop == len(bare) else stop + len(split)
                    return b"".join(parts), following
                is_loose = True
                position = after

    def _ends(self, bare: bytes, position: int) -> bool:
        return position == len(bare) or bare.startswith(self._split or b"\n", position)


def _is_escaped(bare: bytes, found: int, begin: int, escape: bytes) -> bool:
    count = 0
    while found - count - 1 >= begin and bare[found - count - 1 : found - count] == escape:
        count += 1
    return count % 2 == 1


def _lines(source: BinaryIO, newline: bytes) -> Iterator[bytes]:
    if newline == b"\n":
        # A line without an end is cut, or a file of one line would be read into memory whole.
        while line := source.readline(RECORD_BYTES_MAX * 8):
            yield line
        return
    rest = b""
    while chunk := source.read(READ_BYTES):
        *whole, rest = (rest + chunk).split(newline)
        yield from (line + newline for line in whole)
    if rest:
        yield rest
