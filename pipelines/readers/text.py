"""Plain text and Markdown as documents, and the question whether a text is a table in truth."""

from pathlib import Path

from pipelines.errors import NoText, TooLarge
from pipelines.readers.dialect import Verdict
from pipelines.readers.encoding import Decoded, text_of
from pipelines.shapes import Document

TEXT_BYTES_MAX = 64 << 20
TABLE_AGREE_MIN = 0.9
TABLE_LINES_MIN = 3
# Commas separate clauses as well as values: with them a text needs more columns and more agreement to be a table.
COMMA_COLUMNS_MIN = 3
COMMA_AGREE_MIN = 0.97


def looks_like_table(verdict: Verdict) -> bool:
    """True if the lines of a .txt agree on a delimiter in a way prose never does."""
    delimiter, lines = verdict.dialect.delimiter, len(verdict.records)
    if not delimiter or verdict.width < 2 or lines < TABLE_LINES_MIN or delimiter in (b" ", b":", b"~", b"^"):
        return False
    if delimiter == b",":
        return verdict.width >= COMMA_COLUMNS_MIN and verdict.agree >= COMMA_AGREE_MIN
    if delimiter == b";":
        return verdict.agree >= 0.5
    return verdict.agree >= TABLE_AGREE_MIN


def read_text(decoded: Decoded, file: str, name: str) -> Document:
    """Return the whole text as one document of one page. Raises NoText or TooLarge."""
    if decoded.size_bytes > TEXT_BYTES_MAX:
        raise TooLarge(file, "more text than one document may have", f"{TEXT_BYTES_MAX >> 20} MB")
    text = text_of(decoded).replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise NoText(file)
    plan = {"format": "text", "encoding": decoded.encoding}
    return Document(name, _title(file, text), text, (len(text),), plan, decoded.notes)


def _title(file: str, text: str) -> str:
    first = text.lstrip().split("\n", 1)[0].strip()
    if first.startswith("# "):
        return first[2:].strip()[:200]
    return Path(file).stem
