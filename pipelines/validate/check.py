"""Run a suite: one aggregate over each table, then a bounded look at the rows at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from pipelines.validate.by_gx import RUN_BY_GX, judge_by_gx
from pipelines.validate.compile import SUPPORTED, Check, Outcome, columns_of, compile_check, literal
from pipelines.validate.report import CheckResult, ValidationReport
from pipelines.validate.suites import Suite
from polidat.jobs import Progress, unheard
from polidat.lake import StagedTable

Examples = tuple[dict[str, Any], ...]
EXAMPLES_MAX = 20
_EXAMPLE_CHARS_MAX = 300


def validate(tables: Sequence[StagedTable], suite: Suite, *, progress: Progress = unheard) -> ValidationReport:
    """Check every table against the suite. Nothing is changed; a failing expectation is a result, not an error."""
    results: list[CheckResult] = []
    for done, table in enumerate(tables):
        progress("validate", done, len(tables), table.name)
        results.extend(_check_table(table, suite))
    return ValidationReport(suite.name, tuple(results))


def _check_table(table: StagedTable, suite: Suite) -> list[CheckResult]:
    names = {column.name for column in table.columns}
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "memory_limit": "1GB"}) as engine:
        files = ", ".join(literal(str(each)) for each in table.files)
        engine.execute(f"CREATE VIEW data AS SELECT * FROM read_parquet([{files}])")  # noqa: S608  quoted by us
        fitted = [_fit(each, names) for each in suite.expectations]
        checks = {
            place: compile_check(each["type"], each["kwargs"])
            for place, each in enumerate(fitted)
            if each["type"] in SUPPORTED and set(columns_of(each["kwargs"])) <= names
        }
        outcomes = _outcomes(engine, checks)
        judged: dict[int, tuple[Outcome | str, Examples]] = {
            place: (outcome, _examples(engine, checks[place], outcome)) for place, outcome in outcomes.items()
        }
        for place, each in enumerate(fitted):
            needed = set() if each["type"].startswith("expect_table_") else set(columns_of(each["kwargs"]))
            if each["type"] in RUN_BY_GX and needed <= names:
                judged[place] = judge_by_gx(engine, each)
        return [_result(table, each, judged.get(place)) for place, each in enumerate(fitted)]


def _fit(expectation: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """Put the table's own column in, where the expectation names several that would do."""
    candidates = expectation["meta"].get("columns_any") or []
    own = next((each for each in candidates if each in names), None)
    kwargs = dict(expectation["kwargs"])
    return {**expectation, "kwargs": kwargs | {"column": own} if own else kwargs}


def _outcomes(engine: duckdb.DuckDBPyConnection, checks: Mapping[int, Check]) -> dict[int, Outcome | str]:
    """Judge all checks from one scan. Where one of them cannot be computed, each is asked alone to find which."""
    try:
        return dict(zip(checks, _ask(engine, list(checks.values())), strict=True))
    except duckdb.Error:
        found: dict[int, Outcome | str] = {}
        for place, check in checks.items():
            try:
                found[place] = _ask(engine, [check])[0]
            except duckdb.Error as error:
                found[place] = " ".join(str(error).split())[:300]
        return found


def _ask(engine: duckdb.DuckDBPyConnection, checks: Sequence[Check]) -> list[Outcome]:
    figures = [(number, name, sql) for number, check in enumerate(checks) for name, sql in check.figures.items()]
    if not figures:
        return []
    row = engine.execute("SELECT " + ", ".join(sql for _, _, sql in figures) + " FROM data").fetchone()  # noqa: S608  quoted by us
    assert row is not None
    seen: list[dict[str, Any]] = [{} for _ in checks]
    for (number, name, _), value in zip(figures, row, strict=True):
        seen[number][name] = value
    return [check.judge(values) for check, values in zip(checks, seen, strict=True)]


def _result(
    table: StagedTable, expectation: Mapping[str, Any], judged: tuple[Outcome | str, Examples] | None
) -> CheckResult:
    meta, kwargs = expectation["meta"], expectation["kwargs"]
    columns = columns_of(kwargs)
    told: dict[str, Any] = {
        "table": table.name,
        "title": str(meta.get("title") or expectation["type"].removeprefix("expect_").replace("_", " ")),
        "kind": expectation["type"],
        "column": ", ".join(columns),
        "blocking": bool(meta.get("blocking")),
    }
    if judged is None:
        required = bool(meta.get("required"))
        problem = f"The table has no column {', '.join(meta.get('columns_any') or columns)}."
        return CheckResult(**told, success=not required, applicable=required, problem=problem)
    outcome, examples = judged
    if isinstance(outcome, str):
        return CheckResult(**told, success=False, applicable=True, problem=outcome)
    percent = 100 * outcome.unexpected / outcome.of_rows if outcome.unexpected and outcome.of_rows else None
    return CheckResult(
        **told,
        success=outcome.success,
        applicable=True,
        observed=_plain(outcome.observed),
        unexpected_count=outcome.unexpected,
        unexpected_percent=percent,
        examples=examples if outcome.unexpected else (),
    )


def _examples(engine: duckdb.DuckDBPyConnection, check: Check, outcome: Outcome | str) -> Examples:
    if check.fault is None or isinstance(outcome, str) or not outcome.unexpected:
        return ()
    found = engine.execute(f"SELECT COLUMNS(*)::VARCHAR FROM data WHERE {check.fault} LIMIT {EXAMPLES_MAX}")  # noqa: S608  ours
    names = [each[0] for each in found.description or []]
    return tuple(
        {name: value[:_EXAMPLE_CHARS_MAX] if value else value for name, value in zip(names, row, strict=True)}
        for row in found.fetchall()
    )


def _plain(value: Any) -> str | int | float | None:
    return value if value is None or isinstance(value, bool | int | float) else str(value)
