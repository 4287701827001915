"""Orders: place, pay, look."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from polidat.api.deps import Buyer, IdempotencyKey, Look, Shopper, TheHouse, Work
from polidat.api.files import PDF, file_answer, file_of
from polidat.api.order_bodies import Accepting, AddressIn, NewOrder, OrderOut, RefundOut, agreed
from polidat.api.paging import ThePage
from polidat.catalog import listing_by_slug
from polidat.core import Conflict
from polidat.orders import (
    NoSuchOrder,
    Order,
    OrderState,
    accept_for_order,
    cancel_shipment,
    confirm_receipt,
    give_address,
    my_orders,
    order_of,
    place_order,
    receipt_pdf,
    start_payment,
    sync_order,
)
from polidat.payments import Address, refunds_of
from polidat.people import Person, noted_call
from polidat.wiring import House

router = APIRouter(prefix="/v1/orders", tags=["orders"])


@router.post("", status_code=201)
def create_order(
    body: NewOrder,
    house: TheHouse,
    buyer: Buyer,
    idempotency_key: IdempotencyKey,
) -> OrderOut:
    """Place an order and get the address to pay at. Repeat with the same key to read it again."""
    now = house.now()
    with house.unit_of_work() as session:
        noted_call(session, buyer, idempotency_key, f"order {body.model_dump_json()}", now=now)
        wanted = {slug: listing_by_slug(session, buyer, slug).id for slug in body.listings}
        order = place_order(
            session,
            buyer,
            list(wanted.values()),
            key=idempotency_key,
            quantities={wanted[slug]: count for slug, count in body.quantities.items()},
            for_others={wanted[slug] for slug in body.for_others},
            deliveries={wanted[slug]: name for slug, name in body.deliveries.items()},
            notes={wanted[slug]: note for slug, note in body.notes.items()},
            coupon=body.coupon,
            agreed=agreed(body.accept_licence, body.attestation),
            now=now,
        )
    return to_pay(house, buyer, order)


def to_pay(house: House, buyer: Person, order: Order) -> OrderOut:
    """Return an order as the API shows it, with the address to pay at if that is what it waits for."""
    if order.state != OrderState.AWAITING_PAYMENT:
        return OrderOut.of(order)
    return OrderOut.of(order, _address(house, buyer, order.public_id))


@router.get("")
def list_orders(session: Look, buyer: Shopper, page: ThePage) -> list[OrderOut]:
    """List your orders, newest first."""
    found = my_orders(session, buyer, limit=page.one_more, after=page.after)
    return [OrderOut.of(each) for each in page.cut(found, lambda each: each.public_id)]


@router.get("/{order_id}")
def show_order(order_id: str, session: Look, buyer: Shopper) -> OrderOut:
    """Show one of your orders."""
    return OrderOut.of(order_of(session, buyer, order_id))


@router.post("/{order_id}/pay")
def pay_order(order_id: str, house: TheHouse, buyer: Buyer) -> OrderOut:
    """Get the address to pay at again; while the payment is open it is the same one."""
    url = _address(house, buyer, order_id)
    with house.reading() as session:
        return OrderOut.of(order_of(session, buyer, order_id), url)


@router.post("/{order_id}/sync")
def sync_payment(order_id: str, house: TheHouse, buyer: Shopper) -> OrderOut:
    """Ask Stripe what was paid, instead of waiting for its word, and show the order."""
    return OrderOut.of(sync_order(house.database, house.gateway, buyer, order_id, now=house.now()))


@router.post("/{order_id}/accept")
def accept_later(order_id: str, body: Accepting, house: TheHouse, session: Work, buyer: Buyer) -> OrderOut:
    """Accept the licences of an order that is paid and waits for that, such as a won auction."""
    told = agreed(body.accept_licence, body.attestation)
    return OrderOut.of(accept_for_order(session, buyer, order_id, told, now=house.now()))


@router.get("/{order_id}/receipt", response_class=Response, responses=file_answer(PDF))
def show_receipt(order_id: str, session: Look, buyer: Shopper) -> Response:
    """Get the receipt of one of your paid orders as PDF, with what went back of it."""
    order = own_order(session, buyer, order_id)
    if not order.has_receipt:
        raise Conflict("There is no receipt yet: this order is not paid.")
    told = receipt_pdf(order, buyer, refunds_of(session, order.public_id))
    return file_of(told, PDF, f"{order.public_id}.pdf")


@router.get("/{order_id}/refunds")
def list_refunds(order_id: str, session: Look, buyer: Shopper, page: ThePage) -> list[RefundOut]:
    """List what goes back to you of one of your orders, oldest first."""
    found = refunds_of(session, own_order(session, buyer, order_id).public_id)
    return [RefundOut.of(each) for each in page.of(found, lambda each: each.public_id)]


@router.put("/{order_id}/lines/{number}/address")
def set_address(order_id: str, number: int, body: AddressIn, house: TheHouse, session: Work, buyer: Buyer) -> OrderOut:
    """Say where a parcel goes that has no address yet."""
    return OrderOut.of(give_address(session, buyer, order_id, number, Address(**body.model_dump()), now=house.now()))


@router.post("/{order_id}/lines/{number}/cancel")
def cancel_line(order_id: str, number: int, house: TheHouse, session: Work, buyer: Buyer) -> OrderOut:
    """Cancel a parcel of yours before its seller accepts it; all that was paid for the line goes back to you.

    A line that opens data as well is canceled by its seller only: the data is yours already.
    """
    own_order(session, buyer, order_id)
    return OrderOut.of(cancel_shipment(session, buyer, order_id, number, now=house.now()))


@router.post("/{order_id}/lines/{number}/received")
def receive_line(order_id: str, number: int, house: TheHouse, session: Work, buyer: Buyer) -> OrderOut:
    """Say that you have what was sent to you."""
    return OrderOut.of(confirm_receipt(session, buyer, order_id, number, now=house.now()))


def own_order(session: Session, buyer: Person, order_id: str) -> Order:
    """Return an order to its buyer, and not to operators either. Raises NoSuchOrder."""
    order = order_of(session, buyer, order_id)
    if order.buyer_id != buyer.id:
        raise NoSuchOrder
    return order


def _address(house: House, buyer: Person, order_id: str) -> str:
    return_url = f"{house.settings.base_url}/pay/return/{order_id}"
    return start_payment(house.database, house.gateway, buyer, order_id, return_url=return_url, now=house.now())
