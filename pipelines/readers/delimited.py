"""Delimited text of any kind as one table of text.

Proved well formed and left as it is, or rewritten record by record.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.engine import literal
from pipelines.errors import EmptyFile, HeaderOnly, NotOneTable, TooLarge
from pipelines.readers.dialect import SAMPLE_BYTES, Verdict, judge
from pipelines.readers.encoding import Decoded
from pipelines.readers.header import find_start
from pipelines.readers.records import Dialect, Record, RecordReader
from pipelines.readers.scan import count_records, place_by_position
from pipelines.shapes import Fault, Reject, TextTable
from polidat.jobs import Progress

COLUMNS_MAX = 2_000
# For our own copies only: a longer limit means larger buffers, which cost DuckDB a third of its speed.
LINE_BYTES_MAX = 8 << 20
TELL_EVERY_ROWS = 20_000
# Files smaller than this are not judged by the share of their broken rows: a hand-made file may have two in three.
JUDGED_ROWS_MIN = 20
ABOVE_SHOWN = 3


@dataclass(frozen=True)
class Layout:
    """How the file is read: its dialect, its header, where its rows begin, and how many values they have."""

    file: str
    name: str
    decoded: Decoded
    dialect: Dialect
    headers: tuple[str, ...]
    widths: frozenset[int]
    start: int
    first_line: int
    has_header: bool
    above: tuple[str, ...]

    @property
    def width(self) -> int:
        """The number of columns of the table."""
        return len(self.headers)

    def plan(self) -> dict[str, Any]:
        """Return the layout as JSON values."""
        dialect = self.dialect
        return {
            "format": "delimited text",
            "encoding": self.decoded.encoding,
            "delimiter": dialect.delimiter.decode(),
            "quote": dialect.quote.decode(),
            "escape": dialect.escape.decode(),
            "comment": dialect.comment.decode(),
            "line_end": "CR" if dialect.newline == b"\r" else "LF or CRLF",
            "header": self.has_header,
            "first_row_line": self.first_line,
            "lines_above": list(self.above),
        }


def sniff(decoded: Decoded, file: str) -> tuple[bytes, Verdict]:
    """Return the beginning of the file, whole lines, and how it seems to be written. Raises EmptyFile."""
    with decoded.path.open("rb") as source:
        sample = source.read(SAMPLE_BYTES)
    if not sample.strip(b" \t\r\n\x00\x1a\xef\xbb\xbf"):
        raise EmptyFile(file)
    if len(sample) == SAMPLE_BYTES:
        last = max(sample.rfind(b"\n"), sample.rfind(b"\r"))
        sample = sample[: last + 1] or sample
    return sample, judge(decoded.path, sample, Path(file).suffix)


def lay_out(decoded: Decoded, file: str, name: str, verdict: Verdict) -> Layout:
    """Decide where the table begins and what its columns are called."""
    records = [each for each in verdict.records if not each.broken]
    if not records:
        raise NotOneTable(file, verdict.width, len(verdict.records), len(verdict.records))
    rows = [[cell.decode("utf-8", "replace") for cell in each.fields] for each in records]
    start = find_start(rows, verdict.width)
    first = records[start.row]
    header = rows[start.row] if start.has_header else []
    begin, line = (first.start, first.line)
    if start.has_header:
        begin, line = _after(first, records, start.row, decoded)
    below = [len(row) for row in rows[start.row + start.has_header :]]
    most = Counter(below or [verdict.width])
    usual = max(most, key=lambda width: (most[width], width == len(header), width))
    width = max(len(header), usual)
    if width > COLUMNS_MAX:
        raise TooLarge(file, f"{width} columns", str(COLUMNS_MAX))
    headers = tuple(_clean(header[index]) if index < len(header) else "" for index in range(width))
    above = tuple(" ".join(cell for cell in row if cell.strip()) for row in rows[: start.row])
    widths = frozenset({width, usual})
    return Layout(file, name, decoded, verdict.dialect, headers, widths, begin, line, start.has_header, above)


def _after(first: Record, records: Sequence[Record], row: int, decoded: Decoded) -> tuple[int, int]:
    begin = first.start + first.length
    with decoded.path.open("rb") as source:
        source.seek(first.start)
        text = source.read(first.length)
    feeds = max(text.count(b"\n"), text.count(b"\r") if b"\n" not in text else 0)
    return begin, first.line + max(feeds, 1)


def _clean(header: str) -> str:
    return " ".join(header.replace("\ufeff", "").split())


def read_layout(layout: Layout, workdir: Path, progress: Progress, *, at_end: bool) -> TextTable:
    """Return the table as laid out: as it stands where that is safe, else rewritten."""
    dialect = layout.dialect
    is_plain = len(dialect.delimiter) == 1 and not dialect.escape and not dialect.comment and dialect.newline == b"\n"
    if not is_plain or len(layout.widths) > 1 or at_end or layout.decoded.has_nulls:
        return rewrite(layout, workdir, progress)
    path, delimiter, quote = layout.decoded.path, dialect.delimiter, dialect.quote
    columns = ", ".join(f"c{index}: 'VARCHAR'" for index in range(layout.width))
    relation = (
        f"read_csv({literal(path)}, auto_detect=false, header=false, skip={layout.first_line - 1}, "
        f"columns={{{columns}}}, "
        f"delim={literal(delimiter.decode())}, quote={literal(quote.decode())}, escape={literal(quote.decode())}, "
        "comment='', strict_mode=true)"
    )
    place = place_by_position(path, layout.start, layout.first_line, delimiter, quote, layout.file)
    return TextTable(
        layout.name,
        layout.file,
        relation,
        layout.headers,
        layout.decoded.lines - layout.first_line + 1,
        place,
        plan=layout.plan(),
        notes=_notes(layout),
        recount=lambda: count_records(path, layout.start, delimiter, quote, layout.file, progress),
        rewrite=lambda: rewrite(layout, workdir, progress),
    )


def _notes(layout: Layout, reader: RecordReader | None = None) -> tuple[str, ...]:
    notes = list(layout.decoded.notes)
    if layout.above:
        shown = " / ".join(text[:80] for text in layout.above[:ABOVE_SHOWN])
        notes.append(f"{layout.file}: {len(layout.above)} lines above the table are not part of it: {shown}")
    if not layout.has_header:
        notes.append(f"{layout.file}: there is no header; the columns are called column_1, column_2, ...")
    if len(layout.widths) > 1:
        notes.append(f"{layout.file}: rows with {min(layout.widths)} values are filled up to {layout.width} columns.")
    if reader is not None and reader.comment_lines:
        notes.append(f"{layout.file}: {reader.comment_lines} comment lines are not part of the table.")
    if reader is not None and reader.null_bytes:
        notes.append(f"{layout.file}: {reader.null_bytes} null bytes were removed.")
    return tuple(notes)


def rewrite(layout: Layout, workdir: Path, progress: Progress) -> TextTable:
    """Read the file record by record into a well-formed copy in the work folder.

    What does not fit is spooled as rejects.
    """
    copy, spool = workdir / f"{layout.name}.rows.csv", workdir / f"{layout.name}.spool"
    reader = RecordReader(layout.decoded.path, layout.dialect, start=layout.start, first_line=layout.first_line)
    kept = rejected = 0
    size = layout.decoded.size_bytes
    with copy.open("wb") as out, spool.open("w", encoding="utf-8") as refused:
        for record in reader:
            fields, wrong = _fitted(record, layout)
            if wrong:
                refused.write(json.dumps([record.line, record.start, record.length, wrong]) + "\n")
                rejected += 1
            else:
                fields.append(b"%d:%d:%d" % (record.line, record.start, record.length))
                out.write(b",".join(_written(field) for field in fields) + b"\n")
                kept += 1
            if (kept + rejected) % TELL_EVERY_ROWS == 0:
                progress(f"Reading {layout.file}", record.start, size)
    if kept + rejected == 0:
        raise HeaderOnly(layout.file, layout.width)
    if not kept or (rejected > kept and kept + rejected >= JUDGED_ROWS_MIN):
        raise NotOneTable(layout.file, layout.width, rejected, kept + rejected)
    return TextTable(
        layout.name,
        layout.file,
        copy_relation(copy, layout.width),
        layout.headers,
        kept,
        _place_by_at(layout),
        rejects=_Spooled(spool, layout),
        plan=layout.plan(),
        notes=_notes(layout, reader),
        has_at=True,
    )


def copy_relation(copy: Path, width: int) -> str:
    """SQL that reads a well-formed copy: all values in quotes, no value for NULL, `_at` behind them."""
    columns = ", ".join(f"c{index}: 'VARCHAR'" for index in range(width))
    return (
        f"read_csv({literal(copy)}, auto_detect=false, header=false, columns={{{columns}, _at: 'VARCHAR'}}, delim=',', "
        f"quote='\"', escape='\"', new_line='\\n', comment='', strict_mode=true, max_line_size={LINE_BYTES_MAX})"
    )


def _written(field: bytes) -> bytes:
    return b'"' + field.replace(b'"', b'""') + b'"' if field else b""


written_cell = _written


def _fitted(record: Record, layout: Layout) -> tuple[list[bytes], str]:
    """Return the values of a record for the columns of the table, or what is wrong with it."""
    fields, width = record.fields, layout.width
    # A quote that never closes was no quote if the line has its values all the same: "KINGDOM" OF GOD|...
    if record.broken and (width == 1 or len(fields) not in layout.widths):
        return [], record.broken
    while len(fields) > width and not fields[-1].strip():
        fields = fields[:-1]
    if len(fields) == width:
        return list(fields), ""
    if len(fields) in layout.widths:
        return [*fields, *[b""] * (width - len(fields))], ""
    values = "1 value" if len(fields) == 1 else f"{len(fields)} values"
    return [], f"has {values}, the table has {width} columns"


def _raw(path: Path, spans: Iterable[tuple[int, int, int, str]], file: str) -> Iterator[Reject]:
    with path.open("rb") as source:
        for line, start, length, reason in spans:
            source.seek(start)
            yield Reject(file, line, reason, source.read(length).decode("utf-8", "replace").rstrip("\r\n"))


def _place_by_at(layout: Layout):
    def place(faults: Iterable[Fault]) -> Iterator[Reject]:
        def spans() -> Iterator[tuple[int, int, int, str]]:
            for fault in faults:
                line, start, length = (int(part) for part in (fault.at or "0:0:0").split(":"))
                yield line, start, length, fault.reason

        return _raw(layout.decoded.path, spans(), layout.file)

    return place


class _Spooled:
    """The rejects of one file, read from the spool each time somebody asks."""

    def __init__(self, spool: Path, layout: Layout) -> None:
        self._spool, self._layout = spool, layout

    def __iter__(self) -> Iterator[Reject]:
        with self._spool.open(encoding="utf-8") as lines:
            yield from _raw(self._layout.decoded.path, (tuple(json.loads(line)) for line in lines), self._layout.file)
