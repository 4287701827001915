"""Paying into a wallet by a link that somebody else gets, such as whoever pays the bills."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from polidat.core import Conflict, Money
from polidat.db import Database
from polidat.events import record
from polidat.orders.models import TopUp
from polidat.orders.wallet import check_top_up, locked_top_up, note_top_up, own_top_up
from polidat.payments import Gateway, LinkItem, PaymentWish, close_payments, note_payment, open_link, payments_of
from polidat.people import Person

LINK_LASTS = timedelta(days=7)
_OPEN_MAX = 20
_BATCH = 200


@dataclass(frozen=True)
class TopUpLink:
    """A link that is open: anybody who has it may pay, once, until `top_up.payable_until`."""

    top_up: TopUp
    url: str


def ask_for_top_up(
    database: Database, gateway: Gateway, owner: Person, amount: Money, *, key: str, now: datetime
) -> TopUpLink:
    """Return a link by which somebody else pays into one's wallet, once, within a week.

    `key` names the click: the same key is the same link. What is unused goes back to the card that paid.
    Raises Invalid for an amount that cannot be charged, Conflict for a link that is paid or closed, or too many open
    ones, StripeAway.
    """
    check_top_up(amount)
    with database.unit_of_work() as session:
        top_up = note_top_up(session, owner, amount, key=key, until=now + LINK_LASTS, now=now)
        if top_up.paid_charge is not None or top_up.closed_at is not None:
            raise Conflict("This link was paid already, or is closed. Make another.")
        if _open_count(session, owner) > _OPEN_MAX:
            raise Conflict(f"You have {_OPEN_MAX} open links already. Close one first.")
        wish = PaymentWish(
            subject=top_up.public_id,
            seller_id=None,
            items=(LinkItem(f"PoliDat wallet of {owner.shown_name}", amount.minor),),
            currency=amount.currency,
            fee_minor=0,
            return_url="",
            thanks=f"Thank you. {amount} is in the PoliDat wallet of {owner.shown_name} in a moment.",
        )
        payment = note_payment(session, wish, now=now)
        if payment.link_url is None:
            told = {"amount": amount, "until": top_up.payable_until}
            record(session, "top_up_link", f"top_up:{top_up.public_id}", by=owner.id, after=told)
    return TopUpLink(top_up, open_link(database, gateway, payment.public_id, now=now))


def top_up_links_of(session: Session, owner: Person, *, now: datetime) -> Sequence[TopUpLink]:
    """Return one's links that are open, the newest first."""
    mine = (TopUp.person_id == owner.id) & (TopUp.payable_until > now) & _unpaid()
    found = session.scalars(select(TopUp).where(mine).order_by(TopUp.id.desc())).all()
    asked = {each.public_id: payments_of(session, each.public_id) for each in found}
    return [
        TopUpLink(each, url)
        for each in found
        if asked[each.public_id] and (url := asked[each.public_id][0].link_url) is not None
    ]


def close_top_up_link(session: Session, owner: Person, ref: str, *, now: datetime) -> None:
    """Let nobody begin to pay by a link any more. Raises NoSuchTopUp, Conflict when it is paid or closed already."""
    own_top_up(session, owner, ref)
    top_up = locked_top_up(session, ref)
    if top_up is None or top_up.payable_until is None or top_up.paid_charge is not None or top_up.closed_at is not None:
        raise Conflict("This link was paid already, or is closed.")
    _close(session, top_up, now=now)
    record(session, "top_up_link", f"top_up:{ref}", by=owner.id, after={"until": now})


def expire_top_up_links(session: Session, *, now: datetime) -> int:
    """Close the links nobody paid in time; returns how many. Run it every few minutes.

    Who had begun to pay before may still do so: money that comes is always credited.
    """
    due = select(TopUp).where((TopUp.payable_until <= now) & _unpaid()).order_by(TopUp.id).limit(_BATCH)
    late = session.scalars(due.with_for_update(skip_locked=True)).all()
    for each in late:
        _close(session, each, now=now)
    return len(late)


def _close(session: Session, top_up: TopUp, *, now: datetime) -> None:
    top_up.closed_at = now
    session.flush()
    close_payments(session, top_up.public_id)


def _unpaid() -> ColumnElement[bool]:
    return TopUp.paid_charge.is_(None) & TopUp.closed_at.is_(None)


def _open_count(session: Session, owner: Person) -> int:
    mine = (TopUp.person_id == owner.id) & TopUp.payable_until.is_not(None) & _unpaid()
    return session.scalar(select(func.count()).select_from(TopUp).where(mine)) or 0
