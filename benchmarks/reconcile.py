"""Reconciliation of 100,003 movements against 99,913 legs, seeded with differences of all nine categories.

Run: python -m benchmarks.reconcile. The peer loads both sides and classifies them in Python, row by row over
dictionaries; it keeps no exceptions. Both must find exactly what was seeded.
"""

import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import text
from sqlalchemy.orm import Session

from polidat.db import Database, migrate, start_embedded
from polidat.payments import reconcile

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=30)
SEEDED = {
    "matched": 99_643, "amount_mismatch": 78, "fee_mismatch": 55, "currency_mismatch": 26, "linked_by_source": 49,
    "missing_here": 112, "timing_here": 40, "missing_there": 37, "timing_there": 25,
}  # fmt: skip
_LINES = """
CREATE TEMPORARY TABLE seeded AS
SELECT row_number() OVER () AS n, category FROM (VALUES {values}) AS v(category, many), generate_series(1, many)
"""
_THEIRS = """
INSERT INTO stripe_bt (id, kind, category, source, currency, amount_minor, fee_minor, net_minor, created_at,
                       available_at, status)
SELECT 'txn_' || n, 'charge', 'charge', 'ch_' || n, 'usd', 1000 + n % 9000, 30, 970 + n % 9000, at, at, 'available'
FROM (SELECT *, CASE WHEN category LIKE 'timing%' THEN :young ELSE :start + n % 1000 * interval '30 minutes' END AS at
      FROM seeded WHERE category NOT IN ('missing_there', 'timing_there')) s
"""
_TXNS = """
INSERT INTO ledger_txn (idem_key, content_hash, kind, occurred_at, meta, stripe_object)
SELECT 'seed:' || n, 'h', 'charge',
       CASE WHEN category LIKE 'timing%' THEN :young ELSE :start + n % 1000 * interval '30 minutes' END,
       '{}', 'ch_' || n
FROM seeded WHERE category NOT IN ('missing_here', 'timing_here')
"""
_LEGS = """
INSERT INTO ledger_entry (txn_id, seq, account_id, currency, amount, bt_id)
SELECT t.id, leg.seq, a.id, leg.currency, leg.amount, leg.bt_id
FROM seeded s JOIN ledger_txn t ON t.idem_key = 'seed:' || s.n
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.category = 'currency_mismatch' THEN 'eur' ELSE 'usd' END AS currency,
           970 + s.n % 9000 + (s.category = 'amount_mismatch')::int AS net,
           30 + (s.category = 'fee_mismatch')::int AS fee
) v
CROSS JOIN LATERAL (VALUES
    (0, 'A:stripe', v.currency, v.net, CASE WHEN s.category = 'linked_by_source' THEN NULL ELSE 'txn_' || s.n END),
    (1, 'X:stripe_fee', v.currency, v.fee, NULL),
    (2, 'C:order:seed', v.currency, -v.net - v.fee, NULL)
) AS leg(seq, code, currency, amount, bt_id)
JOIN ledger_account a ON a.code = leg.code AND a.currency = leg.currency
"""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="polidat_bench_", ignore_cleanup_errors=True) as folder:
        server = start_embedded(Path(folder) / "postgres")
        try:
            migrate(server.owner_url)
            database = Database(server.app_url)
            with database.unit_of_work() as session:
                _seed(session)
            own = _ours(database)
            peer = _by_hand(database)
            database.close()
        finally:
            server.stop()
    for name, (seconds, counts) in {"reconcile": own, "python by row": peer}.items():
        print(f"{name:16}{seconds:8.2f} s   {'exactly as seeded' if counts == SEEDED else f'WRONG: {counts}'}")
    print(f"ratio {peer[0] / own[0]:.2f} (more than 1: faster than the peer)")
    return 0 if own[1] == peer[1] == SEEDED else 1


def _seed(session: Session) -> None:
    values = ", ".join(f"('{category}', {many})" for category, many in SEEDED.items())
    when = {"start": START, "young": END - timedelta(minutes=30)}
    session.execute(text(_LINES.format(values=values)))
    session.execute(
        text(
            "INSERT INTO ledger_account (code, currency, kind) SELECT code, currency, '' "
            "FROM (VALUES ('A:stripe'), ('X:stripe_fee'), ('C:order:seed')) AS a(code), "
            "(VALUES ('usd'), ('eur')) AS c(currency)"
        )
    )
    session.execute(text(_THEIRS), when)
    session.execute(text(_TXNS), when)
    session.execute(text(_LEGS))


def _ours(database: Database) -> tuple[float, dict[str, int]]:
    with database.unit_of_work() as session:
        began = perf_counter()
        found = reconcile(session, since=START, until=END, now=END)
        return perf_counter() - began, found.counts


def _by_hand(database: Database) -> tuple[float, dict[str, int]]:
    began = perf_counter()
    columns = "id, source, currency, net_minor, fee_minor, created_at"
    with database.reading() as session:
        theirs = session.execute(text(f"SELECT {columns} FROM stripe_bt")).all()
        ours = session.execute(
            text(
                "SELECT e.bt_id, t.id, t.stripe_object, e.currency, e.amount, f.amount, t.occurred_at "
                "FROM ledger_entry e JOIN ledger_txn t ON t.id = e.txn_id "
                "JOIN ledger_entry f ON f.txn_id = t.id AND f.seq = 1 WHERE e.seq = 0"
            )
        ).all()
    counts, grace, seen = Counter[str](), END - timedelta(hours=2), set[int]()
    by_id = {each[0]: each for each in ours if each[0]}
    by_source = {(each[2], each[3], each[4]): each for each in ours if not each[0]}
    for bt_id, source, currency, net, fee, at in theirs:
        leg = by_id.get(bt_id)
        if leg is None:
            linked = by_source.get((source, currency, net))
            counts["linked_by_source" if linked else "timing_here" if at >= grace else "missing_here"] += 1
            seen.add(linked[1] if linked else 0)
            continue
        seen.add(leg[1])
        wrong = "currency" if leg[3] != currency else "amount" if leg[4] != net else "fee" if leg[5] != fee else ""
        counts[f"{wrong}_mismatch" if wrong else "matched"] += 1
    for each in ours:
        if each[1] not in seen:
            counts["timing_there" if each[6] >= grace else "missing_there"] += 1
    return perf_counter() - began, dict(counts)


if __name__ == "__main__":
    sys.exit(main())
