"""Give back what of a month of hosting is unused, because a card pays for it from now on."""

from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Money, half_away
from polidat.events import emit
from polidat.ledger import HOSTING, Refs, balance_of, credit, debit, post, seller_payable, seller_receivable
from polidat.orders.events import HostingGivenBack
from polidat.orders.host_models import HostingMonth, NettedHosting
from polidat.payments import plan_transfer

_INSTANT = timedelta(microseconds=1)


def give_months_back(session: Session, netted: NettedHosting, *, paid_from: datetime, now: datetime) -> Money:
    """Give back, to the second, what months taken out of earnings cover after `paid_from`; return how much that is.

    It pays what the owner owes first; a transfer is planned for the rest.
    """
    later = (HostingMonth.store_id == netted.store_id) & (HostingMonth.ends_at > paid_from)
    whole = Money(0, netted.currency)
    for month in session.scalars(select(HostingMonth).where(later).order_by(HostingMonth.starts_at)).all():
        whole += _give_back(session, netted, month, paid_from=paid_from, now=now)
    return whole


def _give_back(
    session: Session, netted: NettedHosting, month: HostingMonth, *, paid_from: datetime, now: datetime
) -> Money:
    ends_at = max(paid_from, month.starts_at)
    unused = Fraction((month.ends_at - ends_at) // _INSTANT, (month.ends_at - month.starts_at) // _INSTANT)
    back = Money(half_away(unused * (month.netted_minor + month.owed_minor)), month.currency)
    month.ends_at, month.returned_minor = ends_at, back.minor
    session.flush()
    if not back.minor:
        return back
    owes_minor = balance_of(session, seller_receivable(netted.owner_id), month.currency)
    off = Money(max(0, min(owes_minor, back.minor)), month.currency)
    legs = [
        debit(HOSTING, back),
        credit(seller_receivable(netted.owner_id), off),
        credit(seller_payable(netted.owner_id), back - off),
    ]
    ref = f"{netted.store_id}_{month.starts_at:%Y%m%dT%H%M%S}"
    moving = [leg for leg in legs if leg.minor]
    post(session, f"hosting_back:{ref}", "hosting_back", moving, occurred_at=now, refs=Refs(order_ref=_subject(netted)))
    if off != back:
        plan_transfer(session, None, _subject(netted), netted.owner_id, back - off, ref=f"host_{ref}", now=now)
    emit(session, HostingGivenBack(netted.store_id, netted.owner_id, back.minor, back.currency, month.starts_at, now))
    return back


def _subject(netted: NettedHosting) -> str:
    return f"store_{netted.store_id}"
