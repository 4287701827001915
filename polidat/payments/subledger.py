"""See that what the books owe sellers is what waits to be sent, and that no clearing account keeps money for days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.db import sql_text
from polidat.ledger import open_clearings, seller_payable
from polidat.payments.discrepancy import Difference, note_differences

PAYABLE, CLEARING = "payable_mismatch", "clearing_open"
_CLEARS_WITHIN = timedelta(hours=24)


@dataclass(frozen=True)
class Payable:
    """What the books owe a seller, what transfers wait to be sent, and what is earned but not planned, by currency."""

    seller: str
    currency: str
    owed_minor: int
    waiting_minor: int
    unplanned_minor: int

    @property
    def agrees(self) -> bool:
        """Whether all that is owed is on its way or earned today."""
        return self.owed_minor == self.waiting_minor + self.unplanned_minor

    @property
    def owed(self) -> Money:
        """What the books owe."""
        return Money(self.owed_minor, self.currency)


def payables(session: Session, *, unplanned: Mapping[tuple[int, str], int]) -> Sequence[Payable]:
    """Return what is owed to sellers beside what waits, for each seller and currency where one of them is not zero.

    `unplanned` is what was earned since transfers were last planned, by seller and currency. Read it in the same
    transaction, and let that be of one moment.
    """
    left = {(str(seller), code): minor for (seller, code), minor in unplanned.items()}
    found = [
        Payable(row.seller, row.currency, row.owed, row.waiting, left.pop((row.seller, row.currency), 0))
        for row in session.execute(sql_text("polidat.payments", "payables"))
    ]
    found += [Payable(seller, code, 0, 0, minor) for (seller, code), minor in sorted(left.items())]
    return [each for each in found if each.owed_minor or each.waiting_minor or each.unplanned_minor]


def note_payables(session: Session, found: Sequence[Payable], *, now: datetime) -> int:
    """Note which sellers are owed something else than what waits for them, and return how many."""
    wrong = [
        Difference(
            key=f"payable:{each.seller}:{each.currency}",
            category=PAYABLE,
            currency=each.currency,
            theirs_minor=each.waiting_minor + each.unplanned_minor,
            ours_minor=each.owed_minor,
            moved_at=now,
            about=seller_payable(each.seller),
        )
        for each in found
        if not each.agrees
    ]
    note_differences(session, wrong, of=(PAYABLE,), now=now)
    return len(wrong)


def note_open_clearings(session: Session, *, now: datetime) -> int:
    """Note the clearing accounts that have not been at zero for a day, and return how many."""
    wrong = [
        Difference(
            key=f"clearing:{each.code}:{each.currency}",
            category=CLEARING,
            currency=each.currency,
            theirs_minor=0,
            ours_minor=each.minor,
            moved_at=each.since,
            about=each.code,
        )
        for each in open_clearings(session, before=now - _CLEARS_WITHIN)
    ]
    note_differences(session, wrong, of=(CLEARING,), now=now)
    return len(wrong)
