"""Orders as the API takes and shows them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from polidat.api.bodies import Body
from polidat.catalog import Agreed, Attested
from polidat.orders import QUANTITY_MAX, Order, OrderLine, tracking_page
from polidat.payments import Refund


class AttestationIn(Body):
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


class Accepting(Body):
    """The licences you accept, by `licence.id`, and who you are for listings that ask."""

    accept_licence: list[int] = Field([], max_length=20)
    attestation: AttestationIn | None = None


class AddressIn(Body):
    """Where something is sent, and to whom; the country is two letters."""

    name: str = Field(max_length=200)
    line1: str = Field(max_length=200)
    line2: str = Field("", max_length=200)
    city: str = Field(max_length=200)
    state: str = Field("", max_length=200)
    postal_code: str = Field("", max_length=200)
    country: str = Field(min_length=2, max_length=2)


class RefundOut(BaseModel):
    """Money that goes back, in minor units.

    `state` is requested, pending, succeeded, failed (the bank sent it back) or refused (Stripe said no).
    """

    id: str
    order: str
    amount_minor: int
    currency: str
    state: str
    problem: str
    requested_at: datetime

    @classmethod
    def of(cls, refund: Refund) -> "RefundOut":
        """Return the refund as the API shows it."""
        return cls(
            id=refund.public_id,
            order=refund.subject,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            state=refund.state,
            problem=refund.problem,
            requested_at=refund.requested_at,
        )


class NewOrder(Body):
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

    @model_validator(mode="after")
    def _about_what_is_ordered(self) -> Self:
        told = (*self.quantities, *self.for_others, *self.deliveries, *self.notes)
        if left_out := sorted({*told} - {*self.listings}):
            raise ValueError(f"something is said about {', '.join(left_out)}, which is not in listings")
        return self


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
