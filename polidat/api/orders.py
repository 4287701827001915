"""Orders: place, pay, look."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from polidat.api.deps import Caller, Look, TheHouse, Work
from polidat.catalog import Agreed, Attested, listing_by_slug
from polidat.orders import (
    QUANTITY_MAX,
    Order,
    OrderLine,
    OrderState,
    confirm_receipt,
    my_orders,
    order_of,
    place_order,
    start_payment,
    tracking_page,
)

router = APIRouter(prefix="/v1/orders", tags=["orders"])


class AttestationIn(BaseModel):
    """Who you are (name, organisation), your country (two letters) and what you want the data for."""

    who: str = Field(max_length=200)
    country: str = Field(max_length=2)
    purpose: str = Field(max_length=200)

    def attested(self) -> Attested:
        """Return it as the catalog takes it."""
        return Attested(self.who, self.country, self.purpose)


def agreed(accept_licence: list[int], attestation: AttestationIn | None) -> Agreed:
    """Return what a call agrees to, as the catalog takes it."""
    return Agreed(accept_licence, attestation.attested() if attestation else None)


class NewOrder(BaseModel):
    """What to buy: listings by slug, a coupon if there is one, and the licences you accept, by `licence.id`.

    `quantities` are how many licences you buy, by slug; one of each where it is silent. Of the slugs in `for_others`
    none is yours: you give all of them away, and may have the dataset already. `deliveries` are the ways goods are
    sent, by slug; the first of each where it is silent. `notes` are words to the sellers, by slug. `attestation` is
    for listings that ask who their buyers are.
    """

    listings: list[str] = Field(min_length=1, max_length=20)
    quantities: dict[str, Annotated[int, Field(ge=1, le=QUANTITY_MAX)]] = Field({}, max_length=20)
    for_others: list[str] = Field([], max_length=20)
    deliveries: dict[str, Annotated[str, Field(max_length=60)]] = Field({}, max_length=20)
    notes: dict[str, Annotated[str, Field(max_length=500)]] = Field({}, max_length=20)
    coupon: str = Field("", max_length=40)
    accept_licence: list[int] = Field([], max_length=20)
    attestation: AttestationIn | None = None


class DeliveryOut(BaseModel):
    """The parcel of a line that ships; `tracking_url` is the carrier's page, empty when there is none.

    `delivery` is the way that was chosen; it takes `days_from` to `days_to` working days, if its seller said so.
    """

    line: int
    state: str
    delivery: str
    days_from: int | None
    days_to: int | None
    shipping_minor: int
    carrier: str
    tracking_number: str
    tracking_url: str
    why: str

    @classmethod
    def of(cls, line: OrderLine) -> "list[DeliveryOut]":
        """Return the parcel of a line, if it has one, without its address."""
        sent = line.shipment
        if sent is None:
            return []
        page = tracking_page(sent.carrier, sent.tracking)
        return [
            cls(
                line=line.number,
                state=sent.state,
                delivery=sent.delivery,
                days_from=sent.days_from,
                days_to=sent.days_to,
                shipping_minor=line.shipping_minor,
                carrier=sent.carrier,
                tracking_number=sent.tracking,
                tracking_url=page,
                why=sent.why,
            )
        ]


class LineOut(BaseModel):
    """A line of an order: so many licences at `unit_minor` each, less a discount, and delivery make its price.

    With `for_others` none of them is the buyer's own.
    """

    number: int
    title: str
    quantity: int
    for_others: bool
    unit_minor: int
    discount_minor: int
    price_minor: int


class OrderOut(BaseModel):
    """An order; amounts in minor units of its currency. `payment_url` is where the buyer pays."""

    id: str
    state: str
    total_minor: int
    currency: str
    lines: list[str]
    items: list[LineOut]
    deliveries: list[DeliveryOut] = []
    placed_at: datetime
    paid_at: datetime | None
    payment_url: str | None = None

    @classmethod
    def of(cls, order: Order, payment_url: str | None = None) -> "OrderOut":
        """Return the order as the API shows it."""
        return cls(
            id=order.public_id,
            state=order.state,
            total_minor=order.total.minor,
            currency=order.currency,
            lines=[each.title for each in order.lines],
            deliveries=[found for each in order.lines for found in DeliveryOut.of(each)],
            items=[
                LineOut(
                    number=each.number,
                    title=each.title,
                    quantity=each.quantity,
                    for_others=each.for_others,
                    unit_minor=each.unit_price.minor,
                    discount_minor=each.discount_minor,
                    price_minor=each.price_minor,
                )
                for each in order.lines
            ],
            placed_at=order.placed_at,
            paid_at=order.paid_at,
            payment_url=payment_url,
        )


@router.post("", status_code=201)
def create_order(
    body: NewOrder,
    house: TheHouse,
    buyer: Caller,
    idempotency_key: Annotated[str, Header(min_length=16, max_length=80)],
) -> OrderOut:
    """Place an order and get the address to pay at. Repeat with the same key to read it again."""
    now = house.now()
    with house.unit_of_work() as session:
        wanted = {slug: listing_by_slug(session, buyer, slug).id for slug in body.listings}
        order = place_order(
            session,
            buyer,
            list(wanted.values()),
            key=idempotency_key,
            quantities={wanted[slug]: count for slug, count in body.quantities.items() if slug in wanted},
            for_others={wanted[slug] for slug in body.for_others if slug in wanted},
            deliveries={wanted[slug]: name for slug, name in body.deliveries.items() if slug in wanted},
            notes={wanted[slug]: note for slug, note in body.notes.items() if slug in wanted},
            coupon=body.coupon,
            agreed=agreed(body.accept_licence, body.attestation),
            now=now,
        )
    if order.state != OrderState.AWAITING_PAYMENT:
        return OrderOut.of(order)
    return_url = f"{house.settings.base_url}/pay/return/{order.public_id}"
    url = start_payment(house.database, house.gateway, buyer, order.public_id, return_url=return_url, now=now)
    return OrderOut.of(order, url)


@router.get("")
def list_orders(session: Look, buyer: Caller) -> list[OrderOut]:
    """List your orders, newest first."""
    return [OrderOut.of(each) for each in my_orders(session, buyer)]


@router.get("/{order_id}")
def show_order(order_id: str, session: Look, buyer: Caller) -> OrderOut:
    """Show one of your orders."""
    return OrderOut.of(order_of(session, buyer, order_id))


@router.post("/{order_id}/lines/{number}/received")
def receive_line(order_id: str, number: int, house: TheHouse, session: Work, buyer: Caller) -> OrderOut:
    """Say that you have what was sent to you."""
    return OrderOut.of(confirm_receipt(session, buyer, order_id, number, now=house.now()))
