"""The text of a PDF, page by page."""

import logging
from collections.abc import Iterator
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

from pipelines.errors import Damaged, Encrypted, NoText, TooLarge
from pipelines.shapes import Document
from polidat.jobs import Progress

PAGES_MAX = 5_000
TEXT_CHARS_MAX = 64 << 20
# What pypdf lets through from broken files: it indexes and converts what it finds.
_BROKEN = (
    PyPdfError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    RecursionError,
    OSError,
    NotImplementedError,
)


def read_pdf(source: Path, file: str, name: str, progress: Progress) -> Document:
    """Return the text with the ends of its pages. Raises Encrypted, Damaged, NoText (a scan) or TooLarge."""
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns about every oddity it repairs
    try:
        reader = PdfReader(source, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Encrypted(file)
        if len(reader.pages) > PAGES_MAX:
            raise TooLarge(file, f"{len(reader.pages)} pages", str(PAGES_MAX))
        pages = list(_pages(reader, file, progress))
        title = str((reader.metadata or {}).get("/Title") or "").strip()
    except (FileNotDecryptedError, DependencyError) as error:
        raise Encrypted(file) from error
    except _BROKEN as error:
        raise Damaged(file, "PDF", str(error) or type(error).__name__) from error
    if not any(page.strip() for page in pages):
        raise NoText(file)
    ends: list[int] = []
    for page in pages:
        ends.append((ends[-1] if ends else 0) + len(page))
    empty = [str(number) for number, page in enumerate(pages, start=1) if not page.strip()]
    notes = (f"{file}: no text on page {', '.join(empty[:20])}.",) if empty else ()
    return Document(name, title[:200] or Path(file).stem, "".join(pages), tuple(ends), {"format": "pdf"}, notes)


def _pages(reader: PdfReader, file: str, progress: Progress) -> Iterator[str]:
    total = 0
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text().encode("utf-8", "replace").decode("utf-8").replace("\x00", "") + "\n"
        total += len(text)
        if total > TEXT_CHARS_MAX:
            raise TooLarge(file, "more text than one document may have", f"{TEXT_CHARS_MAX >> 20} million characters")
        yield text
        progress(f"Reading {file}", number, len(reader.pages))
