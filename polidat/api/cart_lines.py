"""The cart of whoever has the key: what they mean to buy together, and one payment for all of it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from polidat.api.bodies import Body
from polidat.api.deps import Buyer, IdempotencyKey, Look, Shopper, TheHouse, Work
from polidat.api.order_bodies import Accepting, OrderOut, agreed
from polidat.api.orders import to_pay
from polidat.catalog import discounts, listing_by_slug
from polidat.orders import (
    QUANTITY_MAX,
    CartItem,
    OneCurrencyPerOrder,
    add_to_cart,
    cart_cost,
    cart_of,
    cart_told,
    order_cart,
    remove_from_cart,
)
from polidat.people import Person, noted_call
from polidat.wiring import House

router = APIRouter(prefix="/v1/cart", tags=["cart"])


class CartLineIn(Body):
    """So many licences of a listing, and words to its seller; what is left out stays as it is.

    With `for_others` you give all of them away, and may have the listing already; `delivery` is a way a good is sent.
    """

    quantity: int | None = Field(None, ge=1, le=QUANTITY_MAX)
    for_others: bool | None = None
    delivery: str | None = Field(None, max_length=60)
    note: str | None = Field(None, max_length=500)


class CartLineOut(BaseModel):
    """A line of the cart as it would be ordered now; `was_minor` is what one licence cost when it was added.

    At most `quantity_most` licences can be bought; `problem` says why the line cannot be ordered, else it is empty.
    """

    listing: str
    title: str
    store: str
    quantity: int
    quantity_most: int
    for_others: bool
    delivery: str
    delivery_minor: int
    unit_minor: int | None
    was_minor: int
    price_minor: int
    currency: str
    note: str
    problem: str

    @classmethod
    def of(cls, item: CartItem) -> "CartLineOut":
        """Return the line as the API shows it."""
        return cls(
            listing=item.listing.slug,
            title=item.listing.title,
            store=item.listing.store.slug,
            quantity=item.quantity,
            quantity_most=item.most,
            for_others=item.for_others,
            delivery=item.way.name if item.way else "",
            delivery_minor=item.way.price.minor if item.way else 0,
            unit_minor=item.listing.price_minor,
            was_minor=item.was.minor,
            price_minor=item.price.minor,
            currency=item.listing.currency,
            note=item.note,
            problem=item.problem,
        )


class CartOut(BaseModel):
    """A cart: goods less discount, and delivery, make the total, in minor units.

    Without lines, or while they are in more than one currency, there is no total, and `problem` says why. `told` is
    what was left out when a visitor's cart came in at sign-in.
    """

    lines: list[CartLineOut]
    currency: str | None = None
    goods_minor: int | None = None
    discount_minor: int | None = None
    delivery_minor: int | None = None
    total_minor: int | None = None
    problem: str = ""
    told: str = ""


class Checkout(Accepting):
    """What is agreed to with this click, and a coupon if there is one."""

    coupon: str = Field("", max_length=40)


@router.get("")
def show_cart(
    house: TheHouse, session: Look, buyer: Shopper, coupon: Annotated[str, Query(max_length=40)] = ""
) -> CartOut:
    """Show your cart as it would be ordered now, with what a coupon takes off. Nothing is kept or used by looking."""
    return _shown(session, buyer, house, coupon)


@router.put("/lines/{slug}")
def put_line(slug: str, body: CartLineIn, house: TheHouse, session: Work, buyer: Buyer) -> CartOut:
    """Put a listing into your cart, or change how many licences of it, or the note to its seller."""
    listing = listing_by_slug(session, buyer, slug)
    add_to_cart(session, buyer, listing.id, **body.model_dump(), now=house.now())
    return _shown(session, buyer, house, "")


@router.delete("/lines/{slug}", status_code=204)
def delete_line(slug: str, session: Work, buyer: Buyer) -> None:
    """Take a listing out of your cart; nothing happens when it is not in it."""
    remove_from_cart(session, buyer, listing_by_slug(session, buyer, slug).id)


@router.post("/checkout", status_code=201)
def check_out(body: Checkout, house: TheHouse, buyer: Buyer, idempotency_key: IdempotencyKey) -> OrderOut:
    """Turn the cart into one order, empty it, and get the address to pay at. Repeat with the same key to read it again.

    The prices are those of now. `accept_licence` names the licence of each line, by `licence.id` of the listing.
    """
    told, now = agreed(body.accept_licence, body.attestation), house.now()
    with house.unit_of_work() as session:
        noted_call(session, buyer, idempotency_key, f"checkout {body.model_dump_json()}", now=now)
        order = order_cart(session, buyer, key=idempotency_key, coupon=body.coupon, agreed=told, now=now)
    return to_pay(house, buyer, order)


def _shown(session: Session, buyer: Person, house: House, coupon: str) -> CartOut:
    items = cart_of(session, buyer)
    told = CartOut(lines=[CartLineOut.of(each) for each in items], told=cart_told(session, buyer))
    if not items:
        told.problem = "Your cart is empty."
        return told
    try:
        goods, delivery = cart_cost(session, items)
    except OneCurrencyPerOrder as error:
        told.problem = error.says
        return told
    listings = [each.listing for each in items]
    quantities = {each.listing.id: each.quantity for each in items}
    taken: Mapping[int, int] = {}
    if coupon.strip():
        taken = discounts(session, coupon, listings, quantities, now=house.now())
    told.currency, told.goods_minor, told.delivery_minor = goods.currency, goods.minor, delivery.minor
    told.discount_minor = sum(taken.values())
    told.total_minor = goods.minor + delivery.minor - told.discount_minor
    return told
