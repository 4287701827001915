"""Formats that carry types, Parquet and JSON among them, as finished tables of types the lake can store."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from pipelines.engine import literal, quoted, run
from pipelines.errors import Damaged, HeaderOnly, TooLarge
from pipelines.kinds import DATES, TIMES, Kind, swapped_style
from pipelines.names import column_names
from pipelines.rejects import RejectLog
from pipelines.shapes import Plan, TypedTable
from polidat.jobs import Progress
from polidat.lake import Column, StagedTable

COLUMNS_MAX = 2_000
# Types Delta has no word for, and the type that keeps their values.
_LAKE_TYPES = {
    "utinyint": "SMALLINT",
    "usmallint": "INTEGER",
    "uinteger": "BIGINT",
    "ubigint": "DECIMAL(20,0)",
    "hugeint": "DECIMAL(38,0)",
    "uhugeint": "DECIMAL(38,0)",
    "bignum": "VARCHAR",
    "uuid": "VARCHAR",
    "time": "VARCHAR",
    "time with time zone": "VARCHAR",
    "time_ns": "VARCHAR",
    "interval": "VARCHAR",
    "json": "VARCHAR",
    "bit": "VARCHAR",
    "enum": "VARCHAR",
    "union": "VARCHAR",
    "variant": "VARCHAR",
    "timestamp_s": "TIMESTAMP",
    "timestamp_ms": "TIMESTAMP",
    "timestamp_ns": "TIMESTAMP",
    "timestamptz_ns": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ns with time zone": "TIMESTAMP WITH TIME ZONE",
    "geometry": "VARCHAR",
    "tuple": "VARCHAR",
    "null": "VARCHAR",
    '"null"': "VARCHAR",
}
_MOMENT_SAMPLE_ROWS = 2_000


def lake_type(found: Any) -> str:
    """Return the SQL name of the type the lake stores a DuckDB type as, nested types included."""
    kind = found.id
    if kind in ("list", "array"):
        return f"{lake_type(found.children[0][1])}[]"
    if kind == "struct" and not found.children:
        return "VARCHAR"
    if kind == "struct":
        fields = ", ".join(f"{quoted(name)} {lake_type(child)}" for name, child in found.children)
        return f"STRUCT({fields})"
    if kind == "map":
        key, value = (child for _, child in found.children)
        return f"MAP({lake_type(key)}, {lake_type(value)})"
    return _LAKE_TYPES.get(kind, _LAKE_TYPES.get(str(found).lower(), str(found)))


def stage_typed(
    engine: duckdb.DuckDBPyConnection, table: TypedTable, workdir: Path, log: RejectLog, progress: Progress
) -> tuple[StagedTable, Plan, tuple[str, ...]]:
    """Write the table as Parquet the lake can take. Text columns that hold dates throughout become dates.

    Raises Damaged where the file breaks while it is read, HeaderOnly for a table without rows.
    """
    file = workdir / f"{table.name}.parquet"
    try:
        relation = engine.sql(f"SELECT * FROM {table.relation}")  # noqa: S608 - built by our readers
        headers, types = list(relation.columns), [lake_type(each) for each in relation.types]
        if len(headers) > COLUMNS_MAX:
            raise TooLarge(table.source, f"{len(headers)} columns", str(COLUMNS_MAX))
        rows = int(run(engine, f"SELECT count(*) FROM {table.relation}", progress, "Counting rows")[0][0])  # noqa: S608 - names and paths are quoted
        if rows == 0:
            raise HeaderOnly(table.source, len(headers))
        moments = _moments(engine, table.relation, headers, types, progress)
        names = column_names(headers)
        chosen = ", ".join(
            f"{_value(header, kind, moments)} AS {quoted(name)}"
            for header, kind, name in zip(headers, types, names, strict=True)
        )
        sql = f"COPY (SELECT {chosen} FROM {table.relation}) TO {literal(file)} (FORMAT parquet)"  # noqa: S608 - names and paths are quoted
        written = int(run(engine, sql, progress, f"Writing {table.name}", total=rows)[0][0])
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise Damaged(table.source, table.damaged_as, _plain(error)) from error
    if written != rows:
        raise AssertionError(f"{table.name}: {rows} rows in, {written} kept")
    rejected = log.extend(table.name, table.rejects)
    columns = tuple(
        Column(name, header, moments[header].type if header in moments else kind)
        for name, header, kind in zip(names, headers, types, strict=True)
    )
    notes = [*table.notes, *(_moment_note(table, header, kind) for header, kind in moments.items())]
    plan = [{"name": each.name, "type": each.type} for each in columns]
    return StagedTable(table.name, (file,), rows, columns), {"columns": plan, "rejected_rows": rejected}, tuple(notes)


def _value(header: str, kind: str, moments: Mapping[str, Kind]) -> str:
    return moments[header].value.format(x=quoted(header)) if header in moments else f"{quoted(header)}::{kind}"


def _plain(error: duckdb.Error) -> str:
    return str(error).split("\n")[0].split(": ", 1)[-1].replace(" Set binary_as_string", "")


def _moment_note(table: TypedTable, header: str, kind: Kind) -> str:
    swapped = swapped_style(kind.style)
    doubt = f" (unless it is {swapped})" if swapped else ""
    return f"{table.source}: the text in “{header}” is read as {kind.style}{doubt}."


def _moments(
    engine: duckdb.DuckDBPyConnection, relation: str, headers: list[str], types: list[str], progress: Progress
) -> dict[str, Kind]:
    """Return the columns of text in which every value is a date or a time of one style."""
    texts = [header for header, kind in zip(headers, types, strict=True) if kind == "VARCHAR"]
    sample = f"(SELECT * FROM {relation} LIMIT {_MOMENT_SAMPLE_ROWS})"  # noqa: S608 - built by our readers
    likely = _fitting(engine, sample, texts, (*DATES, *TIMES), progress)
    found: dict[str, Kind] = {}
    for header, kinds in likely.items():
        proved = _fitting(engine, relation, [header], kinds, progress).get(header, ())
        if proved:
            found[header] = proved[0]
    return found


def _fitting(
    engine: duckdb.DuckDBPyConnection, relation: str, headers: list[str], kinds: tuple[Kind, ...], progress: Progress
) -> dict[str, tuple[Kind, ...]]:
    if not headers or not kinds:
        return {}
    asked: list[str] = []
    for header in headers:
        x = quoted(header) + "::VARCHAR"
        asked.append(f"count({x})")
        asked.extend(f"count({kind.value.format(x=x)})" for kind in kinds)
    row = iter(run(engine, f"SELECT {', '.join(asked)} FROM {relation}", progress, "Recognising dates")[0])  # noqa: S608 - names and paths are quoted
    result: dict[str, tuple[Kind, ...]] = {}
    for header in headers:
        values = next(row)
        fits = [next(row) for _ in kinds]
        whole = tuple(kind for kind, count in zip(kinds, fits, strict=True) if count == values > 0)
        if whole:
            result[header] = whole
    return result
