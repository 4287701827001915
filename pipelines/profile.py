"""What is in a finished table: for each column its counts, range, middle, shape and commonest values."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from pipelines.engine import literal, quoted, run
from pipelines.shapes import TableProfile
from polidat.jobs import Progress
from polidat.lake import Column, StagedTable

# Above this, figures that need sorting or a hash table are taken from evenly spread rows; counts and ranges never are.
EXACT_ROWS_MAX = 500_000
SAMPLE_ROWS = 200_000
TOP_VALUES = 10
BINS = 20
TEXT_SHOWN_CHARS = 120
COLUMNS_A_PASS = 60
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL")
_MOMENTS = ("DATE", "TIMESTAMP")
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def profile_table(engine: duckdb.DuckDBPyConnection, table: StagedTable, progress: Progress) -> TableProfile:
    """Return the profile of a table of finished Parquet files, all JSON values.

    NaN and infinities count as no number.
    """
    files = ", ".join(literal(file) for file in table.files)
    everything = f"read_parquet([{files}])"
    sampled = table.rows > EXACT_ROWS_MAX
    some = everything
    if sampled:
        some = "_profiled"
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE _profiled AS SELECT * FROM {everything}"  # noqa: S608 - quoted
            f" USING SAMPLE {SAMPLE_ROWS / table.rows * 100} PERCENT (system, 7)"
        )
    columns: list[dict[str, Any]] = []
    for start in range(0, len(table.columns), COLUMNS_A_PASS):
        part = table.columns[start : start + COLUMNS_A_PASS]
        whole = _record(engine, [_whole(column) for column in part], everything, progress, table.name)
        shape = _record(engine, [_shape(column, sampled) for column in part], some, progress, table.name)
        groups = _groups(engine, part, whole, some, progress)
        columns.extend(_merged(*each) for each in zip(part, whole, shape, groups, strict=True))
    seen = None
    if sampled:
        seen = int(run(engine, "SELECT count(*) FROM _profiled", progress, "Profiling")[0][0])
        engine.execute("DROP TABLE _profiled")
    return TableProfile(table.rows, tuple(columns), seen)


def is_number(type_name: str) -> bool:
    """True for types one can take a mean of."""
    return type_name.split("(")[0] in _NUMBERS


def is_moment(type_name: str) -> bool:
    """True for dates and timestamps."""
    return type_name.startswith(_MOMENTS) and not type_name.endswith("]")


def _is_flat(type_name: str) -> bool:
    return is_number(type_name) or is_moment(type_name) or type_name in ("VARCHAR", "BOOLEAN")


def _record(
    engine: duckdb.DuckDBPyConnection,
    figures: Sequence[Mapping[str, str]],
    relation: str,
    progress: Progress,
    table_name: str,
) -> list[dict[str, Any]]:
    """Ask for all figures of all columns in one statement."""
    asked = [sql for each in figures for sql in each.values()]
    if not asked:
        return [{} for _ in figures]
    row = iter(run(engine, f"SELECT {', '.join(asked)} FROM {relation}", progress, f"Profiling {table_name}")[0])  # noqa: S608 - names and paths are quoted
    return [{name: next(row) for name in each} for each in figures]


def _real(column: Column) -> str:
    """SQL for the value, without NaN and infinities, which have no place in JSON."""
    x = quoted(column.name)
    return f"(CASE WHEN isfinite({x}) THEN {x} END)" if column.type in ("DOUBLE", "FLOAT") else x


def _whole(column: Column) -> dict[str, str]:
    x = quoted(column.name)
    figures = {"count": f"count({x})", "nulls": f"count(*) - count({x})"}
    if is_number(column.type):
        real = _real(column)
        figures |= {"min": f"min({real})::DOUBLE", "max": f"max({real})::DOUBLE", "mean": f"avg({real})::DOUBLE"}
    elif is_moment(column.type):
        figures |= {"min": f"min({x})::VARCHAR", "max": f"max({x})::VARCHAR"}
    elif column.type == "BOOLEAN":
        figures |= {"mean": f"avg({x}::INTEGER)"}
    elif column.type == "VARCHAR":
        figures |= {
            "min_length": f"min(length({x}))",
            "max_length": f"max(length({x}))",
            "mean_length": f"avg(length({x}))",
        }
    return figures


def _shape(column: Column, sampled: bool) -> dict[str, str]:
    x = quoted(column.name)
    if not _is_flat(column.type):
        return {}
    distinct = "approx_count_distinct" if sampled else "count"
    figures = {"distinct": f"{distinct}({'' if sampled else 'DISTINCT '}{x})"}
    if is_number(column.type):
        wanted = ", ".join(str(each) for each in _QUANTILES)
        figures["quantiles"] = f"to_json(quantile_cont({_real(column)}::DOUBLE, [{wanted}]))"
    return figures


def _bin_bounds(column: Column, whole: Mapping[str, Any]) -> tuple[str, str] | None:
    """SQL for the value as a number and for the width of a bin; None where there is nothing to spread."""
    low, high = whole.get("min"), whole.get("max")
    if low is None or low == high:
        return None
    if is_number(column.type):
        width = (float(high) - float(low)) / BINS
        if not 0 < width < float("inf"):
            return None
        return f"({_real(column)}::DOUBLE - {float(low)!r}::DOUBLE)", f"{width!r}::DOUBLE"
    if is_moment(column.type) and all(re.fullmatch(r"\d{4}-[^B]*", str(end)) for end in (low, high)):
        since = f"epoch({quoted(column.name)}::TIMESTAMP) - epoch({literal(low)}::TIMESTAMP)"
        return f"({since})", f"((epoch({literal(high)}::TIMESTAMP) - epoch({literal(low)}::TIMESTAMP)) / {BINS})"
    return None


def _groups(
    engine: duckdb.DuckDBPyConnection,
    columns: Sequence[Column],
    whole: Sequence[Mapping[str, Any]],
    relation: str,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Return the commonest values of every column and the histograms of numbers and moments, from one statement."""
    asked: list[str] = []
    for index, (column, known) in enumerate(zip(columns, whole, strict=True)):
        if not _is_flat(column.type):
            continue
        x = quoted(column.name)
        groups = f"SELECT {x} AS v, count(*) AS n FROM {relation} WHERE {x} IS NOT NULL GROUP BY 1"  # noqa: S608 - quoted
        top = f"{groups} ORDER BY 2 DESC, 1 LIMIT {TOP_VALUES}"
        asked.append(f"SELECT {index}, 'top', left(v::VARCHAR, {TEXT_SHOWN_CHARS}), n FROM ({top})")  # noqa: S608 - see above
        bounds = _bin_bounds(column, known)
        if bounds:
            value, width = bounds
            bin_number = f"least(greatest(floor({value} / {width}), 0), {BINS - 1})::INTEGER"
            asked.append(
                f"SELECT {index}, 'bin', ({bin_number})::VARCHAR, count(*) FROM {relation}"  # noqa: S608 - see above
                f" WHERE {value} IS NOT NULL GROUP BY 3"
            )
    found: list[dict[str, Any]] = [{"top": []} if _is_flat(column.type) else {} for column in columns]
    if asked:
        for index, what, value, count in run(engine, " UNION ALL ".join(asked), progress, "Profiling"):
            if what == "top":
                found[index]["top"].append({"value": value, "count": count})
            else:
                found[index].setdefault("histogram", [0] * BINS)[int(value)] += count
    for each in found:
        each.get("top", []).sort(key=lambda one: (-one["count"], one["value"]))
    return found


def _merged(column: Column, *figures: Mapping[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {"name": column.name, "source_name": column.source_name, "type": column.type}
    for each in figures:
        merged |= each
    if isinstance(merged.get("quantiles"), str):
        values: list[float] = json.loads(merged["quantiles"])
        merged["quantiles"] = dict(zip((str(each) for each in _QUANTILES), values, strict=True))
    return merged
