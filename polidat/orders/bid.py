"""The order behind a bid: the bidder's card holds the maximum; the winner is charged the price, the others nothing."""

from datetime import datetime

from sqlalchemy.orm import Session

from polidat.catalog import NOTHING_AGREED, Agreed, CommissionKind, commission, listing_for_sale, shipping_of
from polidat.core import Conflict, Invalid, Money, currency
from polidat.db import Database
from polidat.events import emit
from polidat.orders.errors import KeyOfAnotherOrder, NothingToPay
from polidat.orders.events import OrderPlaced
from polidat.orders.find import order_of
from polidat.orders.fraud import check_not_locked
from polidat.orders.models import Order, OrderState
from polidat.orders.place import PAYABLE_FOR, new_order, order_of_key
from polidat.orders.refund import locked_order
from polidat.payments import (
    Gateway,
    HoldEnded,
    LinkItem,
    PaymentWish,
    SellerNotReady,
    capture_hold,
    close_payments,
    may_be_paid,
    note_payment,
    open_link,
    release_hold,
)
from polidat.people import Person


def order_bid(
    session: Session,
    bidder: Person,
    listing_id: int,
    maximum: Money,
    *,
    key: str,
    now: datetime,
    agreed: Agreed = NOTHING_AGREED,
) -> Order:
    """Place the order of a bid of at most `maximum`; nothing is owed unless it wins. The same key is the same order.

    Raises what `new_order` raises, NoSuchListing, NotForSale, Invalid for an amount no card can be charged.
    """
    placed_before = order_of_key(session, bidder, key)
    if placed_before is not None:
        if placed_before.total != maximum:
            raise KeyOfAnotherOrder
        return placed_before
    known = currency(maximum.currency)
    if maximum.minor < known.charge_min_minor or maximum.minor % known.charge_step:
        raise Invalid(f"Bid at least {Money(known.charge_min_minor, known.code)}, in amounts a card can be charged.")
    if shipping_of(session, listing_id) is not None:
        raise Conflict("This is a good that ships now: it is not sold by auction any more.")
    listings, kind = [listing_for_sale(session, listing_id)], CommissionKind.AUCTION
    order = new_order(session, bidder, listings, agreed, key=key, now=now, kind=kind)
    order.state, order.currency = OrderState.BIDDING, maximum.currency
    _price(order, maximum)
    session.add(order)
    session.flush()
    emit(session, OrderPlaced(order.public_id, bidder.id, maximum.minor, maximum.currency, now))
    return order


def start_hold(
    database: Database, gateway: Gateway, bidder: Person, order_ref: str, *, return_url: str, now: datetime
) -> str:
    """Return the address where the bidder lets a card hold the bid. Asked again, it is the same address.

    Raises NoSuchOrder, CheckoutLocked, NothingToPay for a bid that is over, SellerNotReady, StripeAway.
    """
    with database.unit_of_work() as session:
        order = order_of(session, bidder, order_ref)
        check_not_locked(session, bidder, now=now)
        if order.state != OrderState.BIDDING:
            raise NothingToPay("This bid is over. Look at the auction and bid again.")
        if not may_be_paid(session, order.lines[0].seller_id):
            raise SellerNotReady
        wish = PaymentWish(
            subject=order.public_id,
            seller_id=None,
            items=tuple(LinkItem(f"Bid: {line.title}", line.price_minor) for line in order.lines),
            currency=order.currency,
            fee_minor=0,
            return_url=return_url,
            is_hold=True,
        )
        payment = note_payment(session, wish, now=now)
    return open_link(database, gateway, payment.public_id, now=now)


def drop_bid_order(session: Session, order_ref: str, why: str) -> None:
    """Cancel the order of a bid that did not win, and free the card. `why` is a sentence for the bidder."""
    order = locked_order(session, order_ref)
    if order is None or order.state not in (OrderState.BIDDING, OrderState.CANCELED):
        return
    order.state, order.problem = OrderState.CANCELED, order.problem or why
    session.flush()
    close_payments(session, order_ref)
    release_hold(session, order_ref)


def charge_bid_order(session: Session, order_ref: str, price: Money, *, now: datetime) -> None:
    """Charge the winner's card the price, at most what it holds; one that holds nothing is asked to pay within a day.

    Raises Conflict for an order that does not stand behind a bid.
    """
    order = locked_order(session, order_ref)
    if order is None or order.state != OrderState.BIDDING:
        raise Conflict("This order does not stand behind a bid that is open.")
    _price(order, price)
    order.state, order.payable_until = OrderState.AWAITING_PAYMENT, now + PAYABLE_FOR
    session.flush()
    if not capture_hold(session, order_ref, price):
        order.problem = "Your bid has won. Your card holds nothing for it: pay within a day."


def note_hold_ended(session: Session, fact: HoldEnded) -> None:
    """Cancel the order of a bid whose card holds nothing any more; a winner may pay in another way instead."""
    order = locked_order(session, fact.subject)
    if order is None:
        return
    if order.state == OrderState.BIDDING:
        order.state = OrderState.CANCELED
        order.problem = order.problem or "The hold on your card has ended. Nothing was charged."
    elif order.state == OrderState.AWAITING_PAYMENT:
        order.payable_until = fact.at + PAYABLE_FOR
        order.problem = "Your bid has won, but your card holds nothing for it any more: pay within a day."
    session.flush()


def _price(order: Order, price: Money) -> None:
    (line,) = order.lines
    line.price_minor, line.currency = price.minor, price.currency
    line.commission_minor = commission(price, line.terms).minor
