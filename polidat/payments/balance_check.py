"""What Stripe says the house has, beside what the books say: read while nothing moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from polidat.core import Money
from polidat.db import Database, sql_text
from polidat.ledger import STRIPE
from polidat.payments.discrepancy import Difference, note_differences
from polidat.payments.facts import PlatformBalance
from polidat.payments.gateway import Gateway
from polidat.payments.reconcile import GRACE, refresh_mirror

CATEGORY = "balance_mismatch"
_TRIES = 3


@dataclass(frozen=True)
class BalanceLine:
    """One currency: Stripe's balance, the sum of all mirrored movements, the books, and what is too young to judge."""

    currency: str
    available_minor: int
    pending_minor: int
    reserved_minor: int
    mirrored_minor: int
    books_minor: int
    timing_minor: int

    @property
    def stripe(self) -> Money:
        """What Stripe says, available, on its way and reserved."""
        return Money(self.available_minor + self.pending_minor + self.reserved_minor, self.currency)

    @property
    def books(self) -> Money:
        """What the books say, with what is too young to be in them."""
        return Money(self.books_minor + self.timing_minor, self.currency)

    @property
    def mirrored(self) -> Money:
        """What the movements we know of come to."""
        return Money(self.mirrored_minor, self.currency)

    @property
    def agrees(self) -> bool:
        """Whether balance, movements and books are the same."""
        return self.stripe.minor == self.mirrored_minor == self.books.minor


def check_balance(
    database: Database, gateway: Gateway, *, since: datetime, now: datetime
) -> Sequence[BalanceLine] | None:
    """Set Stripe's balance beside mirror and books, currency by currency, and note where they differ.

    Every movement since then is copied first. Only a balance that did not move meanwhile can be compared: it is read
    before and after, again when it moved; None when it moved each time, and nothing is noted. Raises StripeAway.
    """
    for _ in range(_TRIES):
        before = _wholes(gateway.platform_balance())
        refresh_mirror(database, gateway, since=since)
        with database.reading() as session:
            kept = session.execute(sql_text("polidat.payments", "balance_lines"), {"grace": now - GRACE}).all()
        found = gateway.platform_balance()
        if _wholes(found) != before:
            continue
        lines = _lines(found, {each.currency: (each.mirrored, each.books, each.timing) for each in kept})
        with database.unit_of_work() as session:
            wrong = [_difference(each, now) for each in lines if not each.agrees]
            note_differences(session, wrong, of=(CATEGORY,), now=now)
        return lines
    return None


def _lines(found: Sequence[PlatformBalance], kept: Mapping[str, tuple[int, int, int]]) -> Sequence[BalanceLine]:
    told = {each.currency: each for each in found}
    lines: list[BalanceLine] = []
    for code in sorted({*told, *kept}):
        at = told.get(code, PlatformBalance(code, 0, 0, 0))
        amounts = (at.available_minor, at.pending_minor, at.reserved_minor, *kept.get(code, (0, 0, 0)))
        lines.append(BalanceLine(code, *amounts))
    return lines


def _difference(line: BalanceLine, now: datetime) -> Difference:
    amounts = (line.stripe.minor, line.books.minor)
    return Difference(f"balance:{line.currency}", CATEGORY, line.currency, *amounts, now, about=STRIPE)


def _wholes(found: Sequence[PlatformBalance]) -> Mapping[str, int]:
    return {each.currency: each.whole_minor for each in found if each.whole_minor}
