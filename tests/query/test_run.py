"""run_select, stream_select and describe_tables from the outside."""

import time

import pyarrow as pa
import pytest

from polidat.lake import ReadableTable
from polidat.query import (
    FunctionNotAllowed,
    QueryFailed,
    QueryLimits,
    QueryPool,
    QueryTookTooLong,
    QueryTooLong,
    TableOutOfReach,
    describe_tables,
    run_select,
    stream_select,
)
from polidat.query.grants import grant_tables
from polidat.query.guard import DEPTH_MAX


def test_an_answer_carries_its_schema_counts_and_cost(pool: QueryPool, tables: list[ReadableTable]):
    result = run_select(pool, tables, "SELECT state, count(*) AS n FROM polls GROUP BY state ORDER BY state")

    assert result.columns == (("state", "VARCHAR"), ("n", "BIGINT"))
    assert result.schema.names == ["state", "n"]
    assert result.to_rows()[0] == {"state": "GA", "n": 400}
    assert (result.rows, result.truncated, result.tables) == (5, False, ("polls",))
    assert result.scanned_rows == 2000
    assert 0 < result.scanned_bytes < tables[0].bytes
    assert result.elapsed_ms > 0


def test_the_cost_grows_with_the_columns_named(pool: QueryPool, tables: list[ReadableTable]):
    cost = [
        run_select(pool, tables, sql).scanned_bytes
        for sql in ("SELECT count(*) FROM polls", "SELECT max(id) FROM polls", "SELECT * FROM polls")
    ]

    assert 0 == cost[0] < cost[1] < cost[2] <= tables[0].bytes


def test_an_answer_of_no_rows_still_has_its_schema(pool: QueryPool, tables: list[ReadableTable]):
    result = run_select(pool, tables, "SELECT id, tags FROM polls WHERE false")

    assert result.to_arrow().num_rows == 0
    assert [name for name, _ in result.columns] == ["id", "tags"]


def test_two_columns_of_one_name_are_kept(pool: QueryPool, tables: list[ReadableTable]):
    result = run_select(pool, tables, "SELECT 1 AS a, 2 AS a")

    assert [each.to_pylist() for each in result.to_arrow().columns] == [[1], [2]]


def test_a_conversion_error_keeps_its_place_and_loses_our_paths(pool: QueryPool, tables: list[ReadableTable]):
    with pytest.raises(QueryFailed) as refused:
        run_select(pool, tables, "SELECT 1,\n  state::INT FROM polls")

    assert "Conversion Error" in refused.value.says
    assert "/" not in refused.value.says.replace("and/or", "")


def test_a_stream_is_one_arrow_stream_and_ends_with_its_counts(pool: QueryPool, tables: list[ReadableTable]):
    stream = stream_select(pool, tables, "SELECT * FROM polls", limits=QueryLimits(rows_max=1_500))

    with pa.ipc.open_stream(b"".join(stream)) as reader:
        assert reader.read_all().num_rows == 1_500
    assert stream.ended is not None
    assert (stream.ended.rows, stream.ended.truncated) == (1_500, True)


def test_a_stream_of_a_refused_query_raises_at_once(pool: QueryPool, tables: list[ReadableTable]):
    with pytest.raises(FunctionNotAllowed):
        stream_select(pool, tables, "SELECT getenv('HOME')")


def test_a_stream_that_fails_on_the_way_raises_there(pool: QueryPool, tables: list[ReadableTable]):
    slow = "SELECT i, hash(i) FROM range(100000000000) t(i) WHERE i < 4000 OR hash(i) = 1"

    stream = stream_select(pool, tables, slow, limits=QueryLimits(time_s=0.5))

    with pytest.raises(QueryTookTooLong):
        list(stream)
    assert stream.ended is None


def test_a_megabyte_of_sql_is_refused_before_it_travels(pool: QueryPool, tables: list[ReadableTable]):
    with pytest.raises(QueryTooLong):
        run_select(pool, tables, "SELECT 1 --" + "x" * 1_000_000)


def test_brackets_may_nest_up_to_the_limit(pool: QueryPool, tables: list[ReadableTable]):
    sql = "SELECT " + "(" * DEPTH_MAX + "1" + ")" * DEPTH_MAX + " AS one"

    assert run_select(pool, tables, sql).to_rows() == [{"one": 1}]


def test_a_stream_left_early_frees_its_place(tables: list[ReadableTable]):
    with QueryPool(1, queue_s=5) as single:
        stream = stream_select(single, tables, "SELECT * FROM range(100000000)", limits=QueryLimits(rows_max=10**9))
        next(iter(stream))
        stream.close()

        assert run_select(single, tables, "SELECT 1 AS one").to_rows() == [{"one": 1}]


def test_tables_are_described_as_sql_sees_them_without_the_hidden_ones(pool: QueryPool, tables: list[ReadableTable]):
    polls, counties = describe_tables(pool, tables)

    assert (polls.name, polls.rows) == ("polls", 2000)
    assert polls.columns[0] == ("id", "BIGINT")
    assert counties.columns == (("state", "VARCHAR"), ("county", "VARCHAR"), ("votes", "BIGINT"))


@pytest.mark.parametrize("file", ["s3://bucket/x.parquet", "file://elsewhere/x.parquet", "relative/x.parquet"])
def test_a_file_that_is_not_on_this_machine_is_out_of_reach(file: str):
    with pytest.raises(TableOutOfReach):
        grant_tables([ReadableTable("t", (file,), 1, 1, ())], memory_bytes=1, threads=1)


def test_a_file_uri_is_read_as_its_path():
    grant = grant_tables([ReadableTable("t", ("file:///lake/a%20b.parquet",), 1, 1, ())], memory_bytes=1, threads=1)

    assert grant.tables[0].files == ("/lake/a b.parquet",)


def test_a_slow_query_ends_at_its_limit_and_not_much_later(pool: QueryPool, tables: list[ReadableTable]):
    began = time.monotonic()

    with pytest.raises(QueryTookTooLong):
        run_select(pool, tables, "SELECT max(hash(i)) FROM range(1000000000000) t(i)", limits=QueryLimits(time_s=0.5))

    assert time.monotonic() - began < 2.5
