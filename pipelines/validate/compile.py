"""Each expectation as SQL: figures for the one aggregate, a judgement on them, and how to find the rows at fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What the figures say: kept or not, what was seen, how many rows are at fault and of how many."""

    success: bool
    observed: Any = None
    unexpected: int | None = None
    of_rows: int | None = None


@dataclass(frozen=True)
class Check:
    """One expectation, ready: `figures` are aggregates by name, `fault` is true for a row at fault."""

    figures: Mapping[str, str]
    judge: Callable[[Figures], Outcome]
    fault: str | None = None


def quote(name: str) -> str:
    """Return the name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """Return the value as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value).upper() if isinstance(value, bool) else repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def _rows_at_fault(fault: str, column: str, kwargs: Mapping[str, Any], *, nulls_count: bool = False) -> Check:
    """As GX's column map expectations: nulls are left out, `mostly` is the share that must hold, no rows hold all."""
    judged = "count(*)" if nulls_count else f"count({column})"
    fault = fault if nulls_count else f"({column} IS NOT NULL AND ({fault}))"
    return Check({"rows": judged, "unexpected": f"count(*) FILTER (WHERE {fault})"}, _mostly(kwargs), fault)


def _mostly(kwargs: Mapping[str, Any]) -> Callable[[Figures], Outcome]:
    mostly = kwargs.get("mostly", 1.0)

    def judge(figures: Figures) -> Outcome:
        rows, unexpected = figures["rows"], figures["unexpected"]
        return Outcome(rows == 0 or (rows - unexpected) / rows >= mostly, None, unexpected, rows)

    return judge


def _within(value: Any, kwargs: Mapping[str, Any]) -> bool:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if value is None:
        return False
    above = low is None or (value > low if kwargs.get("strict_min") else value >= low)
    below = high is None or (value < high if kwargs.get("strict_max") else value <= high)
    return above and below


def _one_figure(sql: str, kwargs: Mapping[str, Any]) -> Check:
    return Check({"value": sql}, lambda figures: Outcome(_within(figures["value"], kwargs), figures["value"]))


def _not_null(column: str, kwargs: Mapping[str, Any]) -> Check:
    return _rows_at_fault(f"{column} IS NULL", column, kwargs, nulls_count=True)


def _null(column: str, kwargs: Mapping[str, Any]) -> Check:
    return _rows_at_fault(f"{column} IS NOT NULL", column, kwargs, nulls_count=True)


def _between(column: str, kwargs: Mapping[str, Any]) -> Check:
    faults = []
    if kwargs.get("min_value") is not None:
        faults.append(f"{column} {'<=' if kwargs.get('strict_min') else '<'} {literal(kwargs['min_value'])}")
    if kwargs.get("max_value") is not None:
        faults.append(f"{column} {'>=' if kwargs.get('strict_max') else '>'} {literal(kwargs['max_value'])}")
    return _rows_at_fault(" OR ".join(faults) or "FALSE", column, kwargs)


def _in_set(column: str, kwargs: Mapping[str, Any]) -> Check:
    return _rows_at_fault(f"NOT {_is_in(column, kwargs)}", column, kwargs)


def _not_in_set(column: str, kwargs: Mapping[str, Any]) -> Check:
    return _rows_at_fault(_is_in(column, kwargs), column, kwargs)


def _is_in(column: str, kwargs: Mapping[str, Any]) -> str:
    values = ", ".join(literal(each) for each in kwargs.get("value_set") or [])
    return f"({column} IN ({values}))" if values else "FALSE"


def _regex(column: str, kwargs: Mapping[str, Any]) -> Check:
    return _rows_at_fault(f"NOT regexp_matches({column}::VARCHAR, {literal(kwargs['regex'])})", column, kwargs)


def _not_regex(column: str, kwargs: Mapping[str, Any]) -> Check:
    return _rows_at_fault(f"regexp_matches({column}::VARCHAR, {literal(kwargs['regex'])})", column, kwargs)


def _lengths(column: str, kwargs: Mapping[str, Any]) -> Check:
    length = _between(f"length({column}::VARCHAR)", {**kwargs, "mostly": kwargs.get("mostly", 1.0)})
    return _rows_at_fault(length.fault or "FALSE", column, kwargs)


def _unique(column: str, kwargs: Mapping[str, Any]) -> Check:
    repeated = f"{column} IN (SELECT {column} FROM data WHERE {column} IS NOT NULL GROUP BY 1 HAVING count(*) > 1)"  # noqa: S608  quoted by us
    return _rows_at_fault(repeated, column, kwargs)


_JUDGED_PAIRS = {
    "both_values_are_missing": "({a} IS NOT NULL OR {b} IS NOT NULL)",
    "either_value_is_missing": "({a} IS NOT NULL AND {b} IS NOT NULL)",
    "never": "TRUE",
}


def _pair_greater(kwargs: Mapping[str, Any]) -> Check:
    """A missing value is not greater, unless `ignore_row_if` leaves the row out; GX leaves out only pairs of nulls."""
    a, b = quote(kwargs["column_A"]), quote(kwargs["column_B"])
    judged = _JUDGED_PAIRS[kwargs.get("ignore_row_if") or "both_values_are_missing"].format(a=a, b=b)
    fault = f"({judged} AND NOT coalesce({a} {'>=' if kwargs.get('or_equal') else '>'} {b}, FALSE))"
    figures = {"rows": f"count(*) FILTER (WHERE {judged})", "unexpected": f"count(*) FILTER (WHERE {fault})"}
    return Check(figures, _mostly(kwargs), fault)


def _figure(sql: str) -> Callable[[str, Mapping[str, Any]], Check]:
    return lambda column, kwargs: _one_figure(sql.format(column=column), kwargs)


_OF_A_COLUMN: Mapping[str, Callable[[str, Mapping[str, Any]], Check]] = {
    "expect_column_to_exist": lambda column, kwargs: Check({"value": "1"}, lambda _: Outcome(True)),
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_null": _null,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_match_regex": _regex,
    "expect_column_values_to_not_match_regex": _not_regex,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_values_to_be_unique": _unique,
    "expect_column_min_to_be_between": _figure("min({column})"),
    "expect_column_max_to_be_between": _figure("max({column})"),
    "expect_column_mean_to_be_between": _figure("avg({column})"),
    "expect_column_median_to_be_between": _figure("median({column})"),
    "expect_column_sum_to_be_between": _figure("sum({column})"),
    "expect_column_unique_value_count_to_be_between": _figure("count(DISTINCT {column})"),
}
_OF_A_TABLE: Mapping[str, Callable[[Mapping[str, Any]], Check]] = {
    "expect_table_row_count_to_be_between": lambda kwargs: _one_figure("count(*)", kwargs),
    "expect_column_pair_values_a_to_be_greater_than_b": _pair_greater,
}
SUPPORTED = frozenset(_OF_A_COLUMN) | frozenset(_OF_A_TABLE)


def compile_check(kind: str, kwargs: Mapping[str, Any]) -> Check:
    """Return the check of one expectation whose columns are in the table."""
    if kind in _OF_A_TABLE:
        return _OF_A_TABLE[kind](kwargs)
    return _OF_A_COLUMN[kind](quote(kwargs["column"]), kwargs)


def columns_of(kwargs: Mapping[str, Any]) -> list[str]:
    """Return the columns an expectation speaks of."""
    named = [str(kwargs[name]) for name in ("column", "column_A", "column_B") if kwargs.get(name) is not None]
    listed = kwargs.get("column_list")
    return [*named, *(str(each) for each in listed)] if isinstance(listed, list) else named
