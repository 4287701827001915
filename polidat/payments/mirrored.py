"""What we keep of money at Stripe to compare it with the books, and where the two do not agree."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.core import Money
from polidat.db import Base


class BalanceTransaction(Base):
    """The mirror of a movement of the platform's money at Stripe. Only `status` and `available_at` ever change."""

    __tablename__ = "stripe_bt"
    __table_args__ = (Index(None, "source"), Index(None, "created_at"))

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    net_minor: Mapped[int]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(Text)


class SellerMovement(Base):
    """The mirror of a movement of a seller's money at Stripe. Only `status` and `available_at` ever change.

    `payout_id` is the automatic payout it belongs to, as Stripe told us.
    """

    __tablename__ = "seller_bt"
    __table_args__ = (Index(None, "source"), Index(None, "account", "created_at"))

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    account: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    net_minor: Mapped[int]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(Text)
    payout_id: Mapped[str | None] = mapped_column(Text)


class Payout(Base):
    """A payout of a seller, under Stripe's id and with Stripe's states, as we saw it last. `fee_minor` is its price.

    `is_complete`: Stripe has told all movements of an automatic one. `checked_at` is when they were found to fit,
    `told_at` when the seller was told that it came back.
    """

    __tablename__ = "payout"
    __table_args__ = (Index(None, "seller_id", "created_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    arrives_at: Mapped[datetime]
    is_automatic: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_complete: Mapped[bool] = mapped_column(default=False, server_default=false())
    movement_id: Mapped[str | None] = mapped_column(Text)
    checked_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        """What the bank gets."""
        return Money(self.amount_minor, self.currency)

    @property
    def came_back(self) -> bool:
        """Whether the money is with Stripe again."""
        return self.state in ("failed", "canceled")


class DiscrepancyState(enum.StrEnum):
    """What became of a difference between the books and Stripe."""

    OPEN = "open"  # somebody has to look
    SETTLED = "settled"  # somebody has, and said what was done
    GONE = "gone"  # both sides agree by now


class Discrepancy(Base):
    """What the books and Stripe do not agree about; `key` makes the same one be noted once.

    `about` is what it is about beside a movement: an account of the books, a payout, a transfer. `repair_id` is the
    posting that repaired the books when it was settled.
    """

    __tablename__ = "discrepancy"
    __table_args__ = (Index("ix_discrepancy_open", "found_at", postgresql_where=text("state = 'open'")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    category: Mapped[str] = mapped_column(Text)
    bt_id: Mapped[str | None] = mapped_column(Text)
    txn_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_txn.id"))
    currency: Mapped[str] = mapped_column(Text)
    theirs_minor: Mapped[int | None]
    ours_minor: Mapped[int | None]
    moved_at: Mapped[datetime]
    found_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    about: Mapped[str] = mapped_column(Text, default="", server_default="")
    repair_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_txn.id"))
