"""What does one small query cost through the pool, over plain DuckDB on the same Parquet? Target: at most 10 ms more.

Run: python benchmarks/query_small.py [queries per side]. Both sides take turns, so that a busy machine slows both.
"""

import sys
import tempfile
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import duckdb

from polidat.lake import Column, ReadableTable
from polidat.query import QueryPool, check_select, run_select

ROWS = 200_000
QUERIES = {
    "group": "SELECT state, count(*) AS n, avg(share) AS mean FROM polls GROUP BY state ORDER BY n DESC LIMIT 10",
    "point": "SELECT * FROM polls WHERE id = 4711",
    "count": "SELECT count(*) FROM polls",
}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 2}) as plain:
        table = _written(Path(folder) / "polls.parquet", plain)
        with QueryPool(1) as pool:
            began = perf_counter()
            run_select(pool, [table], QUERIES["count"])
            print(f"first query, cold pool      {(perf_counter() - began) * 1000:8.1f} ms")
            print(f"{'':10}{'':8}plain p50  pool p50  pool p95   more  ratio  guard p50   (ms, {rounds} each)")
            for name, sql in QUERIES.items():
                _compare(name, sql, table, plain, pool, rounds)


def _compare(
    name: str, sql: str, table: ReadableTable, plain: duckdb.DuckDBPyConnection, pool: QueryPool, rounds: int
) -> None:
    times: dict[str, list[float]] = {"plain": [], "pool": [], "guard": []}
    for _ in range(rounds):
        for side, work in {
            "plain": lambda: plain.sql(sql).to_arrow_table(),
            "pool": lambda: run_select(pool, [table], sql).to_arrow(),
            "guard": lambda: check_select(sql, [table]),
        }.items():
            began = perf_counter()
            work()
            times[side].append((perf_counter() - began) * 1000)
    p50 = {side: quantiles(each, n=100)[49] for side, each in times.items()}
    p95 = quantiles(times["pool"], n=100)[94]
    more, ratio = p50["pool"] - p50["plain"], p50["pool"] / p50["plain"]
    print(f"{name:18}{p50['plain']:9.2f}{p50['pool']:10.2f}{p95:10.2f}{more:7.2f}{ratio:7.2f}{p50['guard']:11.2f}")


def _written(file: Path, plain: duckdb.DuckDBPyConnection) -> ReadableTable:
    plain.execute(
        f"""
        COPY (SELECT i AS id, 'name ' || i AS name, 'S' || i % 50 AS state, random() * 100 AS share
              FROM range({ROWS}) t(i)) TO '{file}'
        """
    )
    plain.execute(f"CREATE VIEW polls AS SELECT * FROM read_parquet(['{file}'])")
    columns = [Column(each[0], each[0], each[1]) for each in plain.execute("DESCRIBE polls").fetchall()]
    return ReadableTable("polls", (str(file),), ROWS, file.stat().st_size, tuple(columns))


if __name__ == "__main__":
    main()
