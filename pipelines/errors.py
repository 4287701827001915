"""Why a file cannot become a table or a document. Every leaf is Invalid or TooMuch: the person can act on it.

Invalid
├── LeftOut          nothing to take from this file; in an upload of several files it is left out with a note
│   ├── EmptyFile · HeaderOnly · NoTable · UnknownFormat · NoText
├── Damaged          the file is not what it says it is, or broken
├── Encrypted        it opens with a password only
├── NotOneTable      its lines do not agree on one table
└── UnsafeArchive    an archive that tries to leave its folder
TooMuch
└── TooLarge         a limit of size, depth or number is reached
"""

from polidat.core import Invalid, TooMuch

READS = (
    "CSV and other delimited text, Excel and ODS workbooks, JSON, NDJSON, Parquet, YAML, plain text, Markdown and PDF"
)


class LeftOut(Invalid):
    """There is nothing to take from this file."""


class EmptyFile(LeftOut):
    """The file holds no bytes, or blanks only."""

    def __init__(self, file: str) -> None:
        super().__init__(f"“{file}” is empty. Choose a file that holds data.", file=file)


class HeaderOnly(LeftOut):
    """There are column names, and no rows below them."""

    def __init__(self, file: str, names: int) -> None:
        named = "one column" if names == 1 else f"{names} columns"
        super().__init__(f"“{file}” names {named} but holds no rows. Add rows below the header.", file=file)


class NoTable(LeftOut):
    """A workbook in which no sheet has rows below a header."""

    def __init__(self, file: str, sheets: int) -> None:
        where = "its sheet" if sheets == 1 else f"any of its {sheets} sheets"
        says = f"“{file}” has no rows of data in {where}. Add rows below a line of column names."
        super().__init__(says, file=file)


class UnknownFormat(LeftOut):
    """A format we do not read."""

    def __init__(self, file: str, found: str) -> None:
        super().__init__(f"“{file}” looks like {found}, which we do not read. We read {READS}.", file=file, found=found)


class NoText(LeftOut):
    """A document without any text in it."""

    def __init__(self, file: str) -> None:
        says = f"“{file}” has no text in it, perhaps it is a scan. Upload a version with text."
        super().__init__(says, file=file)


class Damaged(Invalid):
    """The file breaks the rules of its own format."""

    def __init__(self, file: str, format_name: str, why: str) -> None:
        why = " ".join(why.split())[:300].rstrip(".")
        says = f"“{file}” cannot be read as {format_name}: {why}. Export it again and upload the new file."
        super().__init__(says, file=file)


class Encrypted(Invalid):
    """The file is protected by a password."""

    def __init__(self, file: str) -> None:
        super().__init__(f"“{file}” is protected by a password. Save it without one and upload it again.", file=file)


class NotOneTable(Invalid):
    """Most rows do not fit the columns the file seems to have."""

    def __init__(self, file: str, columns: int, rejected: int, rows: int) -> None:
        super().__init__(
            f"“{file}” does not hold one table: {rejected} of {rows} rows do not have {columns} values. "
            "Put each table in a file of its own.",
            file=file,
        )


class UnsafeArchive(Invalid):
    """A member of the archive would be written outside of its folder, or is not a plain file."""

    def __init__(self, file: str, member: str) -> None:
        super().__init__(f"“{file}” holds an unsafe entry “{member}”. Pack plain files only.", file=file)


class NothingToRead(Invalid):
    """None of the files gave a table or a document."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("No table and no text was found. " + " ".join(reasons[:5]), reasons=reasons)


class TooLarge(TooMuch):
    """The file passes one of our limits."""

    def __init__(self, file: str, what: str, limit: str) -> None:
        super().__init__(f"“{file}” has {what}; the limit is {limit}. Split it and upload the parts.", file=file)
