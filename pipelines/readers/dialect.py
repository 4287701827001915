"""How a delimited text is written, judged from its beginning; the verdict is proved on the whole file by the reader."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.readers.records import Dialect, Record, RecordReader

SAMPLE_BYTES = 1 << 17
SAMPLE_RECORDS = 300
BROKEN_MAX = 10
DELIMITERS = (
    b",",
    b"\t",
    b";",
    b"|",
    b"\x1c",
    b"\x1f",
    b"\x01",
    b"\x1e",
    b"^",
    b"~",
    "§".encode(),
    b"||",
    b"::",
    b"~|~",
    b"|~|",
    b"@@",
    b"##",
)
WEAK = (b":", b" ")
HINTS = {".csv": b",", ".tsv": b"\t", ".tab": b"\t", ".psv": b"|", ".ssv": b";"}
AGREE_MIN = 0.6
_TYPED = re.compile(
    rb"\s*([+-]?[$]?[0-9][0-9.,]*([eE][+-]?\d+)?\s*%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d\d(:\d\d)?.*)?"
    rb"|[A-Z][a-z]{2,8} \d{1,2}, \d{4}|true|false|TRUE|FALSE|True|False)?\s*"
)
_TIDY = re.compile(rb"[\w .'&()/+%#:@-]*")


@dataclass(frozen=True)
class Verdict:
    """A way to read the text and how well it fits: `agree` is the share of records with the usual number of values."""

    dialect: Dialect
    width: int
    agree: float
    score: float
    records: tuple[Record, ...]


def newline_of(sample: bytes) -> bytes:
    """Return what ends the lines: a line feed wherever there is one, else a lone carriage return (old Mac)."""
    return b"\r" if b"\r" in sample and b"\n" not in sample else b"\n"


def judge(path: Path, sample: bytes, suffix: str) -> Verdict:
    """Return the best way to read the beginning of the file; width 1 where nothing separates its lines."""
    newline = newline_of(sample)
    comment = _comment(sample)
    hint = HINTS.get(suffix.lower(), b"")
    # Quotes may come later in the file than the sample ends, so no quote in it means the usual one.
    quotes = [b'"', *([b"'"] if b"'" in sample else []), *([b""] if b'"' in sample else [])]
    escapes = (b"", b"\\") if b"\\" in sample else (b"",)
    options = [each for each in (*DELIMITERS, *WEAK) if each in sample and not _is_part(each, sample)]
    verdicts: list[Verdict] = []
    for delimiter in options:
        for quote in quotes if delimiter not in WEAK else (b'"',):
            for escape in escapes if delimiter not in WEAK else (b"",):
                verdict = try_dialect(path, Dialect(delimiter, quote, escape, comment, newline), len(sample))
                verdicts.append(_weighed(verdict, hint))
    fitting = [each for each in verdicts if _fits(each)]
    if not fitting and suffix.lower() in HINTS:
        fitting = [each for each in verdicts if _present(each)] or _unusual(
            path, sample, Dialect(b"", b"", b"", comment, newline)
        )
    if fitting:
        return max(fitting, key=lambda each: each.score)
    return try_dialect(path, Dialect(b"", b'"', b"", comment, newline), len(sample))


def _is_part(delimiter: bytes, sample: bytes) -> bool:
    """True if the delimiter stands nowhere but inside of a longer one."""
    longer = [each for each in DELIMITERS if delimiter in each and each != delimiter]
    return any(
        sample.count(delimiter) == sample.count(each) * each.count(delimiter) for each in longer if each in sample
    )


def try_dialect(path: Path, dialect: Dialect, size: int) -> Verdict:
    """Read the beginning of the file in one way and say how well it goes."""
    records: list[Record] = []
    broken = 0
    for record in RecordReader(path, dialect):
        broken += bool(record.broken)
        if len(records) >= SAMPLE_RECORDS or record.start + record.length > size or broken > BROKEN_MAX:
            break
        records.append(record)
    sound = [each for each in records if not each.broken]
    if not sound:
        return Verdict(dialect, 1, 0.0, 0.0, tuple(records))
    widths = Counter(len(each.fields) for each in sound)
    width = max(widths, key=lambda each: (widths[each], each))
    agree = widths[width] / len(records)
    cells = [cell for each in sound if len(each.fields) == width for cell in each.fields]
    typed = sum(1 for cell in cells if _TYPED.fullmatch(cell)) / max(len(cells), 1)
    tidy = sum(1 for cell in cells if _TIDY.fullmatch(cell)) / max(len(cells), 1)
    score = agree**2 * (1 - 1 / width) * (0.5 + 0.25 * typed + 0.25 * tidy)
    return Verdict(dialect, width, agree, score, tuple(records))


def _weighed(verdict: Verdict, hint: bytes) -> Verdict:
    dialect = verdict.dialect
    weight = 1.15 if dialect.delimiter == hint else 1.0
    weight *= {b'"': 1.02, b"'": 0.9, b"": 0.99}[dialect.quote]
    weight *= 0.999 if dialect.escape else 1.0
    weight *= 0.6 if dialect.delimiter in WEAK else 1.0
    weight *= 1.05 if len(dialect.delimiter) > 1 else 1.0
    if dialect.quote == b"'" and not _wraps(verdict):
        weight = 0.0
    if not dialect.quote and _is_torn(verdict):
        weight = 0.0
    return Verdict(dialect, verdict.width, verdict.agree, verdict.score * weight, verdict.records)


def _is_torn(verdict: Verdict) -> bool:
    """True if values begin or end with a quotation mark, but not both: the delimiter cut quoted text in two."""
    cells = [cell.strip() for each in verdict.records for cell in each.fields if cell.strip()]
    torn = sum(1 for cell in cells if cell.startswith(b'"') != cell.endswith(b'"'))
    return torn > max(len(cells) * 0.2, 0)


def _wraps(verdict: Verdict) -> bool:
    """True if apostrophes stand around values, and are not just apostrophes."""
    text = [(each.line, len(each.fields)) for each in verdict.records]
    return len(text) > 1 and verdict.agree > 0.95


def _fits(verdict: Verdict) -> bool:
    if verdict.width < 2 or verdict.score <= 0:
        return False
    if verdict.dialect.delimiter not in WEAK:
        return verdict.agree >= AGREE_MIN
    cells = [cell for each in verdict.records for cell in each.fields]
    typed = sum(1 for cell in cells if cell and _TYPED.fullmatch(cell))
    return verdict.agree == 1 and typed >= len(cells) * 0.3 and verdict.dialect.delimiter == b" "


def _present(verdict: Verdict) -> bool:
    """True if the usual delimiter of its kind of file is in nearly every line, however often."""
    counts = [len(each.fields) > 1 for each in verdict.records]
    strong = verdict.dialect.delimiter in (b",", b";", b"\t", b"|") and verdict.score > 0
    return strong and bool(counts) and counts[0] and sum(counts) >= len(counts) * 0.8


def _unusual(path: Path, sample: bytes, base: Dialect) -> list[Verdict]:
    """Look for a delimiter of two to four equal characters that stands in every line equally often."""
    lines = [line for line in sample.split(base.newline) if line.strip()][:SAMPLE_RECORDS]
    found: list[Verdict] = []
    runs = (
        {match.group() for match in re.finditer(rb"([^\w\s\"']|[A-Za-z])\1{1,3}", lines[0])} if lines else set[bytes]()
    )
    for run in sorted(runs, key=len):
        if all(run in line for line in lines):
            verdict = try_dialect(path, Dialect(run, b'"', b"", base.comment, base.newline), len(sample))
            typed = [cell for each in verdict.records for cell in each.fields if _TYPED.fullmatch(cell)]
            if verdict.agree > 0.9 and verdict.width > 1 and len(typed) >= 0.6 * verdict.width * len(verdict.records):
                found.append(verdict)
    return found


def _comment(sample: bytes) -> bytes:
    lines: Sequence[bytes] = [line for line in re.split(rb"[\r\n]+", sample) if line.strip()]
    if not lines or not re.match(rb"\s*#(\s|!|[A-Za-z].* .*)", lines[0]) or len(lines) < 2:
        return b""
    return b"#" if not all(line.lstrip().startswith(b"#") for line in lines) else b""
