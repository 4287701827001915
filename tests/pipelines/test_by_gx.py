"""Expectations without SQL of ours are judged by great-expectations itself."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.validate import by_gx, parse_suite, validate
from polidat.core import Invalid
from polidat.lake import Column, StagedTable

DATA = {
    "day": ["2026-01-05", "2026-02-30", "2026-03-01", None],
    "yes": [60.0, 55.0, 50.0, 40.0],
    "no": [40.0, 45.0, 49.0, 60.0],
    "party": ["DEM", "REP", "DEM", "REP"],
    "state": ["TX", "TX", "CA", "CA"],
}
pytestmark = pytest.mark.filterwarnings("ignore")  # GX's own


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(DATA), path)
    return StagedTable("t", (path,), 4, tuple(Column(name, name, "VARCHAR") for name in DATA))


def judged(table, kind, meta=None, **kwargs):
    suite = parse_suite({"expectations": [{"type": kind, "kwargs": kwargs, "meta": meta or {}}]})
    return validate([table], suite).results[0]


@pytest.mark.parametrize(
    ("kind", "kwargs", "faults"),
    [
        ("expect_column_values_to_match_strftime_format", {"column": "day", "strftime_format": "%Y-%m-%d"}, 1),
        ("expect_multicolumn_sum_to_equal", {"column_list": ["yes", "no"], "sum_total": 100}, 1),
        (
            "expect_column_pair_values_to_be_in_set",
            {"column_A": "party", "column_B": "state", "value_pairs_set": [["DEM", "TX"], ["REP", "TX"]]},
            2,
        ),
        ("expect_compound_columns_to_be_unique", {"column_list": ["party", "state"]}, None),
        ("expect_column_distinct_values_to_equal_set", {"column": "party", "value_set": ["DEM", "REP"]}, None),
        ("expect_column_stdev_to_be_between", {"column": "yes", "min_value": 5, "max_value": 10}, None),
        ("expect_column_values_to_be_decreasing", {"column": "yes"}, None),
        ("expect_table_columns_to_match_ordered_list", {"column_list": list(DATA)}, None),
        ("expect_table_row_count_to_equal", {"value": 4}, None),
    ],
)
def test_an_expectation_of_gx_is_judged_and_its_faults_are_shown(table, kind, kwargs, faults):
    found = judged(table, kind, **kwargs)

    assert found.problem == ""
    assert found.success is (faults is None)
    if faults is not None:
        assert found.unexpected_count == faults
        assert len(found.examples) == faults


def test_the_value_at_fault_is_named_by_its_column(table):
    found = judged(table, "expect_column_values_to_match_strftime_format", column="day", strftime_format="%Y-%m-%d")

    assert found.examples == ({"day": "2026-02-30"},)


def test_one_that_fails_and_blocks_blocks_the_version(table):
    kwargs = {"column_list": ["yes", "no"], "sum_total": 100}
    suite = parse_suite(
        {
            "expectations": [
                {"type": "expect_multicolumn_sum_to_equal", "kwargs": kwargs, "meta": {"blocking": True}},
                {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "yes"}},
            ]
        }
    )

    report = validate([table], suite)

    assert report.blocked
    assert [each.success for each in report.results] == [False, True]


def test_a_column_that_is_not_there_makes_it_not_applicable(table):
    found = judged(table, "expect_multicolumn_sum_to_equal", column_list=["yes", "perhaps"], sum_total=100)

    assert not found.applicable
    assert "perhaps" in found.problem


def test_a_table_too_large_for_memory_says_so(table, monkeypatch):
    monkeypatch.setattr(by_gx, "ROWS_MAX", 3)

    found = judged(table, "expect_multicolumn_sum_to_equal", column_list=["yes", "no"], sum_total=100)

    assert not found.success
    assert "at most 3 rows" in found.problem


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_column_values_to_match_regex_list", {"column": "day", "regex_list": ["(a+)+$"]}),
        ("unexpected_rows_expectation", {"unexpected_rows_query": "SELECT 1"}),
        ("expect_the_unexpected", {}),
    ],
)
def test_what_could_hang_or_reach_elsewhere_is_not_taken(table, kind, kwargs):
    with pytest.raises(Invalid, match="is not one of"):
        judged(table, kind, **kwargs)
