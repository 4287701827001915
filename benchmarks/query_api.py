"""What does one small query cost through the HTTP API, over plain DuckDB on the same Parquet? Target: 10 ms at most.

Run: python -m benchmarks.query_api [queries per side]. The app is the one `make run` starts, in a process and a home of
its own; both sides take turns, so that a busy machine slows both.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep

import duckdb
import httpx

from polidat.cli.ingest import ingest_paths
from polidat.people import make_api_key, register
from polidat.settings import Settings
from polidat.wiring import open_house

ROWS = 200_000
EMAIL = "bench@polidat.example"
QUERIES = {
    "count": "SELECT count(*) AS n FROM polls",
    "group": "SELECT state, count(*) AS n, avg(share) AS mean FROM polls GROUP BY state ORDER BY n DESC LIMIT 10",
    "point": "SELECT * FROM polls WHERE id = 4711",
}
_READY_S = 60


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory(prefix="polidat_bench_", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        slug, key, files = _stocked(home)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        env = os.environ | {"POLIDAT_HOME": folder, "POLIDAT_PORT": str(port), "POLIDAT_DEMO_DATA": "false"}
        env["POLIDAT_API_CALLS_PER_MINUTE"] = "1000000"  # the limit is not what is measured
        app = subprocess.Popen([sys.executable, "-m", "polidat.cli", "up"], env=env, stdout=subprocess.DEVNULL)
        try:
            _measure(f"http://127.0.0.1:{port}", slug, key, files, rounds)
        finally:
            app.terminate()
            app.wait(timeout=60)


def _stocked(home: Path) -> tuple[str, str, list[str]]:
    """A published listing in a new home, its seller's API key, and the Parquet files readers see."""
    source = home / "polls.csv"
    with duckdb.connect() as plain:
        plain.execute(
            f"COPY (SELECT i AS id, 'name ' || i AS name, 'S' || i % 50 AS state, random() * 100 AS share "
            f"FROM range({ROWS}) t(i)) TO '{source}' (HEADER)"
        )
    house = open_house(Settings(home=home, demo_data=False), companions=False)
    try:
        with house.unit_of_work() as session:
            seller = register(session, EMAIL, now=house.now())
        made = ingest_paths(
            house, [str(source)], store="Bench", title="Polls", kind="generic", price="0", currency="usd",
            publish=True, email=EMAIL,
        )  # fmt: skip
        with house.unit_of_work() as session:
            key = make_api_key(session, seller, "bench", now=house.now()).secret
    finally:
        house.close()
    return made["listing"], key, [str(each) for each in house.lake.rglob("*.parquet") if "polls" in str(each)]


def _measure(address: str, slug: str, key: str, files: list[str], rounds: int) -> None:
    _wait_for(address)
    with closing(HTTPConnection(address.removeprefix("http://"), timeout=30)) as web, duckdb.connect() as plain:
        plain.execute(f"CREATE VIEW polls AS SELECT * FROM read_parquet({files})")
        print(f"{'':8}plain p50   API p50   API p95   more  ratio   (ms, {rounds} each, {ROWS:,} rows)")
        for name, sql in QUERIES.items():
            _compare(name, sql, lambda sql: _ask(web, slug, key, sql), plain, rounds)


def _ask(web: HTTPConnection, slug: str, key: str, sql: str) -> None:
    """One query over a connection that stays open, with the leanest client there is."""
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json", "Content-Type": "application/json"}
    web.request("POST", f"/api/v1/listings/{slug}/query", json.dumps({"sql": sql}), headers)
    answer = web.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"The API answered {answer.status}: {body[:500]!r}")


def _compare(name: str, sql: str, ask: Callable[[str], None], plain: duckdb.DuckDBPyConnection, rounds: int) -> None:
    for _ in range(5):
        ask(sql)
    times: dict[str, list[float]] = {"plain": [], "api": []}
    for _ in range(rounds):
        for side, work in {"plain": lambda: plain.sql(sql).fetchall(), "api": lambda: ask(sql)}.items():
            began = perf_counter()
            work()
            times[side].append((perf_counter() - began) * 1000)
    p50 = {side: quantiles(each, n=100)[49] for side, each in times.items()}
    p95 = quantiles(times["api"], n=100)[94]
    print(
        f"{name:8}{p50['plain']:9.2f}{p50['api']:10.2f}{p95:10.2f}{p50['api'] - p50['plain']:7.2f}"
        f"{p50['api'] / p50['plain']:7.2f}"
    )


def _wait_for(address: str) -> None:
    end = perf_counter() + _READY_S
    while perf_counter() < end:
        try:
            if httpx.get(f"{address}/api/health").status_code == 200:
                return
        except httpx.HTTPError:
            sleep(0.2)
    raise SystemExit("The app does not answer; see its log.")


if __name__ == "__main__":
    main()
