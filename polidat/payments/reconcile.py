"""Compare the books with Stripe, movement by movement, and see that the comparison itself adds up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.db import Database, sql_text
from polidat.events import emit
from polidat.payments.discrepancy import Difference, note_differences
from polidat.payments.events import BooksDisagree
from polidat.payments.gateway import Gateway
from polidat.payments.mirror import mirror_movements
from polidat.payments.rules import KNOWN_CATEGORIES

GRACE = timedelta(hours=2)  # an event about it may still be on its way
OVERLAP = timedelta(days=2)  # Stripe changes what it said, and adds to the past
AGREE = ("matched", "linked_by_source")
TIMING = ("timing_here", "timing_there")
WRONG = (
    "amount_mismatch", "fee_mismatch", "currency_mismatch", "missing_here", "missing_there", "unknown_type",
)  # fmt: skip
_BATCH = 500


@dataclass(frozen=True)
class Identity:
    """One side of one currency: what there was, what moved as the pairs have it, what there is by its own table."""

    side: str
    currency: str
    opening_minor: int
    moved_minor: int
    closing_minor: int

    @property
    def holds(self) -> bool:
        """Whether opening and movements come to the closing."""
        return self.opening_minor + self.moved_minor == self.closing_minor


@dataclass(frozen=True)
class Reconciled:
    """What a comparison found: how many pairs of each category, and by currency both sides and their difference.

    `categories` is what each category but the agreeing ones differs by, in minor units by currency. `faults` say in
    words why the report itself is wrong; empty when it adds up.
    """

    since: datetime
    until: datetime
    counts: Mapping[str, int]
    identities: Sequence[Identity]
    categories: Mapping[tuple[str, str], int]
    faults: Sequence[str]

    @property
    def explained(self) -> bool:
        """Whether the report adds up."""
        return not self.faults

    @property
    def is_clean(self) -> bool:
        """Whether everything agrees, or is too young to be judged."""
        return self.explained and not set(self.counts) - {*AGREE, *TIMING}

    @property
    def currencies(self) -> Sequence[str]:
        """The currencies that ever moved, in order."""
        return sorted({each.currency for each in self.identities})

    def difference(self, currency: str) -> Money:
        """Return what moved at Stripe more than in the books."""
        sides = {each.side: each.moved_minor for each in self.identities if each.currency == currency}
        return Money(sides.get("Stripe", 0) - sides.get("books", 0), currency)


def refresh_mirror(database: Database, gateway: Gateway, *, since: datetime) -> int:
    """Copy every movement since then, less the overlap; return how many."""
    movements = list(gateway.movements_since(since - OVERLAP))
    for start in range(0, len(movements), _BATCH):
        with database.unit_of_work() as session:
            mirror_movements(session, movements[start : start + _BATCH])
    return len(movements)


def reconcile(session: Session, *, since: datetime, until: datetime, now: datetime) -> Reconciled:
    """Compare the window [since, until), note what does not agree, and close what agrees again.

    The mirror should be fresh: call `refresh_mirror` before.
    """
    compare(session, since=since, until=until, now=now)
    found = _reported(session, since=since, until=until)
    wrong = session.execute(
        text("SELECT * FROM reconciled WHERE category = ANY (:wrong)"), {"wrong": list(WRONG)}
    ).all()
    differences = [_difference(pair) for pair in wrong]
    note_differences(session, differences, of=WRONG, since=since, until=until, now=now)
    if wrong:
        emit(session, BooksDisagree(len(wrong), now))
    return found


def compare(session: Session, *, since: datetime, until: datetime, now: datetime) -> None:
    """Fill the table `reconciled` with every pair of the window; it lives as long as this unit of work."""
    session.execute(text("DROP TABLE IF EXISTS pg_temp.reconciled"))
    # each step of the statement is planned as if it were one row, and looping over hundred thousands takes minutes
    session.execute(text("SET LOCAL enable_nestloop = off"))
    session.execute(
        sql_text("polidat.payments", "reconcile"),
        {"since": since, "until": until, "grace": now - GRACE, "known": list(KNOWN_CATEGORIES)},
    )
    session.execute(text("SET LOCAL enable_nestloop = on"))


def _reported(session: Session, *, since: datetime, until: datetime) -> Reconciled:
    counts = Counter[str]()
    moved = {"Stripe": Counter[str](), "books": Counter[str]()}
    categories = Counter[tuple[str, str]]()
    for row in session.execute(sql_text("polidat.payments", "reconciled_sums")):
        counts[row.category] += row.pairs
        moved[row.side][row.currency] += row.minor
        if row.category not in AGREE:
            categories[row.category, row.currency] += row.minor if row.side == "Stripe" else -row.minor
    ends = session.execute(sql_text("polidat.payments", "balances_around"), {"since": since, "until": until})
    identities = [
        Identity(each.side, each.currency, each.opening, moved[each.side].pop(each.currency, 0), each.closing)
        for each in ends
    ]
    for side, left in moved.items():
        identities += [Identity(side, code, 0, minor, 0) for code, minor in sorted(left.items())]
    faults = [*_broken(identities), *_unexplained(identities, categories)]
    return Reconciled(since, until, dict(counts), identities, dict(categories), faults)


def _broken(identities: Iterable[Identity]) -> Iterable[str]:
    for each in identities:
        if not each.holds:
            amounts = (each.opening_minor, each.moved_minor, each.closing_minor)
            opening, moved, closing = (Money(minor, each.currency) for minor in amounts)
            yield f"{each.side}: {opening} before and {moved} moved do not come to {closing}."


def _unexplained(identities: Iterable[Identity], categories: Mapping[tuple[str, str], int]) -> Iterable[str]:
    """The two sides' own tables must differ by what the categories differ by."""
    apart = Counter[str]()
    for each in identities:
        grown = each.closing_minor - each.opening_minor
        apart[each.currency] += grown if each.side == "Stripe" else -grown
    told = Counter[str]()
    for (_, currency), minor in categories.items():
        told[currency] += minor
    for code in sorted({*apart, *told}):
        if apart[code] != told[code]:
            yield f"The sides differ by {Money(apart[code], code)}, the categories by {Money(told[code], code)}."


def _difference(pair: Any) -> Difference:
    place = f":{pair.nth}" if pair.nth > 1 else ""  # a movement may have legs in several currencies
    return Difference(
        key=f"{pair.category}:{pair.bt_id or pair.txn_id}{place}",
        category=pair.category,
        currency=pair.currency,
        theirs_minor=pair.theirs_minor,
        ours_minor=pair.ours_minor,
        moved_at=pair.at,
        bt_id=pair.bt_id,
        txn_id=pair.txn_id,
    )
