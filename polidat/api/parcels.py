"""What a seller has to send, and how it is followed."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from polidat.api.bodies import Body
from polidat.api.deps import Look, Payer, Seller, TheHouse, Work
from polidat.api.paging import ThePage
from polidat.core import NotFound
from polidat.orders import (
    CARRIERS,
    Parcel,
    accept_shipment,
    cancel_shipment,
    parcels_of,
    ship_line,
    tracking_page,
)
from polidat.people import Person

router = APIRouter(prefix="/v1/seller/parcels", tags=["parcels"])


class ParcelOut(BaseModel):
    """A parcel of yours: send it until `due_at`, unless `waits` says why it cannot go yet.

    `address` are the lines of its label; none until the buyer has given one, or once it is forgotten.
    """

    order: str
    line: int
    title: str
    quantity: int
    note: str
    state: str
    waits: str
    due_at: datetime | None
    address: list[str]
    carrier: str
    tracking_number: str
    tracking_url: str
    why: str
    shipped_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, found: Parcel) -> "ParcelOut":
        """Return the parcel as the API shows it to its seller."""
        sent = found.shipment
        return cls(
            order=found.order,
            line=found.line.number,
            title=found.line.title,
            quantity=found.line.quantity,
            note=found.line.note,
            state=sent.state,
            waits=found.waits,
            due_at=found.due_at,
            address=list(sent.address.lines) if sent.address else [],
            carrier=sent.carrier,
            tracking_number=sent.tracking,
            tracking_url=tracking_page(sent.carrier, sent.tracking),
            why=sent.why,
            shipped_at=sent.shipped_at,
            ended_at=sent.ended_at,
        )


class Tracking(Body):
    """With whom a parcel goes, and under which number; only another carrier's may be empty."""

    carrier: str = Field(max_length=40, description="One of " + ", ".join(CARRIERS) + ".")
    tracking_number: str = Field("", max_length=60)


class NotSent(Body):
    """Why a parcel is not sent, for its buyer."""

    reason: str = Field(max_length=500)


@router.get("")
def list_parcels(session: Look, seller: Seller, page: ThePage) -> list[ParcelOut]:
    """List what you have to send, the oldest first, then what is on its way, then the latest that is over."""
    found = page.of(parcels_of(session, seller), lambda each: f"{each.order}:{each.line.number}")
    return [ParcelOut.of(each) for each in found]


@router.post("/{order_id}/{number}/accept")
def accept_parcel(order_id: str, number: int, house: TheHouse, session: Work, seller: Seller) -> ParcelOut:
    """Say that a parcel will be sent: its buyer cannot cancel it any more."""
    accept_shipment(session, seller, order_id, number, now=house.now())
    return _one(session, seller, order_id, number)


@router.put("/{order_id}/{number}/tracking")
def ship_parcel(
    order_id: str, number: int, body: Tracking, house: TheHouse, session: Work, seller: Seller
) -> ParcelOut:
    """Say that a parcel is on its way, with whom and under which number; said again, it corrects that."""
    ship_line(session, seller, order_id, number, body.carrier, body.tracking_number, now=house.now())
    return _one(session, seller, order_id, number)


@router.post("/{order_id}/{number}/cancel")
def cancel_parcel(
    order_id: str, number: int, body: NotSent, house: TheHouse, session: Work, seller: Payer
) -> ParcelOut:
    """Do not send a parcel that is not on its way: all that was paid for the line goes back."""
    _one(session, seller, order_id, number)
    cancel_shipment(session, seller, order_id, number, body.reason, now=house.now())
    return _one(session, seller, order_id, number)


def _one(session: Session, seller: Person, order_id: str, number: int) -> ParcelOut:
    for each in parcels_of(session, seller):
        if (each.order, each.line.number) == (order_id, number):
            return ParcelOut.of(each)
    raise NotFound("You have no such parcel to send.")
