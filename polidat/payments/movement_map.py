"""Which leg of the books mirrors which movement at Stripe, as CSV."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from polidat.core import csv_line, decimal_text, with_digest
from polidat.db import sql_text
from polidat.payments.reconcile import compare

_HEAD = (
    "movement", "at", "category", "source", "currency", "amount", "fee", "net", "says", "transaction", "kind",
    "account", "debit", "credit", "leg_currency",
)  # fmt: skip


def movements_csv(session: Session, *, since: datetime, until: datetime, now: datetime) -> Iterator[str]:
    """Yield every movement at Stripe from `since` until before `until` with the legs that mirror it, oldest first.

    A movement stands on the line of each of its legs (its money, its fee, what repaired them); its amounts only on the
    first, so that columns can be added up. Legs without a movement have none before them. `says` is what a
    reconciliation says of the pair. Last come the totals of each currency and the digest of all lines. Needs a unit of
    work: the comparison fills a table of its own.
    """
    compare(session, since=since, until=until, now=now)
    yield from with_digest(_lines(session))


def _lines(session: Session) -> Iterator[str]:
    totals = Counter[tuple[str, str]]()
    before: tuple[object, ...] = ()
    yield csv_line(_HEAD)
    for row in session.execute(sql_text("polidat.payments", "movement_map")):
        pair = (row.bt_id, row.says, row.nth, row.at)
        is_first, before = pair != before, pair
        yield csv_line((*_movement(row, totals, is_first=is_first), row.says, *_leg(row, totals)))
    for code in sorted({code for code, _ in totals}):
        sums = {name: decimal_text(totals[code, name], code) for name in ("amount", "fee", "net", "debit", "credit")}
        theirs = (sums["amount"], sums["fee"], sums["net"])
        yield csv_line(("total", "", "", "", code, *theirs, "", "", "", "", sums["debit"], sums["credit"], code))


def _movement(row: Row[Any], totals: Counter[tuple[str, str]], *, is_first: bool) -> tuple[str, ...]:
    at = f"{row.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if not row.is_theirs:
        return (row.bt_id or "", at, "", "", "", "", "", "")
    amounts = {"amount": row.amount_minor, "fee": row.fee_minor, "net": row.net_minor} if is_first else {}
    for name, minor in amounts.items():
        totals[row.currency, name] += minor
    shown = (decimal_text(amounts.get(name), row.currency) for name in ("amount", "fee", "net"))
    return (row.bt_id, at, row.category, row.source or "", row.currency, *shown)


def _leg(row: Row[Any], totals: Counter[tuple[str, str]]) -> tuple[str, ...]:
    if row.txn_id is None:
        return ("",) * 6
    side = "debit" if row.leg_minor > 0 else "credit"
    totals[row.leg_currency, side] += abs(row.leg_minor)
    amount = decimal_text(abs(row.leg_minor), row.leg_currency)
    sides = (amount, "") if side == "debit" else ("", amount)
    return (str(row.txn_id), row.kind, row.code, *sides, row.leg_currency)
