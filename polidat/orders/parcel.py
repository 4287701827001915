"""What happens to parcels with the order they belong to: paid, given back, or all of it is done."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.access import begin
from polidat.events import emit, record
from polidat.orders.events import ShipmentMoved
from polidat.orders.models import Order, OrderLine, OrderState
from polidat.orders.ship_models import OVER, Shipment, ShipmentState
from polidat.orders.ship_rules import SENT_WITHIN, goes_to
from polidat.payments import Address
from polidat.people import Person, queue_mail


def receive_shipments(session: Session, order: Order, address: Address | None, *, now: datetime) -> None:
    """Hand a paid order to the sellers who have something to send, with the address the buyer gave.

    Without an address, or with one it is not sent to, the buyer is asked for it. No mail has the address.
    """
    for line in order.lines:
        parcel = line.shipment
        if parcel is None or parcel.state != ShipmentState.ORDERED:
            continue
        if address is not None and goes_to(address.country, tuple(parcel.countries)):
            parcel.ship_to = asdict(address)
        parcel.paid_at = now
        move_shipment(session, order, line, ShipmentState.RECEIVED, by=None, now=now)
        seller, buyer = session.get_one(Person, line.seller_id), session.get_one(Person, order.buyer_id)
        until = f"{now + SENT_WITHIN:%d %B %Y}"
        body = (
            f"“{line.title}” was ordered and paid. Accept and send it under “Shipping” until {until}; after that the "
            f"buyer gets everything back.\n\nOrder {order.public_id}\n"
        )
        queue_mail(session, seller.email, f"Send “{line.title}”", body, now=now)
        if parcel.ship_to is None:
            asked = f"Say under “My orders” where “{line.title}” is to be sent.\n\nOrder {order.public_id}\n"
            queue_mail(session, buyer.email, "Your PoliDat order needs an address", asked, now=now)


def stop_unsent(session: Session, order: Order, numbers: Collection[int], why: str, *, now: datetime) -> None:
    """Cancel the parcels of these lines that are not on their way, because what was paid for them goes back."""
    for line in order.lines:
        if line.number in numbers and line.shipment is not None and line.shipment.is_unsent:
            line.shipment.why = why
            move_shipment(session, order, line, ShipmentState.CANCELED, by=None, reason=why, now=now)
    open_lines(session, order, now=now)


def move_shipment(
    session: Session,
    order: Order,
    line: OrderLine,
    state: ShipmentState,
    *,
    by: int | None,
    reason: str = "",
    now: datetime,
) -> Shipment:
    """Let the parcel of a line be in this state, with its traces; neither of them has the address."""
    parcel = line.shipment
    assert parcel is not None  # a line that ships has it
    was, parcel.state = parcel.state, state
    if state in OVER:
        parcel.ended_at = now
    session.flush()
    told = {"state": state, "carrier": parcel.carrier, "reason": reason}
    record(session, "shipment", f"line:{order.public_id}:{line.number}", by=by, before={"state": was}, after=told)
    emit(session, ShipmentMoved(order.public_id, line.number, line.seller_id, order.buyer_id, state))
    return parcel


def open_lines(session: Session, order: Order, *, now: datetime) -> None:
    """Give what of a paid order waits for nobody any more.

    Once nothing waits, and nothing is still to be sent or on its way, the order is fulfilled; or declined when nothing
    of it was given.
    """
    if order.state != OrderState.PAID:
        return
    for line in order.lines:
        if line.may_open and line.opens_data:
            begin(session, f"{order.public_id}:{line.number}", now=now)
    if all(line.is_declined for line in order.lines):
        order.state = OrderState.DECLINED
    elif all(line.is_given or line.is_declined for line in order.lines):
        order.state = OrderState.FULFILLED
    session.flush()
