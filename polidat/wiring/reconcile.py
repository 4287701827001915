"""Compare the books with Stripe, for the nightly job and for an operator who does not want to wait."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from polidat.payments import Reconciled, reconcile, refresh_mirror

if TYPE_CHECKING:
    from polidat.wiring.house import House

_LOOK_BACK = timedelta(days=35)


def reconcile_books(house: "House", *, since: datetime, until: datetime) -> Reconciled:
    """Fetch every movement of the window from Stripe, compare, and note what does not agree. Raises StripeAway."""
    refresh_mirror(house.database, house.gateway, since=since)
    with house.unit_of_work() as session:
        return reconcile(session, since=since, until=until, now=house.now())


def reconcile_lately(house: "House") -> None:
    """Compare the last weeks."""
    now = house.now()
    reconcile_books(house, since=now - _LOOK_BACK, until=now)
