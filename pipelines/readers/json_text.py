"""JSON in one document, or one after the other: every list of objects in it becomes a table."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.engine import literal
from pipelines.errors import Damaged, EmptyFile, TooLarge
from pipelines.names import snake_of
from pipelines.readers.encoding import Decoded, decode_file, text_of
from pipelines.shapes import Plan, Reject, TypedTable
from polidat.jobs import Progress

JSON_BYTES_MAX = 256 << 20
DEPTH_MAX = 100
OBJECT_BYTES_MAX = 64 << 20
ROWS_TOLD = 20_000
NESTED_NOTE = "nested values are kept as STRUCT and LIST; read them with column.field and UNNEST"


def read_json(source: Path, file: str, name: str, workdir: Path, progress: Progress) -> list[TypedTable]:
    """Return the tables in a JSON file. Several values one after the other are read like one array of them.

    Raises Damaged with line and column where the text stops being JSON, EmptyFile, TooLarge.
    """
    if source.stat().st_size > JSON_BYTES_MAX:
        raise TooLarge(file, "more JSON than fits in one document", f"{JSON_BYTES_MAX >> 20} MB; NDJSON may be larger")
    decoded = decode_file(source, file, workdir, progress)
    text = text_of(decoded)
    if not text.strip():
        raise EmptyFile(file)
    values = list(_values(text, file))
    value = (
        values[0]
        if len(values) == 1
        else [row for each in values for row in (each if isinstance(each, list) else [each])]
    )
    plan = {"format": "json", "encoding": decoded.encoding}
    return tables_of(value, file, name, workdir, plan, decoded.notes)


def tables_of(
    value: Any, file: str, name: str, workdir: Path, plan: Plan, notes: tuple[str, ...] = ()
) -> list[TypedTable]:
    """Return the tables in a value of plain dicts and lists, whatever format it came from."""
    lists = _lists(value)
    tables: list[TypedTable] = []
    for key, rows in lists:
        table_name = f"{name}_{snake_of(key, 'table')}" if key and len(lists) > 1 else name
        tables.append(_table(rows, file, table_name, key, workdir, plan, notes))
    if not tables:
        raise Damaged(file, str(plan["format"]).upper(), "it holds no list of records")
    return tables


def _values(text: str, file: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(parse_constant=lambda _: None)
    position = 0
    blank = re.compile(r"\s*")
    while (position := blank.match(text, position).end()) < len(text):  # type: ignore[union-attr]  # matches always
        try:
            value, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise Damaged(file, "JSON", f"{error.msg} at line {error.lineno}, column {error.colno}") from error
        except RecursionError as error:
            raise TooLarge(file, "values nested too deeply", f"{DEPTH_MAX} levels") from error
        yield value


def _lists(value: Any) -> list[tuple[str, list[Any]]]:
    """Find the lists of records: the value itself, the lists an object holds, or the object as the only record."""
    if isinstance(value, list):
        return [("", value)] if value else []
    if not isinstance(value, dict):
        return []
    held = {key: each for key, each in value.items() if isinstance(each, list) and each}
    records = {key: each for key, each in held.items() if all(isinstance(row, dict) for row in each)}
    if records and len(records) == len(held) and len(value) - len(held) <= max(3, len(held)):
        return list(records.items())
    if held and len(held) == len(value) and len({len(each) for each in held.values()}) == 1:
        columns = list(held)
        return [("", [dict(zip(columns, row, strict=True)) for row in zip(*held.values(), strict=True)])]
    if len(value) > 1 and all(isinstance(each, dict) for each in value.values()) and _are_alike(value):
        return [("", [{"key": key, **each} for key, each in value.items()])]
    return [("", [value])] if value else []


def _are_alike(value: Mapping[str, Mapping[str, Any]]) -> bool:
    keys = [set(each) for each in value.values()]
    shared, every = set.intersection(*keys), set.union(*keys)
    return bool(shared) and len(shared) >= len(every) * 0.5 and "key" not in every


def _table(
    rows: list[Any], file: str, name: str, key: str, workdir: Path, plan: Plan, notes: tuple[str, ...]
) -> TypedTable:
    lines = workdir / f"{name}.rows.ndjson"
    rejects: list[Reject] = []
    as_records = sum(isinstance(row, dict) for row in rows) >= len(rows) * 0.5
    with lines.open("w", encoding="utf-8") as out:
        for number, row in enumerate(rows, start=1):
            record = row if isinstance(row, dict) and as_records else None if as_records else _record(row)
            if record is None or not record:
                raw = json.dumps(row, ensure_ascii=False, default=str)
                rejects.append(Reject(file, None, f"record {number} is not an object with values", raw))
                continue
            out.write(json.dumps(_plain_keys(record), ensure_ascii=False, default=str, allow_nan=False) + "\n")
    source = f"{file} › {key}" if key else file
    if len(rejects) == len(rows):
        raise Damaged(file, str(plan["format"]).upper(), "it holds no records with values")
    more = (f"{source}: {NESTED_NOTE}.",) if any(_is_nested(row) for row in rows) else ()
    return TypedTable(name, source, lines_relation(lines), rejects, {**plan, "path": key}, (*notes, *more), "JSON")


def _record(row: Any) -> dict[str, Any]:
    if isinstance(row, list):
        return {f"column_{index}": value for index, value in enumerate(row, start=1)}
    return {"value": row}


def _plain_keys(record: Mapping[Any, Any]) -> dict[str, Any]:
    """Keys as text, unlike in any spelling: DuckDB's columns do not tell `ID` from `id`."""
    seen: dict[str, str] = {}
    result: dict[str, Any] = {}
    for key, value in record.items():
        name = str(key) if str(key).strip() else "column"
        while name.lower() in seen and seen[name.lower()] != str(key):
            name += "_2"
        seen[name.lower()] = str(key)
        result[name] = value
    return result


def _is_nested(row: Any) -> bool:
    return isinstance(row, dict) and any(isinstance(value, dict | list) for value in row.values())


def lines_relation(lines: Path) -> str:
    """SQL that reads NDJSON with types from all of its lines."""
    return (
        f"read_json({literal(lines)}, format='newline_delimited', sample_size=-1, "
        f"maximum_object_size={OBJECT_BYTES_MAX}, convert_strings_to_integers=false)"
    )


def read_ndjson(source: Path, file: str, name: str, workdir: Path, progress: Progress) -> TypedTable:
    """Return the table in a file of one JSON object a line.

    Lines that are none are rejected with their number and text.

    Raises Damaged if no line is an object, EmptyFile.
    """
    decoded = decode_file(source, file, workdir, progress)
    lines, spool = workdir / f"{name}.rows.ndjson", workdir / f"{name}.spool"
    kept = rejected = 0
    is_nested = False
    with lines.open("w", encoding="utf-8") as out, spool.open("w", encoding="utf-8") as refused:
        for number, text in _text_lines(decoded):
            records, wrong = _parsed(text)
            for record in records:
                is_nested = is_nested or _is_nested(record)
                out.write(json.dumps(_plain_keys(record), ensure_ascii=False) + "\n")
                kept += 1
            if wrong:
                refused.write(json.dumps([number, wrong, text[: 1 << 16]]) + "\n")
                rejected += 1
            if number % ROWS_TOLD == 0:
                progress(f"Reading {file}", number)
    if kept == 0 and rejected == 0:
        raise EmptyFile(file)
    if kept == 0:
        raise Damaged(file, "NDJSON", "no line of it is a JSON object")
    notes = (*decoded.notes, f"{file}: {NESTED_NOTE}.") if is_nested else decoded.notes
    plan = {"format": "ndjson", "encoding": decoded.encoding}
    return TypedTable(name, file, lines_relation(lines), _Spooled(spool, file), plan, notes, "NDJSON")


def _text_lines(decoded: Decoded) -> Iterator[tuple[int, str]]:
    with decoded.path.open("rb") as raw:
        number = 0
        while line := raw.readline(OBJECT_BYTES_MAX):
            number += 1
            if line.strip():
                yield number, line.decode("utf-8", "replace").rstrip("\r\n")


def _parsed(text: str) -> tuple[list[dict[str, Any]], str]:
    try:
        value = json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        return [], f"is not JSON: {error.msg} at column {error.colno}"
    except RecursionError:
        return [], "is nested too deeply"
    records: Iterable[Any] = value if isinstance(value, list) else [value]
    objects = [each for each in records if isinstance(each, dict) and each]
    if not objects or len(objects) != len(list(records)):
        return [], "is not a JSON object with values"
    return objects, ""


class _Spooled:
    """The rejects of one file, read from the spool each time somebody asks."""

    def __init__(self, spool: Path, file: str) -> None:
        self._spool, self._file = spool, file

    def __iter__(self) -> Iterator[Reject]:
        with self._spool.open(encoding="utf-8") as lines:
            for each in lines:
                line, reason, raw = json.loads(each)
                yield Reject(self._file, line, reason, raw)
