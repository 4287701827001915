"""Postings a second on 1 and on 16 connections, against plain inserts of the same rows into tables without guards.

Run: python -m benchmarks.postings [seconds per run]. A posting has four legs, one of them on one of 200 guarded
sellers; each is its own transaction, committed to disk. The peer writes the same five rows in one statement into
copies of the tables that have their indexes, but no triggers and no foreign keys. Both sides take turns.
"""

import sys
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from polidat.db import Database, migrate, start_embedded
from polidat.ledger import Leg, drifted_balances, post, trial_balance

AT = datetime(2026, 1, 1, tzinfo=UTC)
SELLERS, ROUNDS = 200, 3
_COPIES = """
CREATE TABLE plain_txn (LIKE ledger_txn INCLUDING ALL);
CREATE TABLE plain_entry (LIKE ledger_entry INCLUDING ALL);
GRANT SELECT, INSERT ON plain_txn, plain_entry TO polidat_app;
"""
_PLAIN = text("""
WITH txn AS (
    INSERT INTO plain_txn (idem_key, content_hash, kind, occurred_at, meta)
    VALUES (:key, :hash, 'sale', :at, '{}') RETURNING id
)
INSERT INTO plain_entry (txn_id, seq, account_id, currency, amount)
SELECT txn.id, leg.seq, leg.account_id, 'usd', leg.amount
FROM txn, (VALUES (0, :a0, 9680), (1, :a1, 320), (2, :a2, -8500), (3, :a3, -1500)) AS leg(seq, account_id, amount)
""")
_keys = count()


def legs_of(number: int) -> list[Leg]:
    amounts = {"A:stripe": 9680, "X:stripe_fee": 320, f"L:seller:{number % SELLERS}": -8500, "R:commission": -1500}
    return [Leg(code, minor, "usd") for code, minor in amounts.items()]


def main() -> int:
    run_s = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    with tempfile.TemporaryDirectory(prefix="polidat_bench_", ignore_cleanup_errors=True) as folder:
        server = start_embedded(Path(folder) / "postgres")
        try:
            migrate(server.owner_url)
            owner = create_engine(server.owner_url)
            with owner.begin() as connection:
                connection.execute(text(_COPIES))
            owner.dispose()
            database = Database(server.app_url)
            whole = _compare(database, run_s)
            database.close()
        finally:
            server.stop()
    return 0 if whole else 1


def _compare(database: Database, run_s: float) -> bool:
    with database.unit_of_work() as session:  # accounts are opened once, before the clock runs
        for number in range(SELLERS):
            post(session, f"open:{number}", "sale", legs_of(number), occurred_at=AT)
        found = session.execute(text("SELECT code, id FROM ledger_account"))
        accounts = {row.code: row.id for row in found}
    sides: dict[str, Callable[[Session, int], object]] = {
        "post": lambda session, n: post(session, f"sale:{n}", "sale", legs_of(n), occurred_at=AT),
        "plain": lambda session, n: session.execute(_PLAIN, _row(accounts, n)),
    }
    for connections in (1, 16):
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, write in sides.items():
                runs[name].append(_rate(database, write, connections, run_s))
        rate = {name: median(each[0] for each in found) for name, found in runs.items()}
        p99 = {name: median(each[1] for each in found) for name, found in runs.items()}
        for name, found in runs.items():
            spread = f"{min(each[0] for each in found):.0f} to {max(each[0] for each in found):.0f}"
            print(f"{connections:3} connections  {name:6}{rate[name]:8.0f}/s ({spread})  p99 {p99[name]:6.1f} ms")
        print(f"{connections:3} connections  ratio {rate['post'] / rate['plain']:.2f} of the plain inserts")
    with database.reading() as session:
        whole = not drifted_balances(session) and not sum(each.minor for each in trial_balance(session))
        written = session.scalar(text("SELECT count(*) FROM ledger_txn"))
    print(f"{written} transactions; {'every balance is right' if whole else 'WRONG: the books do not add up'}")
    return whole


def _row(accounts: dict[str, int], number: int) -> dict[str, object]:
    ids = {f"a{seq}": accounts[leg.account] for seq, leg in enumerate(legs_of(number))}
    return {"key": f"plain:{number}", "hash": f"{number:064}", "at": AT, **ids}


def _rate(
    database: Database, write: Callable[[Session, int], object], connections: int, run_s: float
) -> tuple[float, float]:
    """Return writes a second, and the 99th percentile of one in milliseconds."""
    times: list[list[float]] = [[] for _ in range(connections)]
    began = perf_counter()

    def work(mine: list[float]) -> None:
        while perf_counter() - began < run_s:
            start = perf_counter()
            with database.unit_of_work() as session:
                write(session, next(_keys))
            mine.append(perf_counter() - start)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = perf_counter() - began
    all_times = [each for mine in times for each in mine]
    return len(all_times) / took, quantiles(all_times, n=100)[98] * 1000


if __name__ == "__main__":
    sys.exit(main())
