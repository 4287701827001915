"""Hosting that is taken out of what a seller earns, instead of from a card."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.core import Money
from polidat.db import Base


class NettedHosting(Base):
    """A store whose hosting is taken each month out of what its owner earns, at the price of when that was agreed.

    `next_at` is when the next month begins, a month being counted from `since`; `behind_since` is since when the owner
    owes some of it. It goes on until `ended_at`.
    """

    __tablename__ = "netted_hosting"

    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"), primary_key=True, autoincrement=False)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    months: Mapped[int]
    next_at: Mapped[datetime]
    behind_since: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def price(self) -> Money:
        """What a month costs."""
        return Money(self.price_minor, self.currency)


class HostingMonth(Base):
    """A month of hosting that was taken: what of it was earned and not sent yet, and what the owner owes for it.

    Where a card pays before it is over it ends then, and what that left unused (`returned_minor`) is given back.
    """

    __tablename__ = "hosting_month"

    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"), primary_key=True, autoincrement=False)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    netted_minor: Mapped[int]
    owed_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    returned_minor: Mapped[int] = mapped_column(default=0)
    taken_at: Mapped[datetime]

    @property
    def kept(self) -> Money:
        """What the month costs, less what was given back."""
        return Money(self.netted_minor + self.owed_minor - self.returned_minor, self.currency)
