"""Compare the books with Stripe, for the nightly job and for an operator who does not want to wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from polidat.orders import usage_unplanned
from polidat.payments import (
    BalanceLine,
    Payable,
    PayoutsChecked,
    Reconciled,
    SellerSideChecked,
    check_balance,
    check_payouts,
    check_seller_side,
    note_open_clearings,
    note_payables,
    payables,
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
    seller_side: SellerSideChecked
    payables: Sequence[Payable]
    open_clearings: int

    @property
    def is_clean(self) -> bool:
        """Whether everything that was looked at agrees."""
        agree = all(each.agrees for each in (*self.balances, *self.payables))
        wrong = self.payouts.wrong + self.seller_side.wrong + self.open_clearings
        return self.movements.is_clean and agree and not wrong


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
    arrived = check_seller_side(house.database, house.gateway, since=since, until=until, now=house.now())
    with house.database.snapshot() as session:
        owed = payables(session, unplanned=usage_unplanned(session))
    with house.unit_of_work() as session:
        found = reconcile(session, since=since, until=until, now=house.now())
        note_payables(session, owed, now=house.now())
        waiting = note_open_clearings(session, now=house.now())
    return BooksReport(found, balances or (), why, payouts, arrived, owed, waiting)


def reconcile_lately(house: "House") -> None:
    """Compare the last weeks, to the present."""
    now = house.now()
    reconcile_books(house, since=now - _LOOK_BACK, until=now + _TO_THE_PRESENT)
