"""Statements people really send, good and bad, against the whole room. One file each, so that each can be read."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import duckdb
import pytest

from polidat import query
from polidat.core import Refused, Unavailable
from polidat.lake import ReadableTable
from polidat.query import QueryLimits, QueryLost, QueryPool, check_select, run_select
from polidat.query.engine import open_engine
from polidat.query.grants import grant_tables
from tests.query.conftest import SMALL, statements

HOSTILE = statements("hostile")
REFUSED = [each for each in HOSTILE if each.read_text().startswith("-- refused: ")]
STOPPED = [each for each in HOSTILE if each.read_text().startswith("-- stopped")]
# DuckDB or sqlglot cannot read what DuckDB writes for these; `normalised` is for people and logs, it is never run.
RENDERED_AMISS = ("lists",)
TRUNCATED = [each for each in HOSTILE if each.read_text().startswith("-- truncated")]


def _sql(file: Path, folder: Path) -> str:
    text = file.read_text().partition("\n")[2].removesuffix("\n")
    named = {"{own}": folder / "polls.parquet", "{other}": folder / "secrets.parquet", "{folder}": folder}
    for name, path in named.items():
        quoted = str(path).replace("'", "''") if f"'{name}" in text else str(path)
        text = text.replace(name, quoted)
    return text


def _names(files: list[Path]) -> list[str]:
    return [each.stem for each in files]


def test_every_hostile_statement_says_what_must_happen_to_it():
    assert len(REFUSED) + len(STOPPED) + len(TRUNCATED) == len(HOSTILE) >= 45


# What DuckDB's own locks must hold without the guard: other files, the network, settings. Not what reads the granted
# files anyway, nor COPY to a granted path, which only the kernel stops (test_sandbox).
LOCKED_OUT = [
    each
    for each in REFUSED
    if each.stem.startswith(("file_", "network_", "settings_set", "settings_reset", "write_copy", "tables_other"))
    and "{own}" not in each.read_text()
    and each.stem not in ("file_in_pivot", "file_in_lateral")
]


@pytest.mark.parametrize("file", REFUSED, ids=_names(REFUSED))
def test_a_hostile_statement_is_refused_by_name_and_tells_no_path(
    file: Path, pool: QueryPool, tables: list[ReadableTable], query_folder: Path
):
    expected = getattr(query, file.read_text().partition("\n")[0].removeprefix("-- refused: ").strip())
    before = _digests(query_folder)
    sql = _sql(file, query_folder)

    with pytest.raises(Refused) as refused:
        run_select(pool, tables, sql, limits=SMALL)

    assert type(refused.value) is expected
    assert "{" in file.read_text() or str(query_folder) not in refused.value.says  # else it was the person's own word
    assert _digests(query_folder) == before
    assert run_select(pool, tables, "SELECT count(*) AS n FROM polls").to_rows() == [{"n": 2000}]


@pytest.mark.parametrize("file", STOPPED, ids=_names(STOPPED))
def test_a_bomb_is_stopped_at_its_limit_and_the_pool_answers_on(
    file: Path, pool: QueryPool, tables: list[ReadableTable], query_folder: Path
):
    began = monotonic()

    with pytest.raises((Refused, Unavailable)):
        run_select(pool, tables, _sql(file, query_folder), limits=SMALL)

    assert monotonic() - began < SMALL.time_s + 2
    assert run_select(pool, tables, "SELECT count(*) AS n FROM polls").to_rows() == [{"n": 2000}]


@pytest.mark.parametrize("file", TRUNCATED, ids=_names(TRUNCATED))
def test_too_much_output_is_cut_and_says_so(
    file: Path, pool: QueryPool, tables: list[ReadableTable], query_folder: Path
):
    result = run_select(pool, tables, _sql(file, query_folder), limits=replace(SMALL, time_s=20))

    assert result.truncated
    assert result.rows == result.to_arrow().num_rows <= SMALL.rows_max
    assert len(result.ipc) <= SMALL.bytes_max + 2**16


@pytest.mark.parametrize("file", LOCKED_OUT, ids=_names(LOCKED_OUT))
def test_the_locked_engine_alone_keeps_files_settings_and_the_lake_safe(
    file: Path, tables: list[ReadableTable], query_folder: Path
):
    """The second wall without the first: what gets through may compute, but reaches nothing and changes no file."""
    engine = open_engine(grant_tables(tables, memory_bytes=2**28, threads=1))

    with pytest.raises(duckdb.Error):
        engine.connection.execute(_sql(file, query_folder)).fetchall()


@pytest.mark.parametrize("file", statements("allowed"), ids=_names(statements("allowed")))
def test_what_analysts_write_runs_and_answers_as_duckdb_does(
    file: Path, pool: QueryPool, tables: list[ReadableTable], plain: duckdb.DuckDBPyConnection
):
    sql = file.read_text()

    result = run_select(pool, tables, sql, limits=QueryLimits(time_s=10, memory_bytes=2**29))

    assert result.columns
    assert result.rows > 0
    if file.stem not in ("sample", "tablesample", "now_is_utc"):
        assert _rows(result.to_arrow()) == _rows(plain.sql(sql).to_arrow_table())


@pytest.mark.parametrize("file", statements("allowed"), ids=_names(statements("allowed")))
def test_duckdbs_own_rendering_of_an_allowed_query_is_allowed_too(file: Path, tables: list[ReadableTable]):
    once = check_select(file.read_text(), tables)

    if file.stem not in RENDERED_AMISS:
        assert check_select(once.normalised, tables).tables == once.tables


_FLAT = {
    "not": "SELECT " + "NOT " * 5_000 + "true",
    "sum": "SELECT 1" + "+1" * 5_000,
    "union": "SELECT 1" + " UNION ALL SELECT 1" * 4_000,
    "case": "SELECT " + "CASE WHEN true THEN " * 500 + "1" + " END" * 500,
    "cte": "WITH " + ", ".join(f"a{i} AS (SELECT 1)" for i in range(2_000)) + " SELECT 1",
    "cast": "SELECT 1" + "::INT" * 900,
    "long name": "SELECT 1 AS " + "x" * 99_000,
    "brackets behind a closing one": "SELECT 1 " + ")" * 60 + "(" * 120,
}


@pytest.mark.parametrize("name", _FLAT)
def test_a_query_deep_without_brackets_costs_at_most_its_own_process(
    name: str, pool: QueryPool, tables: list[ReadableTable]
):
    limits = QueryLimits(time_s=2, memory_bytes=2**28)

    with suppress(Refused, QueryLost):
        run_select(pool, tables, _FLAT[name], limits=limits)

    assert run_select(pool, tables, "SELECT count(*) AS n FROM polls", limits=limits).to_rows() == [{"n": 2000}]


@pytest.fixture(scope="module")
def plain(tables: list[ReadableTable]) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB over the same files, with no walls."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for each in tables:
            file = each.files[0].replace("'", "''")
            connection.execute(f"CREATE VIEW {each.name} AS FROM read_parquet('{file}')")
        yield connection


def _rows(table: Any) -> Counter[str]:
    """Rows without their order, floats as far as they are stable between two runs."""
    columns = [each.to_pylist() for each in table.columns]
    return Counter(re.sub(r"(\.\d{6})\d+", r"\1", repr(row)) for row in zip(*columns, strict=True))


def _digests(folder: Path) -> dict[str, str]:
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in sorted(folder.iterdir())}
