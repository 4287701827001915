"""Remind buyers to say where a parcel goes: without an address nothing is sent, and in the end all goes back."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from polidat.orders.models import Order, OrderLine
from polidat.orders.ship_models import UNSENT, Shipment
from polidat.orders.ship_rules import ASKED_AGAIN, SENT_WITHIN, reminders_due
from polidat.people import Person, queue_mail

_BATCH = 200


def remind_of_addresses(session: Session, *, now: datetime) -> int:
    """Ask buyers again where to send what they have paid, after a day, three and a week; return how many mails.

    With the last one the seller hears of it, too, who may cancel what cannot be sent. Run it every hour.
    """
    # only what is due: what waits for its next time would fill the batch and keep newer parcels out of it
    due_now = (
        (Shipment.reminded < times) & (Shipment.paid_at <= now - after) for times, after in enumerate(ASKED_AGAIN, 1)
    )
    waiting = Shipment.state.in_(UNSENT) & Shipment.ship_to.is_(None) & or_(*due_now)
    rows = (
        select(Shipment, OrderLine, Order)
        .join(OrderLine, OrderLine.id == Shipment.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(waiting)
        .order_by(Shipment.paid_at, Shipment.line_id)
        .limit(_BATCH)
        .with_for_update(of=Shipment, skip_locked=True)
    )
    found = session.execute(rows).all()
    for parcel, line, order in found:
        assert parcel.paid_at is not None  # as selected
        parcel.reminded = due = reminders_due(parcel.paid_at, now)
        _ask_again(session, order, line, until=parcel.paid_at + SENT_WITHIN, is_last=due == len(ASKED_AGAIN), now=now)
    session.flush()
    return len(found)


def _ask_again(
    session: Session, order: Order, line: OrderLine, *, until: datetime, is_last: bool, now: datetime
) -> None:
    buyer, seller = session.get_one(Person, order.buyer_id), session.get_one(Person, line.seller_id)
    about = f"\n\nOrder {order.public_id}\n"
    body = f"“{line.title}” is paid and cannot be sent: say under “My orders” where it goes. "
    body += f"If it is not sent until {until:%d %B %Y}, or the seller cancels it before, you get everything back."
    queue_mail(session, buyer.email, "Your PoliDat order still needs an address", body + about, now=now)
    if is_last:
        body = f"The buyer of “{line.title}” has been asked {len(ASKED_AGAIN) + 1} times where it goes, and has not "
        body += "said so. You may cancel it under “Shipping”: everything goes back, and the data ends with it."
        queue_mail(session, seller.email, f"“{line.title}” has no address", body + about, now=now)
