"""Whom invoices are made out to, the invoices as they were issued, and how far each series has been numbered."""

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from polidat.core import Money
from polidat.db import Base
from polidat.invoices.rules import Party


class InvoiceKind(enum.StrEnum):
    """What an invoice is over."""

    ORDER = "order"  # datasets and goods of sellers
    SUBSCRIPTION = "subscription"  # a paid period of access to a dataset
    HOSTING = "hosting"  # a paid period of a storefront, by card or out of earnings
    TOP_UP = "top_up"  # money paid ahead into a wallet
    CREDIT = "credit_note"  # what of one of these went back


class BillingDetails(Base):
    """Whom invoices are made out to, and who sells: a person, or (without one) the house itself.

    `order_reference` is the buyer's own, such as the number of a purchase order. Changing them changes no invoice.
    """

    __tablename__ = "billing_details"
    __table_args__ = (UniqueConstraint("person_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(Text)
    line1: Mapped[str] = mapped_column(Text)
    line2: Mapped[str] = mapped_column(Text, default="")
    postal_code: Mapped[str] = mapped_column(Text, default="")
    city: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    tax_id: Mapped[str] = mapped_column(Text, default="")
    order_reference: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]

    @property
    def party(self) -> Party:
        """The details as an invoice keeps them."""
        return Party(
            self.name, self.line1, self.line2, self.postal_code, self.city, self.country, self.tax_id,
            self.order_reference,
        )  # fmt: skip


class InvoiceSeries(Base):
    """The last number given in a series and year. Whoever issues holds this row until the invoice is committed."""

    __tablename__ = "invoice_series"

    series: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Invoice(Base):
    """An invoice, or a credit note that corrects one, as it was issued; the database refuses to change it.

    `cause` is what it is over and makes it one: `order:…`, `charge:…`, `top_up:…`, `month:…`, `refund:…`. `subject` is
    the public id of the order, subscription or top-up, or the store's slug. `payment_ref` is the id of the payment,
    never a card's number; without `paid_at` it was not paid in full when it was issued.
    """

    __tablename__ = "invoice"
    __table_args__ = (UniqueConstraint("series", "year", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    series: Mapped[str] = mapped_column(Text)
    year: Mapped[int]
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text, unique=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    subject: Mapped[str] = mapped_column(Text, index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    billed_to: Mapped[dict[str, Any]]
    issued_by: Mapped[dict[str, Any]]
    currency: Mapped[str] = mapped_column(Text)
    total_minor: Mapped[int]
    payment_ref: Mapped[str] = mapped_column(Text)
    paid_at: Mapped[datetime | None]
    issued_at: Mapped[datetime]
    lines: Mapped[list["InvoiceLine"]] = relationship(order_by="InvoiceLine.number", lazy="selectin")
    corrects: Mapped["Invoice | None"] = relationship(remote_side="Invoice.id", lazy="selectin", join_depth=1)

    @property
    def total(self) -> Money:
        """The sum of the lines; less than nothing for a credit note."""
        return Money(self.total_minor, self.currency)

    @property
    def buyer(self) -> Party:
        """Whom it is made out to."""
        return Party(**self.billed_to)

    @property
    def issuer(self) -> Party:
        """The house as it was."""
        return Party(**self.issued_by)

    @property
    def is_credit(self) -> bool:
        """Whether it gives back."""
        return self.kind == InvoiceKind.CREDIT


class InvoiceLine(Base):
    """One line: so many at a price each, less a discount, and what delivery costs, make its amount.

    `sold_by` is its seller as they were; without one it is the house's. `supplied_at` is when the buyer got it, None
    when that was still to come; a period begins and ends.
    """

    __tablename__ = "invoice_line"
    __table_args__ = (
        CheckConstraint("amount_minor = quantity * unit_minor - discount_minor + shipping_minor", "amount"),
        CheckConstraint("(period_start is null) = (period_end is null)", "period"),
    )

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int]
    unit_minor: Mapped[int]
    discount_minor: Mapped[int]
    shipping_minor: Mapped[int]
    amount_minor: Mapped[int]
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    sold_by: Mapped[dict[str, Any] | None]
    supplied_at: Mapped[datetime | None]
    period_start: Mapped[datetime | None]
    period_end: Mapped[datetime | None]

    @property
    def seller(self) -> Party | None:
        """Who sold it, as they were; None for what is the house's own."""
        known: Mapping[str, Any] | None = self.sold_by
        return None if known is None else Party(**known)
