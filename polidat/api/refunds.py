"""What went wrong with a sale: money that goes back, and disputes."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from polidat.api.bodies import Body
from polidat.api.deps import IdempotencyKey, Look, Payer, Seller, TheHouse, Work
from polidat.api.order_bodies import RefundOut
from polidat.api.paging import ThePage
from polidat.core import NotFound
from polidat.orders import (
    SaleRefund,
    answer_for_sale,
    disputes_about,
    give_up_sale,
    refund_licences,
    refund_order,
    refunds_of_sale,
)
from polidat.payments import Dispute
from polidat.people import Person, do_once
from polidat.wiring import House

router = APIRouter(prefix="/v1/seller", tags=["refunds and disputes"])


class NewRefund(Body):
    """What goes back: `amounts_minor` by number of the line; or so many `licences` of a `line`; or all that is left."""

    amounts_minor: dict[int, int] | None = Field(None, min_length=1, max_length=20)
    line: int | None = None
    licences: int | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.line is None) != (self.licences is None) or (self.line is not None and self.amounts_minor):
            raise ValueError("name amounts by line, or a line and its licences, or nothing for all that is left")
        return self


class SaleRefundOut(RefundOut):
    """A refund of lines you sold: `amount_minor` is theirs alone, `amounts_minor` and `licences` are by line."""

    amounts_minor: dict[int, int]
    licences: dict[int, int]

    @classmethod
    def of_sale(cls, found: SaleRefund) -> "SaleRefundOut":
        """Return the refund as the API shows it to a seller."""
        told = RefundOut.of(found.refund).model_dump()
        told["amount_minor"] = found.amount.minor
        return cls(**told, amounts_minor=found.parts, licences={n: many for n, many in found.licences.items() if many})


class DisputeOut(BaseModel):
    """A bank's claim on what a buyer paid, in Stripe's states; `respond_by` is until when evidence is taken."""

    id: str
    order: str
    state: str
    reason: str
    amount_minor: int
    currency: str
    respond_by: datetime | None
    opened_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, dispute: Dispute) -> "DisputeOut":
        """Return the dispute as the API shows it."""
        return cls(
            id=dispute.id,
            order=dispute.subject,
            state=dispute.state,
            reason=dispute.reason,
            amount_minor=dispute.amount_minor,
            currency=dispute.currency,
            respond_by=dispute.respond_by,
            opened_at=dispute.opened_at,
            closed_at=dispute.closed_at,
        )


class Evidence(Body):
    """What speaks for the sale; the bank gets it once and for all."""

    uncategorized_text: str = Field("", max_length=20_000)
    product_description: str = Field("", max_length=20_000)
    access_activity_log: str = Field("", max_length=20_000)
    customer_name: str = Field("", max_length=20_000)
    customer_email_address: str = Field("", max_length=20_000)


@router.post("/sales/{order_id}/refunds", status_code=201)
def create_refund(
    order_id: str, body: NewRefund, house: TheHouse, session: Work, seller: Payer, idempotency_key: IdempotencyKey
) -> SaleRefundOut:
    """Give back what a buyer paid for lines you sold. Repeat with the same key to read it again.

    Who bears the commission is the store's policy, as it was when the order was placed. The buyer gets the money once
    Stripe has taken the refund; `state` says how far it is.
    """
    now = house.now()

    def give() -> str:
        if body.line is not None and body.licences is not None:
            return refund_licences(session, seller, order_id, body.line, body.licences, now=now).public_id
        return refund_order(session, seller, order_id, body.amounts_minor, now=now).public_id

    made = do_once(session, seller, idempotency_key, f"refund {order_id} {body.model_dump_json()}", give, now=now)
    found = refunds_of_sale(session, seller, order_id)
    return next(SaleRefundOut.of_sale(each) for each in found if each.refund.public_id == made)


@router.get("/sales/{order_id}/refunds")
def list_sale_refunds(order_id: str, session: Look, seller: Seller, page: ThePage) -> list[SaleRefundOut]:
    """List what went back of the lines you sold in an order, oldest first."""
    found = refunds_of_sale(session, seller, order_id)
    return [SaleRefundOut.of_sale(each) for each in page.of(found, lambda each: each.refund.public_id)]


@router.get("/disputes")
def list_disputes(session: Look, seller: Seller, page: ThePage) -> list[DisputeOut]:
    """List the disputes over what you sold, those to be answered first."""
    return [DisputeOut.of(each) for each in page.of(disputes_about(session, seller, limit=None), lambda each: each.id)]


@router.get("/disputes/{dispute_id}")
def show_dispute(dispute_id: str, house: TheHouse, seller: Seller) -> DisputeOut:
    """Show one of the disputes over what you sold."""
    return _dispute(house, seller, dispute_id)


@router.post("/disputes/{dispute_id}/evidence")
def submit_evidence(dispute_id: str, body: Evidence, house: TheHouse, seller: Seller) -> DisputeOut:
    """Send the bank what speaks for the sale, once and for all."""
    told = {name: words for name, words in body.model_dump().items() if words.strip()}
    answer_for_sale(house.database, house.gateway, seller, dispute_id, told, now=house.now())
    return _dispute(house, seller, dispute_id)


@router.post("/disputes/{dispute_id}/accept")
def accept(dispute_id: str, house: TheHouse, seller: Payer) -> DisputeOut:
    """Give a dispute up: it is lost, and the buyer keeps the money. One of several sellers of an order may not."""
    give_up_sale(house.database, house.gateway, seller, dispute_id, now=house.now())
    return _dispute(house, seller, dispute_id)


def _dispute(house: House, seller: Person, dispute_id: str) -> DisputeOut:
    with house.reading() as session:
        found = next((each for each in disputes_about(session, seller, limit=None) if each.id == dispute_id), None)
    if found is None:
        raise NotFound("There is no such dispute over what you sold.")
    return DisputeOut.of(found)
