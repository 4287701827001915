"""Send the buyer to where an order is paid, and look after the order when they come back."""

from collections import Counter
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.access import reads_freely
from polidat.catalog import listing_for_sale
from polidat.db import Database
from polidat.ledger import balance_of, seller_receivable
from polidat.orders.errors import AlreadyYours, NoSuchOrder, NothingToPay
from polidat.orders.find import order_of
from polidat.orders.fraud import check_not_locked
from polidat.orders.models import Order, OrderState
from polidat.orders.place import LINES_MAX
from polidat.orders.rules import licence_prices
from polidat.orders.ship_rules import common_countries
from polidat.payments import (
    Gateway,
    LinkItem,
    PaymentWish,
    SellerNotReady,
    ShippingWish,
    is_being_captured,
    may_be_paid,
    note_payment,
    open_link,
    sync_subject,
)
from polidat.people import Person


def start_payment(
    database: Database, gateway: Gateway, buyer: Person, order_ref: str, *, return_url: str, now: datetime
) -> str:
    """Return the address to send the buyer to. Asked again, it is the same address while the payment is open.

    `return_url` is ours and should carry nothing but the order's public id.
    Raises NoSuchOrder, CheckoutLocked, NothingToPay, AlreadyYours, NotForSale, SellerNotReady, and StripeAway.
    """
    with database.unit_of_work() as session:
        order = order_of(session, buyer, order_ref)
        check_not_locked(session, buyer, now=now)
        _check_payable(session, buyer, order, now=now)
        sellers = {line.seller_id for line in order.lines if line.price_minor}
        one = sellers.pop() if len(sellers) == 1 else None
        if one is None and not all(may_be_paid(session, each) for each in sellers):
            raise SellerNotReady
        wish = PaymentWish(
            subject=order.public_id,
            seller_id=one,
            items=items_of(order),
            currency=order.currency,
            fee_minor=order.commission.minor if one is not None else 0,
            return_url=return_url,
            netted_minor=_to_net(session, order, one) if one is not None else 0,
            shipping=_shipping(order),
        )
        payment = note_payment(session, wish, now=now)
    return open_link(database, gateway, payment.public_id, now=now)


def _to_net(session: Session, order: Order, seller_id: int) -> int:
    """What the seller owes the house and can pay with this sale."""
    owes_minor = balance_of(session, seller_receivable(seller_id), order.currency)
    return max(0, min(owes_minor, order.total.minor - order.commission.minor))


def _shipping(order: Order) -> ShippingWish | None:
    """What delivery of all of it costs, and the countries all that ships goes to."""
    parcels = [line.shipment.countries for line in order.lines if line.shipment is not None]
    if not parcels:
        return None
    sent = [line.shipment for line in order.lines if line.shipment is not None]
    names, days = {each.delivery for each in sent}, [each.days for each in sent if each.days is not None]
    cost_minor = sum(line.shipping_minor for line in order.lines)
    # what is sent in different ways is one delivery at Stripe: it takes from the fastest to the slowest
    name = names.pop() if len(names) == 1 else ""
    takes = (min(first for first, _ in days), max(last for _, last in days)) if len(days) == len(sent) else None
    return ShippingWish(cost_minor, common_countries(parcels) or (), name, takes)


def items_of(order: Order) -> tuple[LinkItem, ...]:
    """Return what Stripe is asked for: each line as its licences and the price of one, without delivery.

    Where a discount does not divide a line is two items, if there is room, or one for all of it.
    """
    items: list[LinkItem] = []
    priced = [line for line in order.lines if line.price_minor]
    for line in priced:
        prices = Counter(licence_prices(line.goods, line.quantity))
        items += [LinkItem(line.title, minor, count) for minor, count in prices.items() if minor or line.shipping_minor]
    if len(items) <= LINES_MAX:
        return tuple(items)
    return tuple(
        LinkItem(f"{line.quantity} × {line.title}" if line.quantity > 1 else line.title, line.goods.minor)
        for line in priced
    )


def sync_order(database: Database, gateway: Gateway, viewer: Person, order_ref: str, *, now: datetime) -> Order:
    """Return the order after asking Stripe what was paid, for the page buyers come back to.

    It does what the webhook does, with the same code and under the same lock, so either may be first.
    Raises NoSuchOrder, StripeAway.
    """
    with database.reading() as session:
        order = order_of(session, viewer, order_ref)
    if not order.is_fulfilled:
        sync_subject(database, gateway, order.public_id, now=now)
    with database.reading() as session:
        return order_of(session, viewer, order_ref)


def _check_payable(session: Session, buyer: Person, order: Order, *, now: datetime) -> None:
    if order.buyer_id != buyer.id:
        raise NoSuchOrder  # an operator may look at it, and not pay for it
    if order.state in (OrderState.PAID, OrderState.FULFILLED):
        raise NothingToPay("This order is paid. Find what you bought in your library.")
    if order.state == OrderState.PROCESSING:
        raise NothingToPay("A payment for this order has arrived and is being looked at. Do not pay again.")
    if order.state == OrderState.BIDDING:
        raise NothingToPay("This order stands behind a bid. It is paid with the card that holds it, if the bid wins.")
    if order.state == OrderState.CANCELED:
        raise NothingToPay("This bid did not win. Nothing was charged, and there is nothing to pay.")
    if is_being_captured(session, order.public_id):
        raise NothingToPay("Your card is being charged for the winning bid. Do not pay again.")
    if order.state == OrderState.EXPIRED or order.payable_until <= now:
        raise NothingToPay("This order was not paid in time. Order again; you have not been charged.")
    for line in order.lines:
        listing_for_sale(session, line.listing_id)
        if line.opens_data and not line.for_others and reads_freely(session, buyer, line.dataset_id):
            raise AlreadyYours(line.title)
