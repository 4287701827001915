"""Turn what somebody wants into an order."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from polidat.access import GrantKind, grant, waits_for
from polidat.catalog import (
    NOTHING_AGREED,
    Agreed,
    CommissionKind,
    CouponNotValid,
    Delivery,
    Listing,
    NotForSale,
    Shipping,
    agree,
    asking_of,
    commission,
    listing_for_sale,
    shippings_of,
    terms_for,
    use_coupon,
)
from polidat.core import Invalid, Money, currency, new_public_id
from polidat.events import emit
from polidat.orders.attest import ask_sellers
from polidat.orders.errors import (
    KeyOfAnotherOrder,
    OneCurrencyPerOrder,
    OneLicenceOnly,
    ShipsNowhere,
    WaitsAlready,
)
from polidat.orders.events import OrderPaid, OrderPlaced
from polidat.orders.models import Order, OrderLine, OrderState
from polidat.orders.parcel import receive_shipments
from polidat.orders.ship_models import Shipment, ShipmentState
from polidat.orders.ship_rules import common_countries
from polidat.orders.yours import check_not_yours
from polidat.payments import Address
from polidat.people import Person

PAYABLE_FOR = timedelta(hours=24)
LINES_MAX = 20  # a payment link takes no more
QUANTITY_MAX = 100
_CHARGE_MAX_MINOR = 99_999_999  # eight digits: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
_NOTHING_SAID: Mapping[int, str] = {}
_ONE_OF_EACH: Mapping[int, int] = {}


def place_order(
    session: Session,
    buyer: Person,
    listing_ids: Sequence[int],
    *,
    key: str,
    now: datetime,
    quantities: Mapping[int, int] = _ONE_OF_EACH,
    for_others: Collection[int] = (),
    deliveries: Mapping[int, str] = _NOTHING_SAID,
    notes: Mapping[int, str] = _NOTHING_SAID,
    coupon: str = "",
    agreed: Agreed = NOTHING_AGREED,
) -> Order:
    """Turn listings into an order, with price and commission as they are at `now`.

    `quantities` are licences by listing, one where it is silent; of those in `for_others` none is the buyer's own, so
    that one may have them already; `deliveries` are ways goods are sent, by listing, the first where it is silent;
    `notes` are words to the sellers, by listing; `coupon` is a code that takes something off; `agreed` is what the
    buyer accepts with this click. `key` names the click: the same key returns the same order. What is free is
    the buyer's at once.
    Raises Invalid for nothing or too much, NoSuchListing, NotForSale, OwnListing, AlreadyYours, OneCurrencyPerOrder,
    OneLicenceOnly, LicenceNotAccepted, CouponNotValid, and KeyOfAnotherOrder for a key that was used for others.
    """
    wanted = list(dict.fromkeys(listing_ids))
    if not 1 <= len(wanted) <= LINES_MAX:
        raise Invalid(f"Choose 1 to {LINES_MAX} datasets to order.")
    if not 1 <= len(key) <= 200:
        raise Invalid("The key of an order is a text of 1 to 200 characters.")
    placed_before = order_of_key(session, buyer, key)
    if placed_before is not None:
        return _same(placed_before, wanted, quantities)
    listings = [listing_for_sale(session, each) for each in wanted]
    for each in listings:
        check_quantity(session, each, quantities.get(each.id, 1), for_others=each.id in for_others)
    order = new_order(
        session, buyer, listings, agreed, key=key, now=now,
        quantities=quantities, for_others=for_others, deliveries=deliveries,
    )  # fmt: skip
    for line in order.lines:
        line.note = notes.get(line.listing_id, "")
    if coupon.strip():
        _take_off(session, buyer, order, listings, coupon, now=now)
    if order.total.minor > _CHARGE_MAX_MINOR:
        raise Invalid(f"{order.total} is more than one payment can be. Order it in parts.")
    try:
        with session.begin_nested():
            session.add(order)
    except IntegrityError:
        # the other of two clicks was faster
        placed_before = order_of_key(session, buyer, key)
        if placed_before is None:
            raise
        return _same(placed_before, wanted, quantities)
    emit(session, OrderPlaced(order.public_id, buyer.id, order.total.minor, order.currency, now))
    if order.total.minor == 0:
        grant_lines(session, order, GrantKind.FREE, now=now)
    return order


def grant_lines(
    session: Session, order: Order, kind: GrantKind, *, address: Address | None = None, now: datetime
) -> None:
    """Give the buyer what was ordered, and tell that the order is paid. What somebody has to agree to waits.

    What ships goes to its sellers, with the address. A good without data is granted as well, and never opens: what
    holds the grant holds the parcel.
    """
    for line in order.lines:
        grant(
            session,
            order.buyer_id,
            line.dataset_id,
            order_line=f"{order.public_id}:{line.number}",
            kind=(kind if line.price_minor else GrantKind.FREE) if line.opens_data else GrantKind.GOOD,
            now=now,
            waits=not (line.may_open and line.opens_data),
            opens=not line.for_others,
        )
    receive_shipments(session, order, address, now=now)
    ready = all(line.is_given for line in order.lines)
    order.paid_at, order.problem = order.paid_at or now, ""
    order.state = OrderState.FULFILLED if ready else OrderState.PAID
    session.flush()
    ask_sellers(session, order, now=now)
    datasets = tuple(line.dataset_id for line in order.lines)
    emit(session, OrderPaid(order.public_id, order.buyer_id, datasets, order.total.minor, order.currency, now))


def new_order(
    session: Session,
    buyer: Person,
    listings: Sequence[Listing],
    agreed: Agreed,
    *,
    key: str,
    now: datetime,
    kind: CommissionKind = CommissionKind.SALE,
    quantities: Mapping[int, int] = _ONE_OF_EACH,
    for_others: Collection[int] = (),
    deliveries: Mapping[int, str] = _NOTHING_SAID,
) -> Order:
    """Return an order for listings at their prices of now, not yet stored.

    Raises Invalid for a way of delivery that is not offered, OwnListing, AlreadyYours, WaitsAlready,
    OneCurrencyPerOrder, ShipsNowhere, LicenceNotAccepted.
    """
    for listing in listings:
        given_away = listing.id in for_others
        check_not_yours(session, buyer, listing, for_others=given_away)
        if not given_away and waits_for(session, buyer, listing.dataset_id):
            raise WaitsAlready(listing.title)
    ships = shippings_of(session, listings)
    code = one_currency(listings, ships)
    ways = {listing_id: each.way(deliveries.get(listing_id, "")) for listing_id, each in ships.items()}
    _check_ships(listings, ways)
    accepted = agree(session, buyer, listings, agreed, now=now)
    order = Order(
        public_id=new_public_id("ord"),
        buyer_id=buyer.id,
        key=key,
        currency=code,
        state=OrderState.AWAITING_PAYMENT,
        alert="",
        problem="",
        placed_at=now,
        payable_until=now + PAYABLE_FOR,
        lines=[
            _line(session, number, each, kind, _shipment(ships, ways, each), quantities.get(each.id, 1), now=now)
            for number, each in enumerate(listings, start=1)
        ],
    )
    for line in order.lines:
        if line.listing_id in ways:
            line.shipping_minor = ways[line.listing_id].price.minor
            line.price_minor += line.shipping_minor
        line.for_others = line.listing_id in for_others and line.opens_data
        line.acceptance_id = accepted[line.listing_id].acceptance_id
        line.attestation = accepted[line.listing_id].attestation
    return order


def one_currency(listings: Sequence[Listing], ships: Mapping[int, Shipping]) -> str:
    """Return the currency of what listings and their delivery cost together; what is free is in any.

    Raises OneCurrencyPerOrder when it is more than one.
    """
    codes = {listing.currency for listing in listings if listing.price_minor}
    codes |= {each.currency for each in ships.values() if each.costs}
    if len(codes) > 1:
        raise OneCurrencyPerOrder
    return codes.pop() if codes else listings[0].currency


def _take_off(
    session: Session, buyer: Person, order: Order, listings: Sequence[Listing], code: str, *, now: datetime
) -> None:
    quantities = {line.listing_id: line.quantity for line in order.lines}
    order.coupon_id, taken = use_coupon(session, buyer, code, listings, quantities, now=now)
    for line in order.lines:
        line.discount_minor = taken.get(line.listing_id, 0)
        line.price_minor -= line.discount_minor
        line.commission_minor = commission(line.goods, line.terms).minor
    least = currency(order.currency).charge_min_minor
    if 0 < order.total.minor < least:
        raise CouponNotValid(
            code, f"it leaves {order.total}, and less than {Money(least, order.currency)} cannot be paid"
        )


def _check_ships(listings: Sequence[Listing], ways: Mapping[int, Delivery]) -> None:
    for listing in listings:
        if listing.id in ways and ways[listing.id].price.currency != listing.currency:
            raise NotForSale(listing.title)  # its seller has not said what delivery costs in this currency
    if common_countries([list(each.countries) for each in ways.values()]) is None:
        raise ShipsNowhere


def _line(
    session: Session,
    number: int,
    listing: Listing,
    kind: CommissionKind,
    shipment: Shipment | None,
    quantity: int,
    *,
    now: datetime,
) -> OrderLine:
    assert listing.price is not None  # a listing for sale has one
    price = Money(listing.price.minor * quantity, listing.currency)
    terms = terms_for(session, listing, kind, price.currency, now=now)
    return OrderLine(
        number=number,
        listing_id=listing.id,
        dataset_id=listing.dataset_id,
        seller_id=listing.store.owner_id,
        title=listing.title,
        quantity=quantity,
        price_minor=price.minor,
        shipping_minor=0,
        shipment=shipment,
        currency=price.currency,
        commission_bps=terms.bps,
        commission_fixed_minor=terms.fixed_minor,
        commission_min_minor=terms.min_minor,
        commission_max_minor=terms.max_minor,
        commission_rule_id=terms.rule_id,
        commission_version=terms.version,
        commission_minor=commission(price, terms).minor,
        discount_minor=0,
        keeps_fee=listing.store.keeps_fee,
    )


def _shipment(ships: Mapping[int, Shipping], ways: Mapping[int, Delivery], listing: Listing) -> Shipment | None:
    """The parcel of a listing that ships, in the way that was chosen."""
    if listing.id not in ships:
        return None
    way = ways[listing.id]
    first, last = way.days or (None, None)
    return Shipment(
        state=ShipmentState.ORDERED,
        carrier="",
        tracking="",
        why="",
        countries=list(way.countries),
        with_data=ships[listing.id].with_data,
        delivery=way.name,
        days_from=first,
        days_to=last,
    )


def order_of_key(session: Session, buyer: Person, key: str) -> Order | None:
    """Return the order this click made, if it made one."""
    return session.scalar(select(Order).where((Order.buyer_id == buyer.id) & (Order.key == key)))


def quantity_most(session: Session, listing: Listing) -> int:
    """Return how many licences of a listing one order may buy.

    Free copies are got by everybody for themselves, and a seller who decides about each buyer sells to one at a time.
    """
    asking = asking_of(session, listing.id)
    return 1 if listing.price_minor == 0 or (asking is not None and asking.by_seller) else QUANTITY_MAX


def check_quantity(session: Session, listing: Listing, quantity: int, *, for_others: bool = False) -> None:
    """Raise Invalid for no licence or too many, OneLicenceOnly where only one's own can be bought."""
    if not 1 <= quantity <= QUANTITY_MAX:
        raise Invalid(f"Choose 1 to {QUANTITY_MAX} licences of “{listing.title}”.")
    if quantity + for_others > 1 == quantity_most(session, listing):
        raise OneLicenceOnly(listing.title)


def _same(order: Order, wanted: Sequence[int], quantities: Mapping[int, int]) -> Order:
    # whose the licences are may have changed since: the buyer's own can be given away
    before = [(line.listing_id, line.quantity) for line in order.lines]
    if before != [(each, quantities.get(each, 1)) for each in wanted]:
        raise KeyOfAnotherOrder
    return order
