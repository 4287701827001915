"""What a seller sold, to whom, what the house takes, and the month's statement."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from polidat.api.deps import CurrencyCode, Id, Look, Seller, TheHouse
from polidat.api.files import CSV, PDF, file_answer, file_of
from polidat.api.paging import ThePage
from polidat.catalog import rates_of
from polidat.insights import (
    Customer,
    SellerStatement,
    StatementLine,
    customer_of,
    customers_of,
    month_of,
    seller_statement,
    statement_csv,
    statement_pdf,
)
from polidat.orders import Sale, sales_of
from polidat.people import Person

router = APIRouter(prefix="/v1/seller", tags=["sales"])
Month = Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


class SaleOut(BaseModel):
    """A line somebody paid for: amounts of all its licences, in minor units; `note` is what the buyer wrote to you."""

    order: str
    line: int
    title: str
    quantity: int
    unit_minor: int
    price_minor: int
    commission_minor: int
    currency: str
    note: str
    sold_at: datetime

    @classmethod
    def of(cls, sale: Sale) -> "SaleOut":
        """Return the sale as the API shows it."""
        return cls(
            order=sale.order,
            line=sale.line,
            title=sale.title,
            quantity=sale.quantity,
            unit_minor=sale.unit_price.minor,
            price_minor=sale.price.minor,
            commission_minor=sale.commission.minor,
            currency=sale.price.currency,
            note=sale.note,
            sold_at=sale.sold_at,
        )


class SpentOut(BaseModel):
    """What a customer paid you in a currency, and what of it went back, in minor units."""

    currency: str
    paid_minor: int
    refunded_minor: int
    disputed_minor: int


class CustomerOut(BaseModel):
    """Somebody who bought from you; `stripe_ids` are known once they subscribed."""

    id: int
    email: str
    name: str
    stripe_ids: list[str]
    orders: int
    subscriptions: int
    spent: list[SpentOut]
    first_at: datetime | None
    last_at: datetime | None

    @classmethod
    def of(cls, found: Customer) -> "CustomerOut":
        """Return the customer as the API shows them."""
        return cls(
            id=found.person_id,
            email=found.email,
            name=found.name,
            stripe_ids=list(found.stripe_ids),
            orders=found.orders,
            subscriptions=found.subscriptions,
            spent=[
                SpentOut(
                    currency=each.paid.currency,
                    paid_minor=each.paid.minor,
                    refunded_minor=each.refunded.minor,
                    disputed_minor=each.disputed.minor,
                )
                for each in found.spent
            ],
            first_at=found.first_at,
            last_at=found.last_at,
        )


class StatementLineOut(BaseModel):
    """A line of a statement, in minor units, signed as it changes what you are owed.

    `what` is sale, period (of a subscription), use (a day of single uses), refund, dispute, sent, taken_back, hosting.
    Gross, commission, card fee and what the house bore of an exchange make `yours_minor`; `moved_minor` went to your
    account at Stripe, or came back. `rate` and `rule` say by what the commission was reckoned.
    """

    at: datetime
    what: str
    order_ref: str
    number: int | None
    title: str
    quantity: int | None
    unit_minor: int | None
    gross_minor: int
    commission_minor: int
    card_fee_minor: int
    borne_minor: int
    yours_minor: int
    moved_minor: int
    rate: str
    rule: str

    @classmethod
    def of(cls, line: StatementLine) -> "StatementLineOut":
        """Return the line as the API shows it."""
        return cls.model_validate(line, from_attributes=True)


class CustomerLineOut(StatementLineOut):
    """A line of a customer's history with you, in its own currency."""

    currency: str


class CustomerDetail(CustomerOut):
    """A customer with what they bought of you and what went back, the latest first."""

    lines: list[CustomerLineOut]


class RateOut(BaseModel):
    """What the house takes of one kind of sale of a listing now; amounts in minor units of the listing's currency."""

    listing: str
    kind: str
    shown: str
    bps: int
    fixed_minor: int
    min_minor: int
    max_minor: int | None
    currency: str


class StatementOut(BaseModel):
    """Your month in one currency: what was owed when it began and when it ended, and every line between."""

    first: date
    last: date
    currency: str
    opening_minor: int
    closing_minor: int
    lines: list[StatementLineOut]


@router.get("/sales")
def list_sales(session: Look, seller: Seller, page: ThePage) -> list[SaleOut]:
    """List what you sold, newest first, also what is still to be sent; free copies are sales at 0."""
    found = sales_of(session, seller, limit=page.one_more, after=page.after)
    return [SaleOut.of(each) for each in page.cut(found, lambda each: each.place)]


@router.get("/customers")
def list_customers(
    house: TheHouse, session: Look, seller: Seller, page: ThePage, q: Annotated[str, Query(max_length=200)] = ""
) -> list[CustomerOut]:
    """List your customers, the latest first; those whose address or name has the words of `q`, if any."""
    after = _number(page.after) if page.after else None
    found = customers_of(session, seller, now=house.now(), words=q, limit=page.one_more, after=after)
    return [CustomerOut.of(each) for each in page.cut(found, lambda each: each.person_id)]


@router.get("/customers/{customer_id}")
def show_customer(customer_id: Id, house: TheHouse, session: Look, seller: Seller) -> CustomerDetail:
    """Show one of your customers with every line they bought of you."""
    found, lines = customer_of(session, seller, customer_id, now=house.now())
    told = [CustomerLineOut(**StatementLineOut.of(each.line).model_dump(), currency=each.currency) for each in lines]
    return CustomerDetail(**CustomerOut.of(found).model_dump(), lines=told)


@router.get("/rates")
def list_rates(house: TheHouse, session: Look, seller: Seller, page: ThePage) -> list[RateOut]:
    """List what the house takes of your listings now; what was sold before keeps the rate it was sold with."""
    found = rates_of(session, seller, now=house.now())
    return [
        RateOut(
            listing=each.listing.slug,
            kind=each.kind,
            shown=each.shown,
            bps=each.terms.bps,
            fixed_minor=each.terms.fixed_minor,
            min_minor=each.terms.min_minor,
            max_minor=each.terms.max_minor,
            currency=each.listing.currency,
        )
        for each in page.of(found, lambda each: f"{each.listing.slug}:{each.kind}")
    ]


@router.get("/statements/{month}")
def show_statement(month: Month, session: Look, seller: Seller, code: CurrencyCode = "usd") -> StatementOut:
    """Show your statement of a month: sales, refunds, commission, fees, what was sent, and what is owed."""
    found = _statement(session, seller, month, code)
    return StatementOut(
        first=found.period.first,
        last=found.period.last,
        currency=found.currency,
        opening_minor=found.opening_minor,
        closing_minor=found.closing_minor,
        lines=[StatementLineOut.of(each) for each in found.lines],
    )


@router.get("/statements/{month}/csv", response_class=Response, responses=file_answer(CSV))
def show_statement_csv(month: Month, session: Look, seller: Seller, code: CurrencyCode = "usd") -> Response:
    """Get your statement of a month as CSV."""
    found = _statement(session, seller, month, code)
    return file_of(statement_csv(found), CSV, f"polidat-statement-{month}-{found.currency}.csv")


@router.get("/statements/{month}/pdf", response_class=Response, responses=file_answer(PDF))
def show_statement_pdf(month: Month, session: Look, seller: Seller, code: CurrencyCode = "usd") -> Response:
    """Get your statement of a month as PDF."""
    found = _statement(session, seller, month, code)
    return file_of(statement_pdf(found), PDF, f"polidat-statement-{month}-{found.currency}.pdf")


def _statement(session: Session, seller: Person, month: str, code: str) -> SellerStatement:
    return seller_statement(session, seller, month_of(date.fromisoformat(f"{month}-01")), code)


def _number(cursor: str) -> int:
    return int(cursor) if cursor.isdecimal() and len(cursor) < 19 else 0
