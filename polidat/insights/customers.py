"""A seller's customers: who bought what, and what of it went back. Nobody sees another seller's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.insights.errors import NoSuchCustomer
from polidat.insights.revenue import about_facts
from polidat.insights.statement import StatementLine, lines_of
from polidat.orders import Order, OrderLine, OrderState
from polidat.people import Person

EVER = datetime(2000, 1, 1, tzinfo=UTC)
_LIMIT_MAX = 1_000


@dataclass(frozen=True)
class Spent:
    """What a customer paid a seller in one currency, and what of it went back."""

    paid: Money
    refunded: Money
    disputed: Money

    @property
    def kept(self) -> Money:
        """What stayed paid."""
        return self.paid - self.refunded - self.disputed


@dataclass(frozen=True)
class Customer:
    """Somebody who bought from a seller, or got something free. `stripe_ids` are known once they subscribed."""

    person_id: int
    email: str
    name: str
    stripe_ids: tuple[str, ...]
    orders: int
    subscriptions: int
    spent: tuple[Spent, ...]
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True)
class CustomerLine:
    """A line of a customer's history with a seller, in its own currency; free copies are sales at 0."""

    line: StatementLine
    currency: str


def customers_of(
    session: Session,
    seller: Person,
    *,
    now: datetime,
    words: str = "",
    limit: int = 100,
    offset: int = 0,
    after: int | None = None,
) -> Sequence[Customer]:
    """Return the seller's customers, the latest first; those whose address or name has the words, if any.

    With `after` only those behind the customer of that id; behind nobody there is nobody.
    """
    asked = {"words": words.strip(), "limit": min(limit, _LIMIT_MAX), "offset": offset}
    return _found(session, seller, asked | {"after": after, "buyer_id": None}, now=now)


def customer_of(
    session: Session, seller: Person, person_id: int, *, now: datetime
) -> tuple[Customer, Sequence[CustomerLine]]:
    """Return one customer and what they bought of this seller, the latest first. Raises NoSuchCustomer."""
    asked = {"words": "", "limit": 1, "offset": 0, "after": None, "buyer_id": person_id}
    found = _found(session, seller, asked, now=now)
    if not found:
        raise NoSuchCustomer
    window = {"since": EVER, "until": now, "seller_id": seller.id, "buyer_id": person_id}
    told = [
        CustomerLine(line, each.paid.currency)
        for each in found[0].spent
        for line in lines_of(session, {**window, "currency": each.paid.currency})
    ]
    told += _free_lines(session, seller, person_id)
    return found[0], sorted(told, key=lambda each: each.line.at, reverse=True)


def _found(session: Session, seller: Person, asked: dict[str, Any], *, now: datetime) -> Sequence[Customer]:
    window = {"since": EVER, "until": now, "currency": None, "seller_id": seller.id}
    rows = session.execute(about_facts("customers"), {**window, **asked})
    return [
        Customer(
            person_id=row.id,
            email=row.email,
            name=row.name,
            stripe_ids=tuple(row.stripe_ids),
            orders=row.orders,
            subscriptions=row.subscriptions,
            spent=tuple(Spent(*(Money(minor, code) for minor in minors)) for code, *minors in row.spent),
            first_at=row.first_at,
            last_at=row.last_at,
        )
        for row in rows
    ]


def _free_lines(session: Session, seller: Person, person_id: int) -> Sequence[CustomerLine]:
    free = (OrderLine.seller_id == seller.id) & (OrderLine.price_minor == 0)
    theirs = (Order.buyer_id == person_id) & Order.state.in_((OrderState.PAID, OrderState.FULFILLED))
    rows = session.execute(select(OrderLine, Order).join(Order, Order.id == OrderLine.order_id).where(free & theirs))
    return [
        CustomerLine(
            StatementLine(order.paid_at, "sale", order.public_id, line.number, line.title, 0, 0, 0, 0, 0, 0),
            line.currency,
        )
        for line, order in rows
        if order.paid_at is not None
    ]
