"""Sellers' financial accounts and virtual cards, as we saw them at Stripe last. The money in them is the sellers'."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from polidat.core import Money
from polidat.db import Base

ASKED = "asked"  # written down; Stripe may or may not have it yet
PROCESSING, REFUSED = "processing", "refused"  # cash on its way in Stripe's word, and cash Stripe has not let go
ACTIVE, FROZEN, CANCELED = "active", "inactive", "canceled"  # Stripe's words for a card


class FinancialAccount(Base):
    """A seller's financial account. `state` is "asked", then Stripe's word: open or closed.

    `bank_id` is the external account of the seller's Stripe account that stands for it: payouts go there when it is
    the default. `holder_id` is whom its cards are issued to. Of its number there are the last digits only.
    """

    __tablename__ = "financial_account"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    stripe_id: Mapped[str | None] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text, default=ASKED)
    currency: Mapped[str] = mapped_column(Text)
    cash_minor: Mapped[int] = mapped_column(default=0)
    inbound_minor: Mapped[int] = mapped_column(default=0)
    outbound_minor: Mapped[int] = mapped_column(default=0)
    bank_name: Mapped[str] = mapped_column(Text, default="")
    last4: Mapped[str] = mapped_column(Text, default="")
    bank_id: Mapped[str | None] = mapped_column(Text)
    holder_id: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

    @property
    def cash(self) -> Money:
        """What can be spent now."""
        return Money(self.cash_minor, self.currency)

    @property
    def inbound(self) -> Money:
        """What is on its way in."""
        return Money(self.inbound_minor, self.currency)

    @property
    def outbound(self) -> Money:
        """What is on its way out, and cash no more."""
        return Money(self.outbound_minor, self.currency)


class VirtualCard(Base):
    """A virtual card that spends a financial account's cash, up to a limit in each `interval`.

    Its number, security code and PIN never come here. `key` names the click that asked for it.
    """

    __tablename__ = "virtual_card"
    __table_args__ = (UniqueConstraint("person_id", "key"), CheckConstraint("length(last4) <= 4", "last4"))

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(Text)
    stripe_id: Mapped[str | None] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text, default=ASKED)
    brand: Mapped[str] = mapped_column(Text, default="")
    last4: Mapped[str] = mapped_column(Text, default="")
    exp_month: Mapped[int | None]
    exp_year: Mapped[int | None]
    limit_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    interval: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]

    @property
    def limit(self) -> Money:
        """What it may spend in each interval."""
        return Money(self.limit_minor, self.currency)

    @property
    def shown(self) -> str:
        """Return it as people know it: "Visa ending in 4242"."""
        return f"{self.brand} ending in {self.last4}" if self.last4 else "A card on its way"


class CashOut(Base):
    """Cash a seller moves out of the financial account, to their own bank. `key` names the click that asked for it.

    `state` is "asked", then Stripe's word: processing, posted, returned, canceled or failed; or "refused", with the
    `problem` in words. `bank` is where it goes, as people know it: never a whole number.
    """

    __tablename__ = "cash_out"
    __table_args__ = (UniqueConstraint("person_id", "key"), CheckConstraint("amount_minor > 0", "amount"))

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(Text)
    stripe_id: Mapped[str | None] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text, default=ASKED)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    bank: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime]
    arrives_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        """How much leaves."""
        return Money(self.amount_minor, self.currency)
