"""Ingest of a CSV against DuckDB's own COPY to Parquet: seconds, ratio and peak memory, each in a process of its own.

`python -m benchmarks.ingest_csv [--rows N]`: 9,500,000 rows are about 1 GB. Exit code 1 if ours is slower than half of
plain DuckDB, or needs 2 GB of memory or more.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROWS = 9_500_000
RATIO_MIN = 0.5
PEAK_MB_MAX = 2_000
RUNS = 2
_ROWS_SQL = """
SELECT 100000 + i AS order_id,
       DATE '2020-01-01' + (hash(i) % 1500)::INTEGER AS ordered_on,
       TIMESTAMP '2020-01-01' + to_seconds((hash(i * 3) % 100000000)::BIGINT) AS paid_at,
       ['Anna', 'Bob, Jr.', 'Chloë', 'Dmitri'][1 + (hash(i * 7) % 4)::BIGINT] || ' ' || hash(i * 11) % 100000
           AS customer,
       lpad((hash(i * 13) % 99999)::VARCHAR, 5, '0') AS zip,
       round((hash(i * 17) % 100000) / 100.0, 2) AS amount,
       (hash(i * 19) % 50)::INTEGER AS quantity,
       hash(i * 23) % 2 = 0 AS is_gift,
       CASE WHEN hash(i * 29) % 10 > 0 THEN 'note number ' || hash(i * 31) % 1000 || ' about this order' END AS note
FROM range({rows}) AS t(i)
"""


def main() -> int:
    """Generate the file, time both ways, print the figures; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--one", choices=("plain", "ours"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one:
        print(json.dumps(_one(wanted.one, wanted.file)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "orders.csv"
        with duckdb.connect(config={"memory_limit": "2GB"}) as engine:
            engine.execute(f"COPY ({_ROWS_SQL.format(rows=wanted.rows)}) TO '{file}' (HEADER)")
        runs = {way: [_in_process(way, file) for _ in range(RUNS)] for way in ("plain", "ours")}
        size_gb = file.stat().st_size / 1e9
    return _judged(runs, wanted.rows, size_gb)


def _judged(runs: dict[str, list[dict[str, float]]], rows: int, size_gb: float) -> int:
    best = {way: min(each["seconds"] for each in figures) for way, figures in runs.items()}
    peak_mb = max(each["peak_mb"] for each in runs["ours"])
    wrong = [each["rows"] for figures in runs.values() for each in figures if each["rows"] != rows]
    ratio = best["plain"] / best["ours"]
    print(f"{size_gb:.2f} GB, {rows:,} rows")
    print(f"plain DuckDB COPY  {best['plain']:6.2f} s   peak {max(each['peak_mb'] for each in runs['plain']):5.0f} MB")
    print(f"prepare            {best['ours']:6.2f} s   peak {peak_mb:5.0f} MB")
    print(f"ratio {ratio:.2f} (at least {RATIO_MIN}), peak {peak_mb:.0f} MB (under {PEAK_MB_MAX})")
    if wrong:
        print(f"wrong number of rows: {wrong}")
    return 0 if ratio >= RATIO_MIN and peak_mb < PEAK_MB_MAX and not wrong else 1


def _in_process(way: str, file: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.ingest_csv", "--one", way, "--file", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    return json.loads(done.stdout)


def _one(way: str, file: Path) -> dict[str, float]:
    from pipelines.prepare import prepare  # imported before the clock starts, as duckdb is

    def ours(file: Path, folder: Path) -> int:
        return prepare(file, file.name, folder).tables[0].staged.rows

    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        began = time.perf_counter()
        rows = (_plain if way == "plain" else ours)(file, Path(folder))
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "rows": rows, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _plain(file: Path, folder: Path) -> int:
    with duckdb.connect() as engine:
        return engine.execute(f"COPY (SELECT * FROM read_csv('{file}')) TO '{folder / 'o.parquet'}'").fetchall()[0][0]


if __name__ == "__main__":
    sys.exit(main())
