"""Suites are checked as great-expectations would, and a failing blocking expectation blocks."""

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.prepare import prepare
from pipelines.validate import choose_kind, kinds, parse_suite, suite_for, validate
from polidat.core import Invalid
from polidat.lake import Column, StagedTable

DATA = {
    "n": [1, 2, 2, None, 50, -3],
    "share": [0.5, 101.0, 3.0, None, None, 7.0],
    "state": ["TX", "CA", None, "TX", "ZZZ", ""],
    "low": [1, 5, 2, 2, None, 9],
}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(DATA), path)
    return StagedTable("t", (path,), 6, tuple(Column(name, name, "BIGINT") for name in DATA))


def expectation(kind, meta=None, **kwargs):
    return {"type": kind, "kwargs": kwargs, "meta": meta or {}}


CONFORMING = [
    expectation("expect_column_to_exist", column="n"),
    expectation("expect_column_values_to_not_be_null", column="n"),
    expectation("expect_column_values_to_not_be_null", column="n", mostly=0.8),
    expectation("expect_column_values_to_be_null", column="n"),
    expectation("expect_column_values_to_be_between", column="n", min_value=1, max_value=50),
    expectation("expect_column_values_to_be_between", column="n", min_value=1, strict_min=True, mostly=0.4),
    expectation("expect_column_values_to_be_between", column="share", max_value=101, strict_max=True),
    expectation("expect_column_values_to_be_in_set", column="state", value_set=["TX", "CA"]),
    expectation("expect_column_values_to_not_be_in_set", column="state", value_set=["ZZZ"]),
    expectation("expect_column_values_to_match_regex", column="state", regex="[A-Z]{2}$"),
    expectation("expect_column_values_to_not_match_regex", column="state", regex="Z"),
    expectation("expect_column_value_lengths_to_be_between", column="state", min_value=2, max_value=2),
    expectation("expect_column_values_to_be_unique", column="n"),
    expectation("expect_column_values_to_be_unique", column="low"),
    expectation("expect_column_min_to_be_between", column="n", min_value=-3, max_value=0),
    expectation("expect_column_max_to_be_between", column="n", max_value=10),
    expectation("expect_column_mean_to_be_between", column="low", min_value=1, max_value=10),
    expectation("expect_column_median_to_be_between", column="low", min_value=2, max_value=2),
    expectation("expect_column_sum_to_be_between", column="low", min_value=19, max_value=19),
    expectation("expect_column_unique_value_count_to_be_between", column="state", min_value=4, max_value=4),
    expectation("expect_table_row_count_to_be_between", min_value=1, max_value=5),
    expectation("expect_column_pair_values_a_to_be_greater_than_b", column_A="n", column_B="low", or_equal=True),
]


@pytest.fixture(scope="module")
def gx_results(tmp_path_factory):
    """The same suite through GX's own pandas engine."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    batch = context.data_sources.add_pandas("p").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b")
    suite = gx.ExpectationSuite(name="s", expectations=[dict(each) for each in CONFORMING])
    results = batch.get_batch({"dataframe": pd.DataFrame(DATA)}).validate(suite).results
    return [next(r for r in results if same(r.expectation_config, each)) for each in CONFORMING]


def same(config, each):
    return (
        config.type == each["type"]
        and all(config.kwargs.get(k) == v for k, v in each["kwargs"].items())
        and (config.kwargs.get("mostly", 1) == each["kwargs"].get("mostly", 1))
    )


@pytest.mark.filterwarnings("ignore")  # GX's own
@pytest.mark.parametrize("place", range(len(CONFORMING)), ids=lambda i: CONFORMING[i]["type"].removeprefix("expect_"))
def test_a_check_says_what_great_expectations_says(table, gx_results, place):
    ours = validate([table], parse_suite({"expectations": [CONFORMING[place]]})).results[0]
    theirs = gx_results[place]

    assert ours.success == theirs.success
    if "unexpected_count" in theirs.result:
        assert ours.unexpected_count == theirs.result["unexpected_count"]
    elif theirs.result.get("observed_value") is not None:
        assert ours.observed == pytest.approx(theirs.result["observed_value"])


def test_a_failing_blocking_expectation_blocks_and_shows_rows(table):
    suite = parse_suite(
        {
            "name": "mine",
            "expectations": [
                expectation(
                    "expect_column_values_to_be_between",
                    {"blocking": True, "title": "Shares"},
                    column="share",
                    max_value=100,
                ),
                expectation("expect_column_values_to_be_unique", column="n"),
            ],
        }
    )

    report = validate([table], suite)

    assert report.blocked
    assert not report.success
    first = report.results[0]
    assert (first.title, first.unexpected_count, first.unexpected_percent) == ("Shares", 1, 25.0)
    assert first.examples == ({"n": "2", "share": "101.0", "state": "CA", "low": "5"},)
    assert json.loads(json.dumps(report.as_json()))["failed"] == 2
    assert report.gx_result().statistics["unsuccessful_expectations"] == 2


def test_an_absent_column_does_not_block_unless_it_is_required(table):
    lenient = expectation("expect_column_values_to_not_be_null", {"blocking": True, "columns_any": ["x", "y"]})
    strict = expectation("expect_column_values_to_not_be_null", {"blocking": True, "required": True}, column="x")
    fitted = expectation("expect_column_values_to_be_null", {"columns_any": ["x", "low"]})

    report = validate([table], parse_suite({"expectations": [lenient, strict, fitted]}))

    assert [(each.success, each.applicable, each.column) for each in report.results] == [
        (True, False, "x"),
        (False, True, "x"),
        (False, True, "low"),
    ]


def test_a_check_that_cannot_be_computed_fails_alone(table):
    mean_of_text = expectation("expect_column_mean_to_be_between", column="state", min_value=1)
    fine = expectation("expect_column_to_exist", column="n")

    report = validate([table], parse_suite({"expectations": [mean_of_text, fine]}))

    assert [each.success for each in report.results] == [False, True]
    assert report.results[0].problem


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {"expectations": 3},
        {"expectations": [3]},
        {"expectations": [expectation("expect_nothing", column="n")]},
        {"expectations": [expectation("expect_column_values_to_be_null", colum="n")]},
        {"expectations": [expectation("expect_column_values_to_match_regex", column="n", regex="(")]},
        {"expectations": [expectation("expect_column_to_exist", column="n")] * 201},
        {"expectations": [{"type": "expect_column_to_exist", "kwargs": {"column": "n"}, "meta": 3}]},
    ],
)
def test_a_suite_that_cannot_be_used_is_refused_with_the_place(raw):
    with pytest.raises(Invalid, match="cannot be used"):
        parse_suite(raw)


def test_quotes_in_names_and_values_stay_data(tmp_path):
    path = tmp_path / "it's.parquet"
    pq.write_table(pa.table({'a"b': ["x'; drop table t; --", "y"]}), path)
    table = StagedTable("t", (path,), 2, (Column('a"b', 'a"b', "VARCHAR"),))
    suite = parse_suite(
        {
            "expectations": [
                expectation("expect_column_values_to_be_in_set", column='a"b', value_set=["x'; drop table t; --"])
            ]
        }
    )

    assert validate([table], suite).results[0].unexpected_count == 1


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_a_suite(kind):
    assert suite_for(kind).as_json()["expectations"]


def test_an_unknown_kind_is_refused():
    with pytest.raises(Invalid):
        suite_for("weather")


@pytest.mark.parametrize(
    ("sample", "kind"),
    [
        ("raw_polls_2023.csv.gz", "polls"),
        ("county_results_2020.csv.gz", "election_results"),
        ("legislators_current.yaml", "people"),
        ("online_retail.parquet", "orders"),
        ("gop_debates_2015.txt.gz", "generic"),
    ],
)
def test_the_samples_keep_their_kind_s_expectations(samples, tmp_path, sample, kind):
    tables = [each.staged for each in prepare(samples / sample, sample, tmp_path).tables]

    assert choose_kind(tables) == kind
    assert not validate(tables, suite_for(kind)).blocked
