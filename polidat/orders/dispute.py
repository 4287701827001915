"""What a dispute does to an order: access rests while the bank decides, and ends or comes back with its word."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.access import restore_held, revoke, suspend
from polidat.core import Money, NotFound
from polidat.db import Database
from polidat.ledger import COMMISSION, Leg, Refs, credit, debit, dispute_clearing, post, seller_hold, seller_payable
from polidat.ledger import seller_receivable as receivable
from polidat.orders.find import disputes_about
from polidat.orders.holds import dispute_hold
from polidat.orders.models import Order
from polidat.orders.parcel import stop_unsent
from polidat.orders.refund import locked_order, paid_lines
from polidat.orders.rules import disputed_shares, spread
from polidat.payments import (
    DisputeMoved,
    Gateway,
    accept_dispute,
    answer_dispute,
    hold_from_seller,
    send_back_to_seller,
)
from polidat.people import Person

_DECIDED_FOR_US = ("won", "warning_closed", "prevented")


def follow_dispute(session: Session, fact: DisputeMoved) -> None:
    """Suspend, end or restore access, and share what was lost. The reaction to DisputeMoved.

    An inquiry moves no money and leaves access as it is. While a dispute is open the seller's part is taken back, so
    that it is there when the bank keeps the money.
    """
    order = locked_order(session, fact.subject)
    if order is None or order.paid_charge != fact.charge_id:
        return
    lines = paid_lines(session, order)
    parts = spread(fact.amount_minor, lines)
    refs = [f"{order.public_id}:{number}" for number, minor in parts.items() if minor]
    if fact.state == "lost":
        _share_loss(session, order, fact, disputed_shares(fact.withdrawn_minor, lines, parts))
        for each in refs:
            revoke(session, each, now=fact.at)
        lost = {number for number, minor in parts.items() if minor}
        stop_unsent(session, order, lost, "Your bank has given you the money back.", now=fact.at)
    elif fact.state in _DECIDED_FOR_US:
        _release(session, order, fact)
        restore_held(session, dispute_hold(fact.dispute_id), now=fact.at)
    elif fact.withdrawn_minor:
        for each in refs:
            suspend(session, each, cause=dispute_hold(fact.dispute_id), now=fact.at)
        if not fact.held_minor:
            hold_from_seller(
                session, fact.dispute_id, sum(disputed_shares(fact.withdrawn_minor, lines, parts).values())
            )


def answer_for_sale(
    database: Database, gateway: Gateway, by: Person, dispute_id: str, evidence: Mapping[str, str], *, now: datetime
) -> None:
    """Send the bank what speaks for a sale, once and for all. Only its seller and operators may.

    Raises NotFound for anybody else, Conflict for one that is not to be answered, Invalid, StripeAway.
    """
    _check_theirs(database, by, dispute_id)
    answer_dispute(database, gateway, dispute_id, evidence, submit=True, by=by.id, now=now)


def give_up_sale(database: Database, gateway: Gateway, by: Person, dispute_id: str, *, now: datetime) -> None:
    """Accept a dispute: it is lost. Only the seller and operators may. Raises NotFound, Conflict, StripeAway."""
    _check_theirs(database, by, dispute_id)
    accept_dispute(database, gateway, dispute_id, by=by.id, now=now)


def _check_theirs(database: Database, by: Person, dispute_id: str) -> None:
    with database.reading() as session:
        if dispute_id not in {each.id for each in disputes_about(session, by, limit=None)}:
            raise NotFound("There is no such dispute over what you sold.")


def _share_loss(session: Session, order: Order, fact: DisputeMoved, shares: dict[int, int]) -> None:
    """The seller bears the seller's share, out of what was held and else as a debt; the house gives up its own."""
    if not fact.withdrawn_minor:
        return  # the bank has not taken anything yet
    code, whole = fact.settled_currency, fact.withdrawn_minor
    held = {int(fact.seller): fact.held_minor} if fact.held_minor and fact.seller.isdigit() else {}
    legs: list[Leg] = []
    for seller_id, minor in shares.items():
        from_hold = min(minor, held.get(seller_id, 0))
        legs += [debit(seller_hold(seller_id), Money(from_hold, code))]
        legs += [debit(receivable(seller_id), Money(minor - from_hold, code))]
    legs.append(debit(COMMISSION, Money(whole - sum(shares.values()), code)))
    legs.append(credit(dispute_clearing(fact.dispute_id), Money(whole, code)))
    _post(session, order, fact, "dispute_lost", legs)


def _release(session: Session, order: Order, fact: DisputeMoved) -> None:
    if not fact.held_minor:
        return
    held = Money(fact.held_minor, fact.settled_currency)
    legs = [debit(seller_hold(fact.seller), held), credit(seller_payable(fact.seller), held)]
    _post(session, order, fact, "dispute_won", legs)
    if fact.seller.isdigit():
        send_back_to_seller(session, order.public_id, fact.dispute_id, int(fact.seller), held, now=fact.at)


def _post(session: Session, order: Order, fact: DisputeMoved, kind: str, legs: list[Leg]) -> None:
    refs = Refs(stripe_object=fact.dispute_id, order_ref=order.public_id)
    moving = [leg for leg in legs if leg.minor]
    post(session, f"{kind}:{fact.dispute_id}", kind, moving, occurred_at=fact.at, refs=refs)
