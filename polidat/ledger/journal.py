"""The journal as CSV, for accounting."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from polidat.core import csv_line, decimal_text, with_digest
from polidat.ledger.find import TrialLine

_HEAD = ("date", "transaction", "kind", "account", "debit", "credit", "currency", "order", "stripe_object")
_BATCH = 2_000


def journal_csv(session: Session, *, since: datetime, until: datetime) -> Iterator[str]:
    """Yield the journal line by line: every leg of what happened from `since` until before `until`, oldest first.

    Amounts are decimals of their currency. Last come the totals of each currency, where debit equals credit, and the
    digest of all lines before it, so that a copy can be checked.
    """
    yield from with_digest(_lines(session, since=since, until=until))


def trial_csv(lines: Iterable[TrialLine]) -> str:
    """Return a trial balance as CSV, with the totals of each currency last."""
    totals = Counter[tuple[str, str]]()
    told = [csv_line(("kind", "accounts_of", "number", "debit", "credit", "currency"))]
    for each in lines:
        totals[each.currency, "debit"] += each.debit_minor
        totals[each.currency, "credit"] += each.credit_minor
        debit, credit = (decimal_text(minor, each.currency) for minor in (each.debit_minor, each.credit_minor))
        told.append(csv_line((each.kind, each.code, str(each.accounts), debit, credit, each.currency)))
    for code in sorted({code for code, _ in totals}):
        debit, credit = (decimal_text(totals[code, side], code) for side in ("debit", "credit"))
        told.append(csv_line(("total", "", "", debit, credit, code)))
    return "".join(told)


def _lines(session: Session, *, since: datetime, until: datetime) -> Iterator[str]:
    totals = Counter[tuple[str, str]]()
    yield csv_line(_HEAD)
    rows = session.execute(
        text(
            "SELECT t.id, t.kind, t.occurred_at, t.order_ref, t.stripe_object, a.code, e.currency, e.amount "
            "FROM ledger_txn t JOIN ledger_entry e ON e.txn_id = t.id JOIN ledger_account a ON a.id = e.account_id "
            "WHERE t.occurred_at >= :since AND t.occurred_at < :until ORDER BY t.occurred_at, t.id, e.seq"
        ),
        {"since": since, "until": until},
        execution_options={"yield_per": _BATCH},
    )
    with closing(rows):
        for row in rows:
            yield _leg(row, totals)
    for code in sorted({code for code, _ in totals}):
        debit, credit = (decimal_text(totals[code, side], code) for side in ("debit", "credit"))
        yield csv_line(("total", "", "", "", debit, credit, code, "", ""))


def _leg(row: Row[Any], totals: Counter[tuple[str, str]]) -> str:
    side = "debit" if row.amount > 0 else "credit"
    totals[row.currency, side] += abs(row.amount)
    amount = decimal_text(abs(row.amount), row.currency)
    sides = (amount, "") if side == "debit" else ("", amount)
    at = row.occurred_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    refs = (row.order_ref or "", row.stripe_object or "")
    return csv_line((at, str(row.id), row.kind, row.code, *sides, row.currency, *refs))
