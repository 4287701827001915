"""Every read of orders. The first argument after the session is who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.catalog import Attestation, AttestationState
from polidat.core import Money, NoSuchPlace, NotAllowed
from polidat.ledger import seller_held, seller_owed, seller_owes
from polidat.orders.errors import NoSuchOrder
from polidat.orders.models import Order, OrderLine, OrderState, RefundLine
from polidat.payments import Charge, Dispute, Refund, all_disputes, charges_of
from polidat.people import Person


@dataclass(frozen=True)
class Sale:
    """A line somebody paid for, as its seller sees it: the price of all its licences, and what the house keeps of it.

    `unit_price` is before any discount; `note` is what the buyer wrote to the seller.
    """

    order: str
    line: int
    listing_id: int
    title: str
    quantity: int
    unit_price: Money
    price: Money
    commission: Money
    note: str
    sold_at: datetime

    @property
    def place(self) -> str:
        """What names it among the sales."""
        return f"{self.order}:{self.line}"


@dataclass(frozen=True)
class SaleRefund:
    """A refund as the seller sees it: minor units, and licences that ended, by number of the lines sold by them."""

    refund: Refund
    parts: dict[int, int]
    licences: dict[int, int]

    @property
    def amount(self) -> Money:
        """What goes back of these lines."""
        return Money(sum(self.parts.values()), self.refund.currency)


def my_orders(session: Session, buyer: Person, *, limit: int | None = None, after: str = "") -> Sequence[Order]:
    """Return the person's orders, newest first, at most so many of those behind the one named by its public id.

    Raises NoSuchPlace for one that is not theirs.
    """
    mine = Order.buyer_id == buyer.id
    found = select(Order).where(mine).order_by(Order.id.desc()).limit(limit)
    if after:
        place = session.scalar(select(Order.id).where(mine & (Order.public_id == after)))
        if place is None:
            raise NoSuchPlace
        found = found.where(Order.id < place)
    return session.scalars(found).all()


def order_by_ref(session: Session, ref: str) -> Order | None:
    """Return the order whose public id this is, for reactions to facts that may be about something else."""
    return session.scalar(select(Order).where(Order.public_id == ref))


def order_of(session: Session, viewer: Person, public_id: str) -> Order:
    """Return an order to its buyer or an operator. Raises NoSuchOrder for anybody else."""
    found = order_by_ref(session, public_id)
    if found is None or (found.buyer_id != viewer.id and not viewer.is_operator):
        raise NoSuchOrder
    return found


def receipts_of(session: Session, viewer: Person, public_id: str) -> Sequence[Charge]:
    """Return what was paid for an order: amounts, times, addresses of receipts. Raises NoSuchOrder."""
    return charges_of(session, order_of(session, viewer, public_id).public_id)


def sales_of(session: Session, seller: Person, *, limit: int | None = None, after: str = "") -> Sequence[Sale]:
    """Return what the person sold, newest first, also what is still to be sent; free copies are sales at 0.

    At most `limit` of those behind the one named `after`, as `Sale.place` says. Raises NoSuchPlace.
    """
    decided = OrderLine.attestation_id.is_(None) | (Attestation.state == AttestationState.APPROVED)
    given = (Order.state == OrderState.FULFILLED) | ((Order.state == OrderState.PAID) & decided)
    sold = (
        select(OrderLine, Order)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(Attestation, Attestation.id == OrderLine.attestation_id)
        .where((OrderLine.seller_id == seller.id) & given)
        .order_by(OrderLine.id.desc())
        .limit(limit)
    )
    if after:
        sold = sold.where(OrderLine.id < _place_of(session, seller, after))
    return [_sale(line, order) for line, order in session.execute(sold)]


def refunds_of_sale(session: Session, viewer: Person, order_ref: str) -> Sequence[SaleRefund]:
    """Return what went back of the lines a person sold in an order, or of all of it to an operator, oldest first.

    Raises NoSuchOrder for anybody who sold nothing in it.
    """
    of_order = Order.public_id == order_ref
    sold = select(OrderLine.number).join(Order, Order.id == OrderLine.order_id).where(of_order)
    theirs = set(session.scalars(sold if viewer.is_operator else sold.where(OrderLine.seller_id == viewer.id)))
    if not theirs:
        raise NoSuchOrder
    parts = (
        select(Refund, RefundLine)
        .join(RefundLine, RefundLine.refund_ref == Refund.public_id)
        .where((Refund.subject == order_ref) & RefundLine.number.in_(theirs))
        .order_by(Refund.id, RefundLine.number)
    )
    found: dict[str, SaleRefund] = {}
    for refund, part in session.execute(parts):
        one = found.setdefault(refund.public_id, SaleRefund(refund, {}, {}))
        one.parts[part.number], one.licences[part.number] = part.amount_minor, part.licences
    return list(found.values())


def owed_to(session: Session, seller: Person) -> Sequence[Money]:
    """Return what the house owes the person and has not sent yet, one amount per currency."""
    return seller_owed(session, seller.id)


def owed_by(session: Session, seller: Person) -> Sequence[Money]:
    """Return what the person owes the house, such as the seller's part of a refund after a payout, by currency."""
    return seller_owes(session, seller.id)


def held_from(session: Session, seller: Person) -> Sequence[Money]:
    """Return what is held of the person's money while disputes are open, by currency."""
    return seller_held(session, seller.id)


def disputes_about(session: Session, viewer: Person, *, limit: int | None = 200) -> Sequence[Dispute]:
    """Return the disputes over what the person sold, or all of them to an operator; those to be answered first."""
    sold = select(Order.public_id).join(OrderLine).where(OrderLine.seller_id == viewer.id)
    return all_disputes(session, about=None if viewer.is_operator else sold, limit=limit)


def flagged_orders(session: Session, operator: Person) -> Sequence[Order]:
    """Return the orders whose money does not fit, oldest first. Raises NotAllowed for anybody but an operator."""
    if not operator.is_operator:
        raise NotAllowed("Only operators see flagged orders.")
    return session.scalars(select(Order).where(Order.alert != "").order_by(Order.id)).all()


def _place_of(session: Session, seller: Person, place: str) -> int:
    order_ref, _, number = place.partition(":")
    named = (Order.public_id == order_ref) & (OrderLine.number == (int(number) if number.isdecimal() else 0))
    lines = select(OrderLine.id).join(Order, Order.id == OrderLine.order_id)
    found = session.scalar(lines.where(named & (OrderLine.seller_id == seller.id)))
    if found is None:
        raise NoSuchPlace
    return found


def _sale(line: OrderLine, order: Order) -> Sale:
    assert order.paid_at is not None  # an order that is paid or fulfilled has it
    return Sale(
        order=order.public_id,
        line=line.number,
        listing_id=line.listing_id,
        title=line.title,
        quantity=line.quantity,
        unit_price=line.unit_price,
        price=line.price,
        commission=Money(line.commission_minor, line.currency),
        note=line.note,
        sold_at=order.paid_at,
    )
