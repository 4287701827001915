"""Stores and what they offer."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from polidat.core import Money
from polidat.db import Base

_SEARCHED = (
    "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', summary), 'B') "
    "|| setweight(to_tsvector('english', tags), 'B') || setweight(to_tsvector('english', description), 'C')"
)


class ListingState(enum.StrEnum):
    """Whether people can find and buy it."""

    DRAFT = "draft"  # only its seller sees it
    PUBLISHED = "published"  # everybody sees it and may buy
    WITHDRAWN = "withdrawn"  # nobody can buy it; who has bought keeps access


class Store(Base):
    """A seller's storefront. With `keeps_fee` the seller bears the house's commission of a refund."""

    __tablename__ = "store"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    tagline: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    primary_color: Mapped[str] = mapped_column(Text, default="#1f4e8c")
    secondary_color: Mapped[str] = mapped_column(Text, default="#e8eef7")
    opened_at: Mapped[datetime]
    hidden_at: Mapped[datetime | None]
    keeps_fee: Mapped[bool] = mapped_column(default=False)


class Listing(Base):
    """A dataset on offer: what it is, and what it costs."""

    __tablename__ = "listing"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", "price"),
        Index("ix_listing_searched", "searched", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"), index=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"), unique=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    attribution: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str] = mapped_column(Text, default="")
    tags: Mapped[list[str]] = mapped_column(default=list)
    price_minor: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text, default="usd")
    state: Mapped[str] = mapped_column(Text, default=ListingState.DRAFT)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    searched: Mapped[str] = mapped_column(TSVECTOR, Computed(_SEARCHED, persisted=True), deferred=True)
    store: Mapped[Store] = relationship(lazy="joined")

    @property
    def price(self) -> Money | None:
        """The price, or None while the seller has not set one. Zero is free."""
        return None if self.price_minor is None else Money(self.price_minor, self.currency)

    @property
    def is_offered(self) -> bool:
        """Whether it can be bought now: published, in a store that is shown."""
        return self.state == ListingState.PUBLISHED and self.store.hidden_at is None


class RuleScope(enum.StrEnum):
    """What a commission rule is about."""

    DEFAULT = "default"  # everything no narrower rule is about
    CATEGORY = "category"  # listings of a category
    STORE = "store"  # listings of a store
    LISTING = "listing"  # one listing


class CommissionKind(enum.StrEnum):
    """What the house takes a commission of."""

    SALE = "sale"  # a copy that is bought
    SUBSCRIPTION = "subscription"  # every paid period
    USAGE = "usage"  # single uses paid from wallets
    AUCTION = "auction"  # what a winner pays


class CommissionRule(Base):
    """What the house takes of one kind of sale. Never changed, only ended: another `version` follows it.

    A rule with amounts names their `currency` and is about sales in it; one without is about every currency.
    It holds from `valid_from` to before `valid_to`.
    """

    __tablename__ = "commission_rule"
    __table_args__ = (
        CheckConstraint("bps between 0 and 10000 and fixed_minor >= 0 and min_minor >= 0", "numbers"),
        CheckConstraint("max_minor is null or max_minor >= min_minor", "limits"),
        CheckConstraint("currency <> '' or (fixed_minor = 0 and min_minor = 0 and max_minor is null)", "currency"),
        CheckConstraint(
            "(scope = 'category') = (category <> '') and (scope = 'store') = (store_id is not null) "
            "and (scope = 'listing') = (listing_id is not null)",
            "scope",
        ),
        CheckConstraint("valid_to is null or valid_to >= valid_from", "validity"),
        Index(
            "uq_commission_rule_open", "kind", "scope", "category", "store_id", "listing_id", "currency",
            unique=True, postgresql_where=text("valid_to is null"), postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text, default="")
    store_id: Mapped[int | None] = mapped_column(ForeignKey("store.id"))
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id"))
    kind: Mapped[str] = mapped_column(Text)
    bps: Mapped[int]
    currency: Mapped[str] = mapped_column(Text, default="")
    fixed_minor: Mapped[int] = mapped_column(default=0)
    min_minor: Mapped[int] = mapped_column(default=0)
    max_minor: Mapped[int | None]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    version: Mapped[int]
    store: Mapped[Store | None] = relationship()
    listing: Mapped[Listing | None] = relationship()

    @property
    def about(self) -> str:
        """What the rule is about, for people."""
        if self.listing is not None:
            return f"listing {self.listing.title}"
        if self.store is not None:
            return f"store {self.store.name}"
        return f"category {self.category}" if self.category else "everything else"


class UsagePrice(Base):
    """What one use of a listing costs, in micros (millionths of the minor unit) of the listing's currency."""

    __tablename__ = "usage_price"
    __table_args__ = (CheckConstraint("micros > 0", "micros"),)

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    micros: Mapped[int]


class Plan(Base):
    """What a subscription to a listing costs: every `interval` ("month" or "year"), after so many free days."""

    __tablename__ = "plan"
    __table_args__ = (CheckConstraint("price_minor > 0", "price"),)

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), primary_key=True, autoincrement=False)
    interval: Mapped[str] = mapped_column(Text, primary_key=True)
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    trial_days: Mapped[int]

    @property
    def price(self) -> Money:
        """What each period costs."""
        return Money(self.price_minor, self.currency)


class Coupon(Base):
    """A discount on a store's listings, or on one of them: a share in basis points, or an amount.

    `uses_max` bounds how often it is used in all; every buyer uses it once.
    """

    __tablename__ = "coupon"
    __table_args__ = (
        UniqueConstraint("store_id", "code"),
        CheckConstraint("(percent_bps is null) <> (amount_minor is null)", "one_kind"),
        CheckConstraint("uses >= 0 and (uses_max is null or uses <= uses_max)", "uses"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"))
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id"))
    code: Mapped[str] = mapped_column(Text)
    percent_bps: Mapped[int | None]
    amount_minor: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text, default="")
    uses: Mapped[int] = mapped_column(default=0)
    uses_max: Mapped[int | None]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]

    @property
    def shown(self) -> str:
        """What it takes off, for people."""
        if self.percent_bps is not None:
            return f"{self.percent_bps / 100:g} %"
        return str(Money(self.amount_minor or 0, self.currency))


class CouponUse(Base):
    """Who has used a coupon: once each."""

    __tablename__ = "coupon_use"

    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupon.id"), primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    used_at: Mapped[datetime]
