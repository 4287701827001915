"""Payouts: asked for, listed, and line by line."""

from contextlib import suppress
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from polidat.api.bodies import Body
from polidat.api.deps import CurrencyCode, IdempotencyKey, Look, Payer, Seller, TheHouse
from polidat.api.files import CSV, file_answer, file_of
from polidat.api.paging import ThePage
from polidat.core import Money, Unavailable, currency
from polidat.insights import PayoutLine, not_paid_out, payout_csv, payout_statement
from polidat.orders import ask_payout_once
from polidat.payments import Payout, payouts_of, seller_payouts

router = APIRouter(prefix="/v1/seller/payouts", tags=["payouts"])


class NewPayout(Body):
    """How much to send to your bank, in minor units: standard in some days, or instant for a fee of Stripe's."""

    amount_minor: int = Field(le=10**12)
    currency: str = Field(min_length=3, max_length=3, examples=["usd"])
    method: Literal["standard", "instant"] = "standard"


class PayoutOut(BaseModel):
    """A payout in Stripe's states, amounts in minor units; `problem` says why one came back."""

    id: str
    amount_minor: int
    fee_minor: int
    currency: str
    method: str
    state: str
    problem: str
    is_automatic: bool
    created_at: datetime
    arrives_at: datetime

    @classmethod
    def of(cls, payout: Payout) -> "PayoutOut":
        """Return the payout as the API shows it."""
        return cls.model_validate(payout, from_attributes=True)


class PayoutLineOut(BaseModel):
    """Money that came to your account at Stripe or left it (negative), in minor units.

    `what` is sale, use, refund, dispute, or returned after a dispute that was won. Gross, commission, card fee and what
    was kept for a debt make `moved_minor`; `paid_minor` of it is in this payout.
    """

    at: datetime
    what: str
    order_ref: str
    title: str
    gross_minor: int
    commission_minor: int
    card_fee_minor: int
    kept_minor: int
    moved_minor: int
    paid_minor: int

    @classmethod
    def of(cls, line: PayoutLine) -> "PayoutLineOut":
        """Return the line as the API shows it."""
        return cls.model_validate(line, from_attributes=True)


class PayoutDetail(PayoutOut):
    """A payout with its lines, oldest first: they and `other_minor` sum to its amount and its fee.

    `other_minor` is money at Stripe that did not come from sales here. One that came back has no lines.
    """

    lines: list[PayoutLineOut]
    other_minor: int


@router.post("", status_code=201)
def create_payout(body: NewPayout, house: TheHouse, seller: Payer, idempotency_key: IdempotencyKey) -> PayoutOut:
    """Send money of yours from Stripe to your bank. Repeat with the same key to read it again.

    A payout that was refused, such as for more than is available, stays refused under its key: take a new one. Soon
    after your bank account was changed a large payout waits.
    """
    amount = Money(body.amount_minor, currency(body.currency).code)
    made = ask_payout_once(
        house.database, house.gateway, seller, amount, method=body.method, key=idempotency_key, now=house.now()
    )
    found = seller_payouts(house.database, house.gateway, seller)
    return next(PayoutOut.of(each) for each in found if each.id == made)


@router.get("")
def list_payouts(house: TheHouse, seller: Seller, page: ThePage) -> list[PayoutOut]:
    """List your payouts, newest first; while Stripe does not answer, as we saw them last."""
    if not page.after:
        with suppress(Unavailable):
            seller_payouts(house.database, house.gateway, seller)
    with house.reading() as session:
        return [PayoutOut.of(each) for each in page.of(payouts_of(session, seller), lambda each: each.id)]


@router.get("/waiting")
def list_waiting(
    house: TheHouse, session: Look, seller: Seller, page: ThePage, code: CurrencyCode = "usd"
) -> list[PayoutLineOut]:
    """List what of your money is at Stripe and in no payout yet, oldest first, as the next payouts will take it."""
    lines = [*enumerate(not_paid_out(session, seller, code.lower(), now=house.now()), start=1)]
    return [PayoutLineOut.of(line) for _, line in page.of(lines, lambda each: each[0])]


@router.get("/{payout_id}")
def show_payout(payout_id: str, house: TheHouse, session: Look, seller: Seller) -> PayoutDetail:
    """Show one of your payouts line by line: which sales, refunds and fees are in it."""
    found = payout_statement(session, seller, payout_id, now=house.now())
    lines = [PayoutLineOut.of(each) for each in found.lines]
    return PayoutDetail(**PayoutOut.of(found.payout).model_dump(), lines=lines, other_minor=found.other_minor)


@router.get("/{payout_id}/csv", response_class=Response, responses=file_answer(CSV))
def show_payout_csv(payout_id: str, house: TheHouse, session: Look, seller: Seller) -> Response:
    """Get the lines of one of your payouts as CSV; they sum to what the bank got and Stripe's fee."""
    found = payout_statement(session, seller, payout_id, now=house.now())
    return file_of(payout_csv(found), CSV, f"{found.payout.id}.csv")
