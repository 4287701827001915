"""Compare the books with Stripe, for the nightly job and for an operator who does not want to wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from polidat.payments import (
    BalanceLine,
    PayoutsChecked,
    Reconciled,
    check_balance,
    check_payouts,
    reconcile,
    refresh_mirror,
)

if TYPE_CHECKING:
    from polidat.wiring.house import House

_LOOK_BACK = timedelta(days=35)
_TO_THE_PRESENT = timedelta(days=1)  # nothing that happens meanwhile may fall out of the window


@dataclass(frozen=True)
class BooksReport:
    """Everything a comparison found.

    `balances` is empty, and `why_no_balance` says why, for days that are over and when the balance never stood still.
    """

    movements: Reconciled
    balances: Sequence[BalanceLine]
    why_no_balance: str
    payouts: PayoutsChecked

    @property
    def is_clean(self) -> bool:
        """Whether everything that was looked at agrees."""
        return self.movements.is_clean and all(each.agrees for each in self.balances) and self.payouts.is_clean


def reconcile_books(house: "House", *, since: datetime, until: datetime) -> BooksReport:
    """Fetch every movement of the window from Stripe, compare, and note what does not agree. Raises StripeAway."""
    balances: Sequence[BalanceLine] | None = ()
    why = "These days are over, and Stripe tells only the balance of now."
    if until > house.now():
        balances = check_balance(house.database, house.gateway, since=since, now=house.now())
        why = "" if balances is not None else "The balance moved each time it was read. Try again at a quieter moment."
    else:
        refresh_mirror(house.database, house.gateway, since=since)
    payouts = check_payouts(house.database, house.gateway, now=house.now())
    with house.unit_of_work() as session:
        found = reconcile(session, since=since, until=until, now=house.now())
    return BooksReport(found, balances or (), why, payouts)


def reconcile_lately(house: "House") -> None:
    """Compare the last weeks, to the present."""
    now = house.now()
    reconcile_books(house, since=now - _LOOK_BACK, until=now + _TO_THE_PRESENT)
