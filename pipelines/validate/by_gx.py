"""Expectations without SQL of ours, judged by great-expectations itself over the columns they name.

What could be made to hang or to reach elsewhere is not taken: lists of patterns, like-patterns and JSON schemas (they
backtrack), queries, other tables, and names of pandas types, which are not the types readers see.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import duckdb

from pipelines.validate.compile import Outcome, columns_of, quote

RUN_BY_GX = frozenset(
    {
        "expect_column_distinct_values_to_be_in_set",
        "expect_column_distinct_values_to_contain_set",
        "expect_column_distinct_values_to_equal_set",
        "expect_column_kl_divergence_to_be_less_than",
        "expect_column_most_common_value_to_be_in_set",
        "expect_column_pair_values_to_be_equal",
        "expect_column_pair_values_to_be_in_set",
        "expect_column_proportion_of_non_null_values_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_quantile_values_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_value_lengths_to_equal",
        "expect_column_value_z_scores_to_be_less_than",
        "expect_column_values_to_be_dateutil_parseable",
        "expect_column_values_to_be_decreasing",
        "expect_column_values_to_be_increasing",
        "expect_column_values_to_be_json_parseable",
        "expect_column_values_to_match_strftime_format",
        "expect_compound_columns_to_be_unique",
        "expect_multicolumn_sum_to_equal",
        "expect_select_column_values_to_be_unique_within_record",
        "expect_table_column_count_to_be_between",
        "expect_table_column_count_to_equal",
        "expect_table_columns_to_match_ordered_list",
        "expect_table_columns_to_match_set",
        "expect_table_row_count_to_equal",
    }
)
ROWS_MAX = 2_000_000
_OF_THE_COLUMNS = "expect_table_column"


def judge_by_gx(
    engine: duckdb.DuckDBPyConnection, expectation: Mapping[str, Any]
) -> tuple[Outcome | str, tuple[dict[str, Any], ...]]:
    """Return the outcome and some values at fault; a sentence instead of the outcome when it cannot be computed."""
    kind, kwargs = expectation["type"], expectation["kwargs"]
    rows = engine.execute("SELECT count(*) FROM data").fetchall()[0][0]
    if rows > ROWS_MAX and not kind.startswith(_OF_THE_COLUMNS):
        return f"This expectation is checked in memory, for at most {ROWS_MAX:,} rows; the table has {rows:,}.", ()
    named = [] if kind.startswith("expect_table_") else columns_of(kwargs)
    wanted = ", ".join(quote(each) for each in named) or "COLUMNS(*)"
    limit = " LIMIT 0" if kind.startswith(_OF_THE_COLUMNS) else ""
    frame = engine.execute(f"SELECT {wanted} FROM data{limit}").df()  # noqa: S608  quoted by us
    return _read(_ask_gx(frame, kind, kwargs), named)


def _ask_gx(frame: Any, kind: str, kwargs: Mapping[str, Any]) -> Any:
    import great_expectations as gx  # takes seconds to import

    with redirect_stderr(StringIO()):  # it draws progress bars
        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(False)
        asset = context.data_sources.add_pandas("tables").add_dataframe_asset("table")
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(name="one", expectations=[{"type": kind, "kwargs": dict(kwargs)}])
        return batch.validate(suite).results[0]


def _read(told: Any, columns: list[str]) -> tuple[Outcome | str, tuple[dict[str, Any], ...]]:
    raised = told.exception_info or {}
    problems = [raised] if "raised_exception" in raised else list(raised.values())
    message = next((each["exception_message"] for each in problems if each.get("raised_exception")), None)
    if message is not None:
        return " ".join(str(message).split())[:300], ()
    found = told.result or {}
    outcome = Outcome(
        bool(told.success), found.get("observed_value"), found.get("unexpected_count"), found.get("element_count")
    )
    return outcome, tuple(_example(each, columns) for each in found.get("partial_unexpected_list") or ())


def _example(value: Any, columns: list[str]) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {str(name): str(each) for name, each in value.items()}
    if isinstance(value, list | tuple) and len(value) == len(columns):
        return {name: str(each) for name, each in zip(columns, value, strict=True)}
    return {", ".join(columns): str(value)}
