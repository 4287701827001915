"""Send sellers what uses paid from wallets have earned them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.access import usage_owed
from polidat.core import Money
from polidat.ledger import Refs, balance_of, credit, debit, post, seller_payable, seller_receivable
from polidat.orders.exchange import exchange_for_seller
from polidat.orders.models import UsagePayout
from polidat.payments import plan_transfer

_SUBJECT = "usage"


def pay_usage(session: Session, *, now: datetime) -> int:
    """Plan a transfer to every seller for what was earned since the last, less what the seller owes; returns how many.

    Run it every night.
    """
    planned = 0
    for (seller_id, code), earned_minor in sorted(usage_owed(session).items()):
        row = _locked(session, seller_id, code)
        due = Money(earned_minor - row.planned_minor, code)
        if due.minor <= 0:
            continue
        row.planned_minor = earned_minor
        subject = f"{_SUBJECT}_{seller_id}_{earned_minor}"
        rest = due - _net(session, seller_id, due, subject, now=now)
        kept = exchange_for_seller(session, seller_id, rest, subject=subject, now=now) if rest.minor else None
        if kept is not None:  # Stripe has exchanged what was paid in: it is sent in the currency that is there
            rest = kept - _net(session, seller_id, kept, f"{subject}_{kept.currency}", now=now)
        if rest.minor:
            plan_transfer(session, None, subject, seller_id, rest, now=now)
            planned += 1
    session.flush()
    return planned


def usage_unplanned(session: Session) -> Mapping[tuple[int, str], int]:
    """Return what sellers have earned by use that no transfer is planned for yet, by seller and currency."""
    planned = {(row.seller_id, row.currency): row.planned_minor for row in session.scalars(select(UsagePayout))}
    rest = {key: minor - planned.get(key, 0) for key, minor in usage_owed(session).items()}
    return {key: minor for key, minor in rest.items() if minor}


def take_unplanned(session: Session, seller_id: int, most: Money) -> Money:
    """Take up to so much out of what a seller has earned by use and no transfer is planned for; return what was taken.

    The caller posts it: it is not sent any more.
    """
    row = _locked(session, seller_id, most.currency)
    left_minor = usage_owed(session).get((seller_id, most.currency), 0) - row.planned_minor
    taken = Money(max(0, min(left_minor, most.minor)), most.currency)
    row.planned_minor += taken.minor
    session.flush()
    return taken


def _net(session: Session, seller_id: int, due: Money, subject: str, *, now: datetime) -> Money:
    owes_minor = max(0, balance_of(session, seller_receivable(seller_id), due.currency))
    netted = Money(min(owes_minor, due.minor), due.currency)
    if netted.minor:
        legs = [debit(seller_payable(seller_id), netted), credit(seller_receivable(seller_id), netted)]
        post(session, f"net:{subject}", "netting", legs, occurred_at=now, refs=Refs(order_ref=subject))
    return netted


def _locked(session: Session, seller_id: int, code: str) -> UsagePayout:
    opened = insert(UsagePayout).values(seller_id=seller_id, currency=code, planned_minor=0)
    session.execute(opened.on_conflict_do_nothing(index_elements=["seller_id", "currency"]))
    mine = (UsagePayout.seller_id == seller_id) & (UsagePayout.currency == code)
    row = select(UsagePayout).where(mine).with_for_update()
    return session.scalars(row.execution_options(populate_existing=True)).one()
