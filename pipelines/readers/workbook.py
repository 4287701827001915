"""Excel and ODS workbooks: every sheet that holds a table becomes one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastexcel

from pipelines.cast import place_by_values
from pipelines.errors import Damaged, Encrypted, NoTable, TooLarge
from pipelines.names import table_name
from pipelines.readers.delimited import copy_relation, written_cell
from pipelines.readers.header import Start, find_start
from pipelines.shapes import TextTable
from polidat.jobs import Progress

WORKBOOK_BYTES_MAX = 100 << 20
COLUMNS_MAX = 2_000
ROWS_JUDGED = 200
_MIDNIGHT = " 00:00:00"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
_LOCKED = ("password", "encrypt", "workbook is protected")


def read_workbook(source: Path, file: str, name: str, workdir: Path, progress: Progress) -> list[TextTable]:
    """Return the tables of a workbook, one for each sheet with rows.

    Raises Encrypted, Damaged, HeaderOnly, TooLarge.
    """
    if source.stat().st_size > WORKBOOK_BYTES_MAX:
        raise TooLarge(file, "more bytes than a workbook may have", f"{WORKBOOK_BYTES_MAX >> 20} MB")
    tables: list[TextTable] = []
    notes: list[str] = []
    for index, (sheet, visible, rows) in enumerate(_sheets(source, file, progress)):
        label = f"{file} › {sheet}"
        if visible != "visible":
            notes.append(f"{label}: this sheet is hidden in the workbook.")
        table = _table(rows, label, f"{name}_{table_name(sheet)}", workdir, index)
        if table is None:
            notes.append(f"{label}: this sheet is empty or holds no table; it is left out.")
        else:
            tables.append(table)
    if not tables:
        raise NoTable(file, len(notes))
    if len(tables) == 1:
        tables = [_renamed(tables[0], name)]
    first = tables[0]
    return [_with_notes(first, (*first.notes, *notes)), *tables[1:]]


def _sheets(source: Path, file: str, progress: Progress) -> Iterator[tuple[str, str, list[list[str]]]]:
    try:
        book = fastexcel.read_excel(source)
        for sheet_name in book.sheet_names:
            progress(f"Reading {file}", 0, None, sheet_name)
            sheet = book.load_sheet(sheet_name, header_row=None, dtypes="string")
            yield sheet_name, str(sheet.visible), _rows(sheet)
    except fastexcel.FastExcelError as error:
        says = str(error)
        if any(word in says.lower() for word in _LOCKED):
            raise Encrypted(file) from error
        raise Damaged(file, "a workbook", says.split("\n")[0]) from error


def _rows(sheet: Any) -> list[list[str]]:
    if not sheet.width or not sheet.height:
        return []
    columns = [column.to_pylist() for column in sheet.to_arrow().columns]
    return [["" if cell is None else str(cell) for cell in row] for row in zip(*columns, strict=True)]


def _table(rows: Sequence[Sequence[str]], label: str, name: str, workdir: Path, index: int) -> TextTable | None:
    filled = [(number, row) for number, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)]
    if not filled:
        return None
    width = max(last + 1 for _, row in filled for last, cell in enumerate(row) if cell.strip())
    if width > COLUMNS_MAX:
        raise TooLarge(label, f"{width} columns", str(COLUMNS_MAX))
    trimmed = [(number, list(row[:width])) for number, row in filled]
    judged = [row for _, row in trimmed[:ROWS_JUDGED]]
    start = find_start(judged, width)
    body = trimmed[start.row + start.has_header :]
    if not body:
        return None
    header = trimmed[start.row][1] if start.has_header else [""] * width
    body = _without_midnight(body, width)
    copy = workdir / f"sheet{index}.rows.csv"
    with copy.open("wb") as out:
        for number, row in body:
            cells = [written_cell(cell.encode("utf-8", "replace").replace(b"\x00", b"")) for cell in row]
            out.write(b",".join([*cells, b"%d" % number]) + b"\n")
    above = [" ".join(cell.strip() for cell in row if cell.strip()) for _, row in trimmed[: start.row]]
    return TextTable(
        name,
        label,
        copy_relation(copy, width),
        tuple(" ".join(cell.split()) for cell in header),
        len(body),
        place_by_values(label, ""),
        plan=_plan(label, start, trimmed, above),
        notes=_notes(label, above, start),
        has_at=True,
    )


def _without_midnight(body: list[tuple[int, list[str]]], width: int) -> list[tuple[int, list[str]]]:
    """Workbooks know no dates, only moments: a column in which all are at midnight holds dates."""
    moments = [[row[column] for _, row in body if _MOMENT.fullmatch(row[column])] for column in range(width)]
    dates = [bool(each) and all(cell.endswith(_MIDNIGHT) for cell in each) for each in moments]
    return [
        (number, [cell.removesuffix(_MIDNIGHT) if date else cell for cell, date in zip(row, dates, strict=True)])
        for number, row in body
    ]


def _plan(label: str, start: Start, rows: Sequence[tuple[int, list[str]]], above: list[str]) -> dict[str, Any]:
    sheet = label.split(" › ", 1)[-1]
    header_line = rows[start.row][0] if start.has_header else None
    return {
        "format": "workbook",
        "sheet": sheet,
        "header": start.has_header,
        "header_line": header_line,
        "lines_above": above,
    }


def _notes(label: str, above: Sequence[str], start: Start) -> tuple[str, ...]:
    notes: list[str] = []
    if above:
        notes.append(f"{label}: {len(above)} rows above the table are not part of it: {' / '.join(above)[:160]}")
    if not start.has_header:
        notes.append(f"{label}: there is no header; the columns are called column_1, column_2, ...")
    return tuple(notes)


def _renamed(table: TextTable, name: str) -> TextTable:
    return replace(table, name=name)


def _with_notes(table: TextTable, notes: tuple[str, ...]) -> TextTable:
    return replace(table, notes=notes)
