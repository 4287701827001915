"""What a seller sold, paid and was sent: the statement of a period, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from polidat.core import Money, currency
from polidat.db import sql_text
from polidat.insights.rates import LineRate, key_of, rates_of_lines
from polidat.insights.revenue import about_facts
from polidat.insights.rules import Period
from polidat.ledger import seller_owed, seller_owes
from polidat.people import Person

MOVED = ("sent", "taken_back")


@dataclass(frozen=True)
class StatementLine:
    """One line of a seller's statement; amounts are signed as they change what the seller is owed.

    `what` is sale, period (of a subscription), use (a day of single uses), refund, dispute, sent, taken_back, hosting.
    `gross_minor`, the commission and the card fee passed on (both negative, for a sale) and what the house bore of an
    exchange (`borne_minor`) sum to `yours_minor`. `moved_minor` went to the seller's Stripe account (negative) or came
    back from it, or was kept for hosting. `rate` and `rule` say by what the commission was reckoned, in words. A sale
    is of `quantity` licences at `unit_minor` each before any discount and delivery; other lines have none.
    """

    at: datetime
    what: str
    order_ref: str
    number: int | None
    title: str
    gross_minor: int
    commission_minor: int
    card_fee_minor: int
    borne_minor: int
    yours_minor: int
    moved_minor: int
    rate: str = ""
    rule: str = ""
    quantity: int | None = None
    unit_minor: int | None = None

    def many(self, code: str) -> str:
        """Return number and price of several licences, "3 × 19.00 USD"; empty for one, and for what is no sale."""
        several = self.quantity is not None and self.quantity > 1 and self.unit_minor is not None
        return f"{self.quantity} × {Money(self.unit_minor or 0, code)}" if several else ""


@dataclass(frozen=True)
class SellerStatement:
    """A seller's period in one currency: what was owed when it began and when it ended, and every line between.

    Owed counts what is held over disputes, and less than nothing is what the seller owes the house.
    """

    seller: Person
    period: Period
    currency: str
    opening_minor: int
    closing_minor: int
    lines: Sequence[StatementLine]

    def total(self, name: str, *whats: str) -> int:
        """Return the sum of an amount over the lines, or over those of some kinds."""
        return sum(getattr(each, name) for each in self.lines if not whats or each.what in whats)

    @property
    def adds_up(self) -> bool:
        """Whether opening and lines make the closing: always, or the books are not read right."""
        change = self.total("yours_minor") + self.total("moved_minor")
        return self.opening_minor + change == self.closing_minor


def seller_statement(session: Session, seller: Person, period: Period, code: str) -> SellerStatement:
    """Return the seller's own statement of a period. Raises Invalid for a currency we do not trade in."""
    known = currency(code).code
    window = {"since": period.since, "until": period.until, "currency": known, "seller_id": seller.id}
    owed = session.execute(sql_text("polidat.insights", "owed"), window).one()
    return SellerStatement(
        seller=seller,
        period=period,
        currency=known,
        opening_minor=int(owed.opening_minor),
        closing_minor=int(owed.closing_minor),
        lines=lines_of(session, {**window, "buyer_id": None}),
    )


def lines_of(session: Session, window: dict[str, Any]) -> Sequence[StatementLine]:
    """Return the lines of `since`, `until`, `currency`, `seller_id` and `buyer_id`; the last alone may be None."""
    rows = session.execute(about_facts("statement"), window).all()
    rates = rates_of_lines(session, (row.order_ref for row in rows if row.order_ref), window)
    keys = [key_of(row.what, row.order_ref or "", row.number, row.at) for row in rows]
    found = [rates.get(key, LineRate()) if key else LineRate() for key in keys]
    return [
        StatementLine(
            at=row.at,
            what=row.what,
            order_ref=row.order_ref or "",
            number=row.number,
            title=row.title,
            gross_minor=int(row.gross_minor),
            commission_minor=int(row.commission_minor),
            card_fee_minor=int(row.card_fee_minor),
            borne_minor=int(row.borne_minor),
            yours_minor=int(row.yours_minor),
            moved_minor=int(row.moved_minor),
            rate=by.rate,
            rule=by.rule,
            quantity=row.quantity,
            unit_minor=row.unit_minor,
        )
        for row, by in zip(rows, found, strict=True)
    ]


def statement_currencies(session: Session, seller: Person) -> Sequence[str]:
    """Return the currencies in which the seller was ever owed anything, or owes."""
    found = (*seller_owed(session, seller.id), *seller_owes(session, seller.id))
    return sorted({each.currency for each in found})
