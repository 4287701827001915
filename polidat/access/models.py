"""Who may read which dataset, and what was read."""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from polidat.core import MICROS, Money
from polidat.db import Base


class GrantKind(enum.StrEnum):
    """Why somebody may read a dataset."""

    PURCHASE = "purchase"  # it was paid for
    FREE = "free"  # it cost nothing and was ordered
    SUBSCRIPTION = "subscription"  # it is paid period by period
    GOOD = "good"  # it is sent, and there is nothing to read: it never opens, but what holds it holds the parcel
    USAGE = "usage"  # each use is paid from a wallet
    OWNER = "owner"  # it is theirs; nothing is stored for this


class GrantState(enum.StrEnum):
    """Whether a grant opens the dataset now."""

    PENDING = "pending"  # not yet: somebody has to agree to it
    ACTIVE = "active"  # it does
    SUSPENDED = "suspended"  # not now: something holds it, such as a dispute or a fraud rule
    REVOKED = "revoked"  # not any more: what paid for it went back
    EXPIRED = "expired"  # not any more: its time is over
    TAKEN_BACK = "taken_back"  # not any more: the seat is somebody else's, or nobody's


class UseKind(enum.StrEnum):
    """What somebody did with a dataset."""

    QUERY = "query"  # SQL in the editor
    ASK = "ask"  # a question in words
    API = "api"  # SQL through the API
    DOWNLOAD = "download"  # rows taken away as a file


class Entitlement(Base):
    """One reason to read, of one person for one dataset.

    There is one per line of an order (`order_line`, such as `ord_…:1`): ending one of two leaves the other. A seat of
    that line that was given to somebody else has one of its own (`ord_…:1/7`). All of a `paid_line` end, rest and come
    back together. Without `opens` its person does not read by it: whom they gave its seats do.
    """

    __tablename__ = "entitlement"
    __table_args__ = (Index(None, "person_id", "dataset_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    order_line: Mapped[str] = mapped_column(Text, unique=True)
    paid_line: Mapped[str] = mapped_column(
        Text, Computed("split_part(order_line, '/'::text, 1)", persisted=True), index=True
    )
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=GrantState.ACTIVE)
    opens: Mapped[bool] = mapped_column(default=True)
    granted_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class EntitlementHold(Base):
    """One cause that lets a grant rest, such as `dispute:dp_…`. The grant wakes up when its last one is gone."""

    __tablename__ = "entitlement_hold"

    entitlement_id: Mapped[int] = mapped_column(ForeignKey("entitlement.id"), primary_key=True, autoincrement=False)
    cause: Mapped[str] = mapped_column(Text, primary_key=True, index=True)
    since: Mapped[datetime]


class Usage(Base):
    """One use of a dataset, with what it cost us."""

    __tablename__ = "dataset_usage"
    __table_args__ = (Index(None, "dataset_id", "used_at"), Index(None, "person_id", "used_at"), Index(None, "used_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(Text)
    scanned_rows: Mapped[int]
    scanned_bytes: Mapped[int]
    elapsed_ms: Mapped[int]
    used_at: Mapped[datetime]


class WalletState(enum.StrEnum):
    """Whether a wallet pays."""

    ACTIVE = "active"  # it does
    FROZEN = "frozen"  # not now: something freezes it, such as a dispute or what is owed


class Wallet(Base):
    """What a person has paid ahead in one currency, in micros: millionths of the minor unit.

    What runs have reserved is part of the balance; the database itself refuses to let either fall short. `spent_micros`
    counts in the month that began on `spent_month`; `cap_minor` is the most of a month. Below `notice_minor` the person
    is told, once until more is paid in.
    """

    __tablename__ = "wallet"
    __table_args__ = (
        UniqueConstraint("person_id", "currency"),
        CheckConstraint("held_micros >= 0 and balance_micros >= held_micros", "never_short"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    currency: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=WalletState.ACTIVE)
    balance_micros: Mapped[int] = mapped_column(default=0)
    held_micros: Mapped[int] = mapped_column(default=0)
    spent_micros: Mapped[int] = mapped_column(default=0)
    spent_month: Mapped[date | None]
    cap_minor: Mapped[int | None]
    notice_minor: Mapped[int] = mapped_column(default=100)
    is_noticed: Mapped[bool] = mapped_column(default=False)
    moved_at: Mapped[datetime]

    @property
    def free_micros(self) -> int:
        """What a run may still reserve."""
        return self.balance_micros - self.held_micros

    @property
    def unused(self) -> Money:
        """What could be given back, in whole minor units."""
        return Money(self.free_micros // MICROS, self.currency)


class WalletFreeze(Base):
    """One cause that lets a wallet pay for nothing, such as `dispute:dp_…`. It pays again when the last is gone."""

    __tablename__ = "wallet_freeze"

    wallet_id: Mapped[int] = mapped_column(ForeignKey("wallet.id"), primary_key=True, autoincrement=False)
    cause: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime]


class WalletHold(Base):
    """What a run may cost at most, reserved until it ended or its lease is over."""

    __tablename__ = "wallet_hold"
    __table_args__ = (Index(None, "expires_at"),)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    wallet_id: Mapped[int] = mapped_column(ForeignKey("wallet.id"), index=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(Text)
    share_bps: Mapped[int]
    commission_rule_id: Mapped[int | None]
    micros: Mapped[int]
    expires_at: Mapped[datetime]


class UsageCharge(Base):
    """What one run did cost, the house's share of it, and the commission rule that set it. Never changed.

    A version of a rule is a row of its own, so its id says both; the share and the rule are null before they were kept.
    """

    __tablename__ = "usage_charge"
    __table_args__ = (Index(None, "wallet_id", "charged_at"), Index(None, "seller_id", "charged_at"))

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    wallet_id: Mapped[int] = mapped_column(ForeignKey("wallet.id"))
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(Text)
    micros: Mapped[int]
    share_bps: Mapped[int | None]
    commission_rule_id: Mapped[int | None]
    charged_at: Mapped[datetime]


class UsageSum(Base):
    """All a wallet has paid one seller at one share of the house, and what of it is in the books.

    Whole minor units are posted as soon as they are full; what is left of one waits here.
    """

    __tablename__ = "usage_sum"

    wallet_id: Mapped[int] = mapped_column(ForeignKey("wallet.id"), primary_key=True, autoincrement=False)
    seller_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    share_bps: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    micros: Mapped[int]
    posted_minor: Mapped[int] = mapped_column(default=0)
    seller_minor: Mapped[int] = mapped_column(default=0)
