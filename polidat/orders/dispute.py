"""What a dispute does to an order: access rests while the bank decides, and ends or comes back with its word."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from polidat.access import restore_held, revoke, suspend
from polidat.core import Money, NotAllowed, NotFound
from polidat.db import Database
from polidat.events import emit
from polidat.ledger import (
    COMMISSION,
    Leg,
    Refs,
    balance_of,
    credit,
    debit,
    dispute_clearing,
    post,
    seller_hold,
    seller_payable,
)
from polidat.ledger import seller_receivable as receivable
from polidat.orders.events import OrderFlagged
from polidat.orders.find import disputes_about
from polidat.orders.holds import dispute_hold
from polidat.orders.models import DisputeLine, Order, OrderLine
from polidat.orders.parcel import stop_unsent
from polidat.orders.refund import give_back, locked_order, paid_lines
from polidat.orders.rules import LinePaid, disputed_shares, spread
from polidat.payments import (
    Dispute,
    DisputeMoved,
    Gateway,
    RefundTooLarge,
    RefundWhileDisputed,
    accept_dispute,
    answer_dispute,
    charges_of,
    disputes_of,
    hold_from_seller,
    send_back_to_seller,
)
from polidat.people import Person

_DECIDED_FOR_US = ("won", "warning_closed", "prevented")


def follow_dispute(session: Session, fact: DisputeMoved) -> None:
    """Suspend, end or restore access, and share what was lost. The reaction to DisputeMoved.

    An inquiry moves no money and leaves access as it is. While a dispute is open the seller's part is taken back, so
    that it is there when the bank keeps the money. What the bank keeps in the end is all that it has given: of the rest
    declined lines are given back, and lines that keep something of their price stay open, as after a partial refund.
    """
    order = locked_order(session, fact.subject)
    if order is None or order.paid_charge != fact.charge_id:
        return
    lines, parts = disputed_parts(session, order, fact)
    if fact.state == "lost":
        _share_loss(session, order, fact, lines, parts)
        _end_lost(session, order, fact, parts)
        _return_declined(session, order, now=fact.at)
    elif fact.state in _DECIDED_FOR_US:
        if _was_lost(session, fact):
            _undo_loss(session, order, fact, lines, parts)
        else:
            _release(session, order, fact)
        restore_held(session, dispute_hold(fact.dispute_id), now=fact.at)
        _return_declined(session, order, now=fact.at)
    elif fact.withdrawn_minor and not _was_lost(session, fact):
        for number in (number for number, minor in parts.items() if minor):
            suspend(session, f"{order.public_id}:{number}", cause=dispute_hold(fact.dispute_id), now=fact.at)
        if not fact.held_minor:
            hold_from_seller(
                session, fact.dispute_id, sum(disputed_shares(fact.withdrawn_minor, lines, parts).values())
            )


def disputed_parts(session: Session, order: Order, fact: DisputeMoved) -> tuple[Sequence[LinePaid], Mapping[int, int]]:
    """Return the lines as they were before the dispute, and what the bank asks for, or keeps, of each by number."""
    lines = paid_lines(session, order, besides=fact.dispute_id)
    return lines, spread(_taken(session, order, fact), lines)


def answer_for_sale(
    database: Database, gateway: Gateway, by: Person, dispute_id: str, evidence: Mapping[str, str], *, now: datetime
) -> None:
    """Send the bank what speaks for a sale, once and for all. Only its seller and operators may.

    Raises NotFound for anybody else, Conflict for one that is not to be answered, Invalid, StripeAway.
    """
    _check_theirs(database, by, dispute_id)
    answer_dispute(database, gateway, dispute_id, evidence, submit=True, by=by.id, now=now)


def give_up_sale(database: Database, gateway: Gateway, by: Person, dispute_id: str, *, now: datetime) -> None:
    """Accept a dispute: it is lost. Only operators may, and who alone sold what was paid for.

    Raises NotFound for anybody else, NotAllowed for one of several sellers, Conflict, StripeAway.
    """
    dispute = _check_theirs(database, by, dispute_id)
    with database.reading() as session:
        theirs = (Order.public_id == dispute.subject) & (OrderLine.seller_id != by.id) & (OrderLine.price_minor > 0)
        of_others = select(OrderLine.id).join(Order, Order.id == OrderLine.order_id).where(theirs)
        if not by.is_operator and session.scalar(of_others.limit(1)) is not None:
            raise NotAllowed("Others sold in this order too, and would lose it with you. Write to the operator.")
    accept_dispute(database, gateway, dispute_id, by=by.id, now=now)


def _check_theirs(database: Database, by: Person, dispute_id: str) -> Dispute:
    with database.reading() as session:
        found = {each.id: each for each in disputes_about(session, by, limit=None)}
    if dispute_id not in found:
        raise NotFound("There is no such dispute over what you sold.")
    return found[dispute_id]


def _taken(session: Session, order: Order, fact: DisputeMoved) -> int:
    """What of the order's payment the bank asks for, or has kept, in the order's currency."""
    charge = next(each for each in charges_of(session, order.public_id) if each.id == fact.charge_id)
    dispute = next(each for each in disputes_of(session, order.public_id) if each.id == fact.dispute_id)
    return dispute.kept_of(charge)


def _end_lost(session: Session, order: Order, fact: DisputeMoved, parts: Mapping[int, int]) -> None:
    """Note what the bank keeps of each line; of which nothing is left, it ends; the others come back."""
    session.execute(delete(DisputeLine).where(DisputeLine.dispute_id == fact.dispute_id))
    told = {"dispute_id": fact.dispute_id, "order_id": order.id}
    session.add_all(DisputeLine(**told, number=number, amount_minor=minor) for number, minor in parts.items() if minor)
    session.flush()
    gone = {line.number for line in paid_lines(session, order) if parts.get(line.number) and not line.left_minor}
    for number in sorted(gone):
        revoke(session, f"{order.public_id}:{number}", now=fact.at)
    restore_held(session, dispute_hold(fact.dispute_id), now=fact.at)
    stop_unsent(session, order, gone, "Your bank has given you the money back.", now=fact.at)


def _return_declined(session: Session, order: Order, *, now: datetime) -> None:
    """Give back what is left of lines that nobody gave: no refund could be asked for while the bank had the money."""
    declined = {line.number for line in order.lines if line.is_declined}
    parts = {line.number: line.left_minor for line in paid_lines(session, order) if line.number in declined}
    parts = {number: minor for number, minor in parts.items() if minor}
    if not parts:
        return
    try:
        give_back(session, order, parts, by_id=None, now=now)
    except RefundWhileDisputed:
        return  # another one is open: this is asked again when that is decided
    except RefundTooLarge as error:
        _flag(session, order, error.says)


def _was_lost(session: Session, fact: DisputeMoved) -> bool:
    """Whether the loss was shared already: an appeal is heard after that."""
    return (
        session.scalar(select(DisputeLine.number).where(DisputeLine.dispute_id == fact.dispute_id).limit(1)) is not None
    )


def _undo_loss(
    session: Session, order: Order, fact: DisputeMoved, lines: Sequence[LinePaid], parts: Mapping[int, int]
) -> None:
    """Share what a bank gives back on appeal: what was held is spent. Access that ended is for an operator to judge."""
    _share_loss(session, order, fact, lines, parts)
    if fact.withdrawn_minor:
        return  # the bank has not given it back yet
    mine = (DisputeLine.dispute_id == fact.dispute_id) & (DisputeLine.amount_minor > 0)
    if session.scalars(update(DisputeLine).where(mine).values(amount_minor=0).returning(DisputeLine.number)).all():
        _flag(session, order, "A lost dispute was won on appeal: the sale is paid again, and its access has ended.")


def _flag(session: Session, order: Order, why: str) -> None:
    order.alert = f"{order.alert} {why}".strip()
    session.flush()
    emit(session, OrderFlagged(order.public_id, order.paid_charge or "", why))


def _share_loss(
    session: Session, order: Order, fact: DisputeMoved, lines: Sequence[LinePaid], parts: Mapping[int, int]
) -> None:
    """The seller bears the seller's share, out of what was held and else as a debt; the house gives up its own."""
    code = fact.settled_currency
    whole = balance_of(session, dispute_clearing(fact.dispute_id), code)  # what is not shared yet
    shares = disputed_shares(abs(whole), lines, parts)
    if whole != fact.withdrawn_minor:
        _correct_loss(session, order, fact, whole, shares)
        return
    if not whole:
        return  # the bank has not taken anything yet
    held = {int(fact.seller): fact.held_minor} if fact.held_minor and fact.seller.isdigit() else {}
    legs: list[Leg] = []
    for seller_id, minor in shares.items():
        from_hold = min(minor, held.get(seller_id, 0))
        held[seller_id] = held.get(seller_id, 0) - from_hold
        legs += [debit(seller_hold(seller_id), Money(from_hold, code))]
        legs += [debit(receivable(seller_id), Money(minor - from_hold, code))]
    legs.append(debit(COMMISSION, Money(whole - sum(shares.values()), code)))
    legs.append(credit(dispute_clearing(fact.dispute_id), Money(whole, code)))
    for seller_id, minor in held.items():  # the bank has kept less than it asked for
        rest = Money(minor, code)
        legs += [debit(seller_hold(seller_id), rest), credit(seller_payable(seller_id), rest)]
        if minor:
            send_back_to_seller(session, order.public_id, fact.dispute_id, seller_id, rest, now=fact.at)
    _post(session, order, fact, "dispute_lost", legs)


def _correct_loss(session: Session, order: Order, fact: DisputeMoved, whole: int, shares: Mapping[int, int]) -> None:
    """Share what the bank took, or gave back (less than nothing), after the loss was shared.

    Of a payment that was refunded in part a dispute over all of it is lost, and the part comes back afterwards:
    https://support.stripe.com/questions/dispute-for-full-charge-amount-after-a-partial-refund-was-issued
    """
    if not whole:
        return
    code, ref = fact.settled_currency, f"{fact.dispute_id}_{fact.withdrawn_minor}"
    legs: list[Leg] = []
    for seller_id, minor in shares.items():
        owes = Money(max(0, balance_of(session, receivable(seller_id), code)), code)
        share = Money(minor, code)
        if whole > 0:
            legs.append(debit(receivable(seller_id), share))
            continue
        rest = share - min(share, owes)
        legs += [credit(receivable(seller_id), share - rest), credit(seller_payable(seller_id), rest)]
        if rest.minor:
            send_back_to_seller(session, order.public_id, ref, seller_id, rest, now=fact.at)
    sellers = sum(shares.values()) if whole > 0 else -sum(shares.values())
    legs.append(debit(COMMISSION, Money(whole - sellers, code)))
    legs.append(credit(dispute_clearing(fact.dispute_id), Money(whole, code)))
    _post(session, order, fact, "dispute_lost", legs, again=f":{fact.withdrawn_minor}")


def _release(session: Session, order: Order, fact: DisputeMoved) -> None:
    if not fact.held_minor:
        return
    held = Money(fact.held_minor, fact.settled_currency)
    legs = [debit(seller_hold(fact.seller), held), credit(seller_payable(fact.seller), held)]
    _post(session, order, fact, "dispute_won", legs)
    if fact.seller.isdigit():
        send_back_to_seller(session, order.public_id, fact.dispute_id, int(fact.seller), held, now=fact.at)


def _post(session: Session, order: Order, fact: DisputeMoved, kind: str, legs: list[Leg], *, again: str = "") -> None:
    refs = Refs(stripe_object=fact.dispute_id, order_ref=order.public_id)
    moving = [leg for leg in legs if leg.minor]
    post(session, f"{kind}:{fact.dispute_id}{again}", kind, moving, occurred_at=fact.at, refs=refs)
