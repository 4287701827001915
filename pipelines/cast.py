"""From text to types.

One pass that writes the finished Parquet, and the rows that do not fit, whole, with their reasons.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from pipelines.engine import literal, quoted, run
from pipelines.infer import ColumnPlan, guess_columns, infer_columns, words_sql
from pipelines.kinds import TEXT
from pipelines.names import column_names
from pipelines.rejects import RejectLog
from pipelines.shapes import Disagrees, Fault, Plan, Reject, TextTable
from polidat.core import Broken
from polidat.jobs import Progress
from polidat.lake import Column, StagedTable

FAULTS_A_FETCH = 1_000
SHOWN_CHARS_MAX = 60
# Below this the whole file is counted in no time, and nothing is gained by a guess.
GUESS_ROWS_MIN = 100_000
MISFIT = "value that does not fit: "


def cast_table(
    engine: duckdb.DuckDBPyConnection, table: TextTable, workdir: Path, log: RejectLog, progress: Progress
) -> tuple[StagedTable, Plan, tuple[str, ...]]:
    """Write the table as Parquet with the types that its whole content shows; log the rows that do not fit.

    Returns the staged table, what was decided for each column, and notes for a person. Rows in = rows staged + rows
    logged.
    """
    file = workdir / f"{table.name}.parquet"
    try:
        plans, rows, table = _guess_and_write(engine, table, file, progress) or _count_and_write(
            engine, table, file, progress
        )
    except (Disagrees, duckdb.Error) as error:
        if table.rewrite is None or isinstance(error, duckdb.InterruptException):
            raise
        return cast_table(engine, table.rewrite(), workdir, log, progress)
    faults = sum(plan.faults for plan in plans)
    rejected = log.extend(table.name, table.rejects)
    rejected_here = log.extend(table.name, table.place(_faults(engine, table, plans))) if faults else 0
    if rejected_here + rows != table.rows:
        raise Broken(f"{table.rows} rows in, {rows} kept, {rejected_here} rejected", table=table.name)
    names = column_names(table.headers)
    kept = _kept_columns(table.headers, plans)
    columns = tuple(Column(names[index], table.headers[index], plans[index].kind.type) for index in kept)
    decided = [_column_plan(names[index], plans[index]) for index in kept]
    report: Plan = {"columns": decided, "rejected_rows": rejected + rejected_here}
    return StagedTable(table.name, (file,), rows, columns), report, _notes(table, names, plans, kept)


def _guess_and_write(
    engine: duckdb.DuckDBPyConnection, table: TextTable, file: Path, progress: Progress
) -> tuple[Sequence[ColumnPlan], int, TextTable] | None:
    """Write the table in one pass, on a guess that every value must prove; None if one value does not."""
    if table.rows < GUESS_ROWS_MIN:
        return None
    plans = guess_columns(engine, table, progress)
    if plans is None or not table.headers[-1].strip():
        return None
    values = [
        f"COALESCE({plan.kind.value.format(x=x)}, {_must_be_blank(x, plan)})"
        if plan.kind is not TEXT
        else _cast(index, plan)
        for index, plan in enumerate(plans)
        for x in [f"c{index}"]
    ]
    try:
        rows = _write(engine, table, values, file, progress)
    except duckdb.Error as error:
        if MISFIT in str(error):
            return None
        raise
    return plans, rows, _counted_anew(table, rows)


def _must_be_blank(x: str, plan: ColumnPlan) -> str:
    """SQL that is NULL for text that stands for no value, and stops the statement for any other."""
    words = f" OR trim({x}) IN {words_sql()}" if plan.null_words else ""
    stop = f"error(concat({literal(MISFIT)}, {x}))"
    return f"CASE WHEN {x} IS NULL OR trim({x}) = ''{words} THEN NULL ELSE {stop} END::{plan.kind.type}"


def _count_and_write(
    engine: duckdb.DuckDBPyConnection, table: TextTable, file: Path, progress: Progress
) -> tuple[Sequence[ColumnPlan], int, TextTable]:
    """Count over the whole file what fits, then write the rows that do."""
    if table.recount is not None:  # also proves that the n-th row can be found again in the file
        table = replace(table, rows=table.recount())
    plans = infer_columns(engine, table, progress)
    values = [_cast(index, plan) for index, plan in enumerate(plans)]
    return plans, _write(engine, table, values, file, progress, plans), table


def _write(
    engine: duckdb.DuckDBPyConnection,
    table: TextTable,
    values: Sequence[str],
    file: Path,
    progress: Progress,
    plans: Sequence[ColumnPlan] = (),
) -> int:
    names = column_names(table.headers)
    kept = _kept_columns(table.headers, plans) if plans else range(len(names))
    chosen = ", ".join(f"{values[index]} AS {quoted(names[index])}" for index in kept)
    faulty = _faulty(plans)
    where = f" WHERE NOT ({faulty})" if faulty else ""
    sql = f"COPY (SELECT {chosen} FROM {table.relation}{where}) TO {literal(file)} (FORMAT parquet)"  # noqa: S608 - quoted
    return int(run(engine, sql, progress, f"Writing {table.name}", total=table.rows)[0][0])


def _counted_anew(table: TextTable, rows: int) -> TextTable:
    """Return the table with a proved number of rows: where lines are not records, they are counted.

    Raises Disagrees.
    """
    if rows == table.rows or table.recount is None:
        return table
    proved = table.recount()
    if proved != rows:
        raise Disagrees
    return replace(table, rows=proved)


def _kept_columns(headers: Sequence[str], plans: Sequence[ColumnPlan]) -> tuple[int, ...]:
    """Leave out trailing columns with neither a name nor a value: the delimiter at the end of each line made them."""
    last = len(headers)
    while last > 1 and not headers[last - 1].strip() and plans[last - 1].values == 0:
        last -= 1
    return tuple(range(last))


def _cast(index: int, plan: ColumnPlan) -> str:
    return f"({plan.value.format(x=f'c{index}')})"


def _fault(index: int, plan: ColumnPlan) -> str:
    x = f"c{index}"
    words = f" AND trim({x}) NOT IN {words_sql()}" if plan.null_words else ""
    return f"({_cast(index, plan)} IS NULL AND {x} IS NOT NULL AND trim({x}) <> ''{words})"


def _faulty(plans: Sequence[ColumnPlan]) -> str:
    return " OR ".join(_fault(index, plan) for index, plan in enumerate(plans) if plan.faults)


def _faults(engine: duckdb.DuckDBPyConnection, table: TextTable, plans: Sequence[ColumnPlan]) -> Iterator[Fault]:
    """Yield the rows that do not fit in the order of the file."""
    width = len(table.headers)
    cells = ", ".join(f"c{index}" for index in range(width))
    at = "_at" if table.has_at else "NULL"
    reasons = [
        f"CASE WHEN {_fault(index, plan)} THEN {_reason(table, index, plan)} END"
        for index, plan in enumerate(plans)
        if plan.faults
    ]
    numbered = f"(SELECT *, row_number() OVER () - 1 AS _ordinal FROM {table.relation})"  # noqa: S608 - SQL of ours
    found = engine.cursor().execute(
        f"SELECT _ordinal, {at}, concat_ws('; ', {', '.join(reasons)}), {cells}"  # noqa: S608 - see above
        f" FROM {numbered} WHERE {_faulty(plans)} ORDER BY 1"
    )
    while batch := found.fetchmany(FAULTS_A_FETCH):
        for row in batch:
            yield Fault(row[0], row[1], row[2], tuple(row[3:]))


def _reason(table: TextTable, index: int, plan: ColumnPlan) -> str:
    name = table.headers[index] or f"column {index + 1}"
    shown = f"left(c{index}, {SHOWN_CHARS_MAX})"
    return f"concat({literal(f'{name}: “')}, {shown}, {literal(f'” {plan.kind.says}')})"


def _column_plan(name: str, plan: ColumnPlan) -> dict[str, Any]:
    report: dict[str, Any] = {"name": name, "type": plan.kind.type}
    if plan.kind.style:
        report["style"] = plan.kind.style
    if plan.faults:
        report["values_rejected"] = plan.faults
    return report


def _notes(table: TextTable, names: Sequence[str], plans: Sequence[ColumnPlan], kept: Sequence[int]) -> tuple[str, ...]:
    notes = list(table.notes)
    for index in kept:
        plan, name = plans[index], names[index]
        if plan.swapped:
            notes.append(
                f"{table.source}: dates in “{name}” could be {plan.kind.style} or {plan.swapped};"
                f" read as {plan.kind.style}."
            )
        if plan.kind.name == "percent":
            notes.append(f"{table.source}: “{name}” holds percentages; 12.5% is stored as 12.5.")
        if plan.kind.name == "number_comma":
            notes.append(f"{table.source}: “{name}” is read with a decimal comma.")
        if plan.null_words:
            notes.append(f"{table.source}: words like NA or “-” in “{name}” are read as no value.")
    if len(kept) < len(names):
        notes.append(f"{table.source}: {len(names) - len(kept)} trailing columns without name and values are left out.")
    return tuple(notes)


def place_by_values(source: str, delimiter: str = ",") -> Any:
    """Return a `place` for tables whose `_at` is a line number and whose raw text is the cells themselves."""

    def place(faults: Iterator[Fault]) -> Iterator[Reject]:
        for fault in faults:
            raw = (
                json.dumps(fault.values, ensure_ascii=False)
                if not delimiter
                else delimiter.join(value or "" for value in fault.values)
            )
            yield Reject(source, int(fault.at) if fault.at else None, fault.reason, raw)

    return place
