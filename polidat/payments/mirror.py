"""Keep a copy of every movement of our money at Stripe, and see that each of them is in the books."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.ledger import Refs, booked_movements, post
from polidat.payments.facts import Movement
from polidat.payments.mirrored import BalanceTransaction, SellerMovement
from polidat.payments.rules import is_of_a_sale, suspense_legs

_GRACE = timedelta(hours=2)  # an event about it may still be on its way


def mirror_movements(session: Session, movements: Sequence[Movement]) -> None:
    """Copy the movements; of one that is known only its availability can have changed."""
    if not movements:
        return
    row = insert(BalanceTransaction).values([vars(each) for each in movements])
    changed = {"status": row.excluded.status, "available_at": row.excluded.available_at}
    session.execute(row.on_conflict_do_update(index_elements=["id"], set_=changed))


def mirror_seller_movements(session: Session, account: str, movements: Sequence[Movement]) -> None:
    """Copy movements of a seller's account, as `mirror_movements` does those of the platform."""
    if not movements:
        return
    row = insert(SellerMovement).values([{**vars(each), "account": account} for each in movements])
    changed = {"status": row.excluded.status, "available_at": row.excluded.available_at}
    session.execute(row.on_conflict_do_update(index_elements=["id"], set_=changed))


def check_booked(session: Session, movements: Sequence[Movement], *, now: datetime) -> int:
    """Return how many movements should be in the books by now and are not.

    What belongs to no sale (a refund made at Stripe, a dispute, a fee) is booked against suspense, where it is an
    alarm: the books say what Stripe says, whatever it was for.
    """
    booked = booked_movements(session, [each.id for each in movements])
    missing = [each for each in movements if each.id not in booked and each.net_minor]
    for each in missing:
        if not is_of_a_sale(each):
            refs = Refs(stripe_object=each.source, meta={"category": each.category})
            post(session, f"bt:{each.id}", "unexplained", suspense_legs(each), occurred_at=each.created_at, refs=refs)
    return sum(is_of_a_sale(each) and each.created_at < now - _GRACE for each in missing)
