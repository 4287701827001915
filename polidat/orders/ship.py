"""Send what was bought: the seller accepts and ships, the buyer has it; or it is canceled and paid back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from polidat.access import holds_on, is_held, revoke
from polidat.core import Conflict, Invalid, Money, PoliDatError
from polidat.events import emit
from polidat.orders.errors import NoSuchShipment
from polidat.orders.events import OrderFlagged
from polidat.orders.models import Order, OrderLine
from polidat.orders.parcel import move_shipment, open_lines
from polidat.orders.refund import give_back, locked_order, paid_lines
from polidat.orders.ship_models import OVER, UNSENT, Shipment, ShipmentState
from polidat.orders.ship_rules import (
    ADDRESS_KEPT,
    CARRIERS,
    RECEIVED_AFTER,
    SENT_WITHIN,
    checked_address,
    checked_tracking,
    tracking_page,
)
from polidat.payments import Address, RefundWhileDisputed
from polidat.people import Person, queue_mail

_REASON_CHARS_MAX = 500
_BATCH = 100
_HISTORY = 50
_TOO_LATE = "It was not sent in time."


@dataclass(frozen=True)
class Parcel:
    """A parcel as its seller sees it: what waits says why it cannot be sent yet, empty when it can."""

    order: str
    line: OrderLine
    shipment: Shipment
    waits: str

    @property
    def due_at(self) -> datetime | None:
        """Until when it has to be sent."""
        paid_at = self.shipment.paid_at
        return paid_at + SENT_WITHIN if paid_at is not None and self.shipment.is_unsent else None


def parcels_of(session: Session, seller: Person) -> Sequence[Parcel]:
    """Return what this person has to send, the oldest first, then what is on its way, then the latest that is over."""
    mine = (OrderLine.seller_id == seller.id) & (Shipment.state != ShipmentState.ORDERED)
    rows = (
        select(OrderLine, Order.public_id)
        .join(Shipment, Shipment.line_id == OrderLine.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(mine)
    )
    on_way = Shipment.state == ShipmentState.SHIPPED
    open_ones = rows.where(Shipment.state.not_in(OVER)).order_by(on_way, Shipment.paid_at, OrderLine.id)
    running = session.execute(open_ones).all()
    over = rows.where(Shipment.state.in_(OVER)).order_by(Shipment.ended_at.desc(), OrderLine.id).limit(_HISTORY)
    found = [*running, *session.execute(over).all()]
    return [Parcel(order, line, line.shipment, _waits(session, order, line)) for line, order in found if line.shipment]


def unsent_count(session: Session, seller: Person) -> int:
    """Return how many parcels wait for this person to send them."""
    mine = (OrderLine.seller_id == seller.id) & Shipment.state.in_(UNSENT)
    waiting = select(func.count()).select_from(Shipment).join(OrderLine, OrderLine.id == Shipment.line_id)
    return session.scalar(waiting.where(mine)) or 0


def accept_shipment(session: Session, by: Person, order_ref: str, number: int, *, now: datetime) -> Shipment:
    """Say that a parcel will be sent: its buyer cannot cancel it any more.

    Raises NoSuchShipment for anybody but its seller, Conflict when it is accepted already or has to wait.
    """
    order, line = _of_seller(session, by, order_ref, number)
    _check_state(line, ShipmentState.RECEIVED)
    _check_may_go(session, order, line)
    parcel = move_shipment(session, order, line, ShipmentState.ACCEPTED, by=by.id, now=now)
    parcel.accepted_at = now
    session.flush()
    return parcel


def ship_line(
    session: Session, by: Person, order_ref: str, number: int, carrier: str, tracking: str, *, now: datetime
) -> Shipment:
    """Say that a parcel is on its way, with whom and under which number; said again, it corrects that.

    Raises NoSuchShipment for anybody but its seller, Invalid for a number the carrier does not have, Conflict when it
    is over, has to wait, or has no address yet.
    """
    order, line = _of_seller(session, by, order_ref, number)
    code = checked_tracking(carrier, tracking)
    _check_state(line, *UNSENT, ShipmentState.SHIPPED)
    parcel = line.shipment
    assert parcel is not None  # as found
    if parcel.state == ShipmentState.SHIPPED:
        parcel.carrier, parcel.tracking = carrier, code
        return move_shipment(session, order, line, ShipmentState.SHIPPED, by=by.id, now=now)
    _check_may_go(session, order, line)
    if parcel.ship_to is None:
        raise Conflict("The buyer has not said where to send it. Wait for the address.")
    parcel.carrier, parcel.tracking, parcel.shipped_at = carrier, code, now
    move_shipment(session, order, line, ShipmentState.SHIPPED, by=by.id, now=now)
    page = tracking_page(carrier, code)
    body = f"“{line.title}” is on its way with {CARRIERS[carrier].name}{f', number {code}' if code else ''}.\n"
    body += f"{page}\n" if page else ""
    body += f"\nSay under “My orders” when you have it; we assume so {RECEIVED_AFTER.days} days from now.\n"
    _tell_buyer(session, order, f"“{line.title}” is on its way", body, now=now)
    return parcel


def confirm_receipt(session: Session, buyer: Person, order_ref: str, number: int, *, now: datetime) -> Order:
    """Say that one has what was sent. Raises NoSuchShipment for anybody but the buyer, Conflict unless it was sent."""
    order, line = _locked_line(session, order_ref, number)
    if order.buyer_id != buyer.id:
        raise NoSuchShipment
    _check_state(line, ShipmentState.SHIPPED)
    move_shipment(session, order, line, ShipmentState.DELIVERED, by=buyer.id, now=now)
    open_lines(session, order, now=now)
    return order


def give_address(
    session: Session, buyer: Person, order_ref: str, number: int, address: Address, *, now: datetime
) -> Order:
    """Say where a parcel goes that is not on its way, where the payment brought no address.

    Raises NoSuchShipment for anybody but the buyer, Invalid for one it is not sent to, Conflict when it has one.
    """
    order, line = _locked_line(session, order_ref, number)
    if order.buyer_id != buyer.id:
        raise NoSuchShipment
    _check_state(line, *UNSENT)
    parcel = line.shipment
    assert parcel is not None  # as found
    if parcel.ship_to is not None:
        raise Conflict("The seller has an address already. Write to them if it has changed.")
    parcel.ship_to = asdict(checked_address(address, tuple(parcel.countries)))
    move_shipment(session, order, line, ShipmentState(parcel.state), by=buyer.id, reason="address given", now=now)
    return order


def cancel_shipment(
    session: Session, by: Person, order_ref: str, number: int, reason: str = "", *, now: datetime
) -> Order:
    """Do not send a parcel after all: all that was paid for the line goes back, its delivery included.

    Its seller and operators may until it is on its way, and say why; its buyer until the seller accepts it, unless the
    line opens data as well, which the buyer may have taken by then.
    Raises NoSuchShipment, Conflict when it is too late, Invalid without a reason, RefundWhileDisputed.
    """
    order, line = _locked_line(session, order_ref, number)
    sells = by.is_operator or line.seller_id == by.id
    if not sells and order.buyer_id != by.id:
        raise NoSuchShipment
    _check_state(line, *(UNSENT if sells else (ShipmentState.RECEIVED,)))
    if not sells and line.opens_data:
        raise Conflict("The data of this order is yours already. Ask the seller to cancel it.")
    said = reason.strip() if sells else "You canceled it."
    if not 1 <= len(said) <= _REASON_CHARS_MAX:
        raise Invalid(f"Tell the buyer why, in 1 to {_REASON_CHARS_MAX} characters.")
    _cancel(session, order, line, said, by=by.id, now=now)
    if not sells:
        seller = session.get_one(Person, line.seller_id)
        body = f"The buyer has canceled “{line.title}” before you accepted it. Do not send it.\n\nOrder {order_ref}\n"
        queue_mail(session, seller.email, f"“{line.title}” is canceled", body, now=now)
    return order


def end_shipments(session: Session, *, now: datetime) -> int:
    """End what nobody ended, and forget addresses nobody needs; returns how many parcels. Run it every few minutes.

    What was sent counts as received after two weeks; what was not sent within thirty days is given back. While
    something holds a parcel, such as a dispute, it waits. One that cannot be ended calls an operator, once, and stops
    no other; it is tried again each time.
    """
    sent = (Shipment.state == ShipmentState.SHIPPED) & (Shipment.shipped_at <= now - RECEIVED_AFTER)
    late = Shipment.state.in_(UNSENT) & (Shipment.paid_at <= now - SENT_WITHIN)
    rests = is_held(func.concat(Order.public_id, ":", OrderLine.number))
    due = select(Order.public_id, OrderLine.number).join(OrderLine, OrderLine.order_id == Order.id)
    due = due.join(Shipment, Shipment.line_id == OrderLine.id).where((sent | late) & ~rests).order_by(OrderLine.id)
    ended = 0
    for order_ref, number in session.execute(due).all():
        ended += _could_end(session, order_ref, number, now=now)
        if ended == _BATCH:
            break  # those that cannot be ended do not count: they would keep the others from their turn
    _forget(session, now=now)
    return ended


def _could_end(session: Session, order_ref: str, number: int, *, now: datetime) -> bool:
    order, line = _locked_line(session, order_ref, number)
    if holds_on(session, f"{order_ref}:{number}"):
        return False  # since the job looked
    try:
        with session.begin_nested():
            return _end(session, order, line, now=now)
    except RefundWhileDisputed:
        return False
    except PoliDatError as error:
        _call_operator(session, order, line, error.says)
        return False


def _end(session: Session, order: Order, line: OrderLine, *, now: datetime) -> bool:
    parcel = line.shipment
    assert parcel is not None  # as found
    if parcel.state == ShipmentState.SHIPPED and _is_past(parcel.shipped_at, RECEIVED_AFTER, now):
        move_shipment(session, order, line, ShipmentState.DELIVERED, by=None, now=now)
        open_lines(session, order, now=now)
        return True
    if parcel.is_unsent and _is_past(parcel.paid_at, SENT_WITHIN, now):
        _cancel(session, order, line, _TOO_LATE, by=None, now=now)
        return True
    return False  # somebody was faster


def _call_operator(session: Session, order: Order, line: OrderLine, why: str) -> None:
    parcel = line.shipment
    assert parcel is not None  # as found
    alert = f"The parcel of “{line.title}” is due and cannot be ended: {why}"
    if parcel.problem == alert:
        return  # an operator knows
    parcel.problem = alert
    order.alert = f"{order.alert} {alert}".strip()
    session.flush()
    emit(session, OrderFlagged(order.public_id, order.paid_charge or "", alert))


def _cancel(session: Session, order: Order, line: OrderLine, why: str, *, by: int | None, now: datetime) -> None:
    parcel = line.shipment
    assert parcel is not None  # as found
    parcel.why = why
    back = {each.number: each.left_minor for each in paid_lines(session, order)}.get(line.number, 0)
    if back:
        give_back(session, order, {line.number: back}, by_id=by, now=now)
    revoke(session, f"{order.public_id}:{line.number}", now=now)
    move_shipment(session, order, line, ShipmentState.CANCELED, by=by, reason=why, now=now)
    open_lines(session, order, now=now)
    promised = f" You get {Money(back, line.currency)} back." if back else ""
    body = f"“{line.title}” is not sent: {why}{promised}\n"
    _tell_buyer(session, order, f"“{line.title}” is not sent", body, now=now)


def _forget(session: Session, *, now: datetime) -> None:
    gone = Shipment.state.in_(OVER) & (Shipment.ended_at <= now - ADDRESS_KEPT) & Shipment.ship_to.is_not(None)
    session.execute(update(Shipment).where(gone).values(ship_to=None))


def _is_past(since: datetime | None, after: timedelta, now: datetime) -> bool:
    return since is not None and since + after <= now


def _locked_line(session: Session, order_ref: str, number: int) -> tuple[Order, OrderLine]:
    """The order and one of its lines that ship, so that nobody else changes either meanwhile."""
    order = locked_order(session, order_ref)
    line = next((each for each in order.lines if each.number == number), None) if order is not None else None
    if order is None or line is None or line.shipment is None:
        raise NoSuchShipment
    session.refresh(line.shipment)
    return order, line


def _of_seller(session: Session, by: Person, order_ref: str, number: int) -> tuple[Order, OrderLine]:
    order, line = _locked_line(session, order_ref, number)
    if line.seller_id != by.id:
        raise NoSuchShipment
    return order, line


def _check_state(line: OrderLine, *states: ShipmentState) -> None:
    parcel = line.shipment
    assert parcel is not None  # as found
    if parcel.state not in states:
        raise Conflict(f"This is {parcel.state} by now. Reload the page.")


def _check_may_go(session: Session, order: Order, line: OrderLine) -> None:
    waits = _waits(session, order.public_id, line)
    if waits:
        raise Conflict(waits)


def _waits(session: Session, order_ref: str, line: OrderLine) -> str:
    if line.shipment is None or not line.shipment.is_unsent:
        return ""
    if line.acceptance_id is None:
        return "The buyer has to accept the licence first."
    if not line.may_open:
        return "Decide about the buyer first, under “Requests”."
    causes = holds_on(session, f"{order_ref}:{line.number}")
    if any(each.startswith("dispute:") for each in causes):
        return "The buyer's bank disputes the payment. Do not send it before the dispute is over."
    return "The payment is being looked at. Do not send it yet." if causes else ""


def _tell_buyer(session: Session, order: Order, subject: str, body: str, *, now: datetime) -> None:
    buyer = session.get_one(Person, order.buyer_id)
    queue_mail(session, buyer.email, subject, f"{body}\nOrder {order.public_id}\n", now=now)
