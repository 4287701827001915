"""Tell sellers and buyers by mail how a dispute stands, in the transaction in which it came to stand so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.orders.dispute import disputed_parts
from polidat.orders.find import order_by_ref
from polidat.orders.letters import titles
from polidat.orders.letters_dispute import (
    Disputed,
    access_back,
    access_ended,
    access_rests,
    sale_disputed,
    sale_lost,
    sale_won,
    wallet_decided,
    wallet_rests,
)
from polidat.orders.models import OrderLine, Subscription, SubscriptionKind, SubscriptionPayment, TopUp
from polidat.orders.refund import paid_lines
from polidat.orders.rules import disputed_shares
from polidat.orders.subscribe import as_line
from polidat.orders.tell import post_letter
from polidat.payments import DISPUTE_ENDS, Dispute, DisputeMoved, disputes_of
from polidat.people import house_link, was_mailed

_OVER = ("won", "warning_closed", "prevented")


@dataclass(frozen=True)
class _Side:
    """What a dispute is about as one person sees it, and in minor units what a seller bears of it."""

    person_id: int
    found: Disputed
    share_minor: int = 0


@dataclass(frozen=True)
class _About:
    """Both sides of a disputed sale, and what of it ends for the buyer when it is lost."""

    buyer: _Side
    sellers: Sequence[_Side]
    ended: str


def tell_dispute(session: Session, fact: DisputeMoved) -> None:
    """Tell both sides of a dispute that it was opened, and how it ended, once each. The reaction to DisputeMoved."""
    dispute = next((each for each in disputes_of(session, fact.subject) if each.id == fact.dispute_id), None)
    if dispute is None:
        return
    _tell_wallet(session, fact)
    about = _of_order(session, fact, dispute) or _of_subscription(session, fact, dispute)
    if about is None:
        return
    if fact.state == "lost":
        _tell_lost(session, fact, about)
    elif fact.state in _OVER:
        _tell_over(session, fact, about)
    else:
        _tell_opened(session, fact, dispute, about)


def _tell_opened(session: Session, fact: DisputeMoved, dispute: Dispute, about: _About) -> None:
    is_inquiry = not fact.withdrawn_minor
    phase = "asked" if is_inquiry else "opened"
    for each in about.sellers:
        told = sale_disputed(each.found, dispute.respond_by, is_inquiry=is_inquiry)
        post_letter(session, each.person_id, told, once=_once(fact, phase, each), now=fact.at)
    if not is_inquiry:
        once = _once(fact, phase, about.buyer)
        post_letter(session, about.buyer.person_id, access_rests(about.buyer.found), once=once, now=fact.at)


def _tell_lost(session: Session, fact: DisputeMoved, about: _About) -> None:
    if not fact.withdrawn_minor:
        return  # the bank has not taken anything yet
    code = fact.settled_currency
    for each in about.sellers:
        held = fact.held_minor if fact.seller == str(each.person_id) else 0
        share, owed = Money(each.share_minor, code), Money(max(each.share_minor - held, 0), code)
        once = _once(fact, "lost", each)
        post_letter(session, each.person_id, sale_lost(each.found, share, owed), once=once, now=fact.at)
    once = _once(fact, "lost", about.buyer)
    post_letter(session, about.buyer.person_id, access_ended(about.buyer.found, about.ended), once=once, now=fact.at)


def _tell_over(session: Session, fact: DisputeMoved, about: _About) -> None:
    was_told = was_mailed(session, _once(fact, "opened", about.buyer))
    for each in about.sellers:
        held = Money(fact.held_minor if fact.seller == str(each.person_id) else 0, fact.settled_currency)
        told = sale_won(each.found, held, is_inquiry=not was_told)
        post_letter(session, each.person_id, told, once=_once(fact, "over", each), now=fact.at)
    if was_told:
        once = _once(fact, "over", about.buyer)
        post_letter(session, about.buyer.person_id, access_back(about.buyer.found), once=once, now=fact.at)


def _tell_wallet(session: Session, fact: DisputeMoved) -> None:
    top_up = session.scalar(select(TopUp).where(TopUp.public_id == fact.subject))
    if top_up is None:
        return
    amount, page = Money(fact.amount_minor, fact.currency), house_link(session, "/wallet")
    once = f"dispute:{fact.dispute_id}:wallet"
    if fact.state not in DISPUTE_ENDS and fact.withdrawn_minor:
        post_letter(session, top_up.person_id, wallet_rests(amount, page), once=once, now=fact.at)
    elif fact.state in DISPUTE_ENDS and was_mailed(session, once):
        told = wallet_decided(amount, page, is_lost=fact.state == "lost")
        post_letter(session, top_up.person_id, told, once=f"{once}:over", now=fact.at)


def _of_order(session: Session, fact: DisputeMoved, dispute: Dispute) -> _About | None:
    order = order_by_ref(session, fact.subject)
    if order is None or order.paid_charge != fact.charge_id:
        return None
    paid, parts = disputed_parts(session, order, fact)
    touched = [line for line in order.lines if parts.get(line.number)]
    left = {line.number for line in paid_lines(session, order) if line.left_minor}
    ended = [line for line in touched if line.number not in left]
    shares = disputed_shares(fact.withdrawn_minor, paid, parts)
    whole = Disputed(
        what=titles(touched),
        amount=Money(sum(parts.values()), order.currency),
        reason=dispute.reason,
        about=f"Order {order.public_id}",
        page=house_link(session, f"/order?order={order.public_id}"),
    )
    sales = house_link(session, "/sales")
    sides = [
        _Side(seller, _part(whole, touched, seller, parts, sales), shares.get(seller, 0))
        for seller in sorted({line.seller_id for line in touched})
    ]
    return _About(_Side(order.buyer_id, whole), sides, titles(ended) if ended else "")


def _part(whole: Disputed, lines: Sequence[OrderLine], seller: int, parts: Mapping[int, int], page: str) -> Disputed:
    """What of it is one seller's: nobody hears what else is in the order."""
    mine = [line for line in lines if line.seller_id == seller]
    minor = sum(parts[line.number] for line in mine)
    return replace(whole, what=titles(mine), amount=Money(minor, whole.amount.currency), page=page)


def _of_subscription(session: Session, fact: DisputeMoved, dispute: Dispute) -> _About | None:
    found = session.scalar(select(Subscription).where(Subscription.public_id == fact.subject))
    paid = session.get(SubscriptionPayment, fact.charge_id) if found is not None else None
    if found is None or paid is None or found.kind == SubscriptionKind.HOSTING:
        return None
    amount = Money(fact.amount_minor, fact.currency)
    page, sales = house_link(session, "/subscriptions"), house_link(session, "/sales")
    whole = Disputed(f"“{found.title}”", amount, dispute.reason, f"Subscription {found.public_id}", page)
    assert found.seller_id is not None  # a subscription to data has it
    line = as_line(found, paid)
    share = sum(disputed_shares(fact.withdrawn_minor, [line], {1: fact.amount_minor}).values())
    seller = _Side(found.seller_id, replace(whole, page=sales), share)
    return _About(_Side(found.person_id, whole), [seller], whole.what)


def _once(fact: DisputeMoved, phase: str, side: _Side) -> str:
    return f"dispute:{fact.dispute_id}:{phase}:{side.person_id}"
