"""Orders and their lines. A line keeps the listing as it was when the order was placed."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from polidat.catalog import Attestation, AttestationState, CommissionTerms
from polidat.core import Money
from polidat.db import Base
from polidat.orders.ship_models import Shipment, ShipmentState


class OrderState(enum.StrEnum):
    """Where an order is."""

    BIDDING = "bidding"  # it stands behind a bid: a card holds the money, nothing is owed
    AWAITING_PAYMENT = "awaiting_payment"  # placed; the buyer has not paid
    PROCESSING = "processing"  # money came that does not match; an operator has to look
    PAID = "paid"  # the money is right; somebody has to agree before all of it opens, or something is not delivered yet
    DECLINED = "declined"  # no seller gave or sent any of it to this buyer; what was paid goes back
    FULFILLED = "fulfilled"  # paid, or free, and the buyer has access, and what was sent
    EXPIRED = "expired"  # nobody paid in time; money that comes later still opens it
    CANCELED = "canceled"  # the bid did not win; nothing was charged


class Order(Base):
    """What somebody bought, or is about to. `alert` is a sentence for the operator, `problem` one for the buyer."""

    __tablename__ = "customer_order"
    __table_args__ = (
        UniqueConstraint("buyer_id", "key"),
        Index("ix_customer_order_payable", "payable_until", postgresql_where=text("state = 'awaiting_payment'")),
        Index("ix_customer_order_alert", "id", postgresql_where=text("alert <> ''")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=OrderState.AWAITING_PAYMENT)
    alert: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    placed_at: Mapped[datetime]
    payable_until: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    paid_charge: Mapped[str | None] = mapped_column(Text)
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupon.id"))
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.number", lazy="selectin")

    @property
    def total(self) -> Money:
        """The sum of the lines."""
        return Money(sum(line.price_minor for line in self.lines), self.currency)

    @property
    def commission(self) -> Money:
        """The house's share of the total, by the rates of the moment it was placed."""
        return Money(sum(line.commission_minor for line in self.lines), self.currency)

    @property
    def has_receipt(self) -> bool:
        """Whether there is something to show for it: money that was paid, or what came free."""
        return self.is_fulfilled or (self.paid_at is not None and self.total.minor > 0)

    @property
    def is_fulfilled(self) -> bool:
        """Whether the buyer has what was ordered."""
        return self.state == OrderState.FULFILLED


class OrderLine(Base):
    """One dataset, or good that ships, in an order, with price, discount and commission as they were.

    The price is after the discount, with what delivery costs; of that (`shipping_minor`) there is no commission.
    `quantity` is how many licences, or pieces, of it are bought; price, discount and commission are those of all.
    With `for_others` none of the licences is the buyer's own: they are given away by e-mail.
    `acceptance_id` is the buyer's acceptance of the licence; without one, access waits for it.
    `attestation` is what the buyer answered, where the listing asks; access waits until it is approved.
    The commission's terms are those of the rule that held then; lines older than the rules name none.
    `keeps_fee` is the store's policy of that moment: of a refund the seller bears the commission.

    Once paid: `settled_minor` is its part of what came in, `seller_minor` what the seller got of that, and
    `passed_fee_minor` what the seller bore of Stripe's fee, in the currency the payment settled in.
    """

    __tablename__ = "order_line"
    __table_args__ = (UniqueConstraint("order_id", "number"), CheckConstraint("quantity >= 1", "quantity"))

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    number: Mapped[int]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(default=1)
    for_others: Mapped[bool] = mapped_column(default=False)
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    commission_bps: Mapped[int]
    commission_minor: Mapped[int]
    commission_fixed_minor: Mapped[int] = mapped_column(default=0)
    commission_min_minor: Mapped[int] = mapped_column(default=0)
    commission_max_minor: Mapped[int | None]
    commission_rule_id: Mapped[int | None] = mapped_column(ForeignKey("commission_rule.id"))
    commission_version: Mapped[int] = mapped_column(default=0)
    shipping_minor: Mapped[int] = mapped_column(default=0)
    settled_minor: Mapped[int] = mapped_column(default=0)
    seller_minor: Mapped[int] = mapped_column(default=0)
    passed_fee_minor: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(Text, default="")
    discount_minor: Mapped[int] = mapped_column(default=0)
    keeps_fee: Mapped[bool] = mapped_column(default=False)
    acceptance_id: Mapped[int | None] = mapped_column(ForeignKey("licence_acceptance.id"))

    attestation_id: Mapped[int | None] = mapped_column(ForeignKey("attestation.id"), index=True)
    attestation: Mapped[Attestation | None] = relationship(lazy="selectin")
    shipment: Mapped[Shipment | None] = relationship(lazy="selectin", uselist=False)

    @property
    def may_open(self) -> bool:
        """Whether nothing but money stands between the buyer and the data."""
        attested = self.attestation is None or self.attestation.state == AttestationState.APPROVED
        return attested and self.acceptance_id is not None

    @property
    def opens_data(self) -> bool:
        """Whether the buyer gets data; of a good that ships perhaps only the good."""
        return self.shipment is None or self.shipment.with_data

    @property
    def is_given(self) -> bool:
        """Whether the buyer has all of it: access, and what was sent."""
        return self.may_open and (self.shipment is None or self.shipment.state == ShipmentState.DELIVERED)

    @property
    def is_declined(self) -> bool:
        """Whether the seller refused the buyer, or did not decide in time; or whether it is not sent."""
        if self.shipment is not None and self.shipment.state == ShipmentState.CANCELED:
            return True
        declined = (AttestationState.REFUSED, AttestationState.LAPSED)
        return self.attestation is not None and self.attestation.state in declined

    @property
    def goods(self) -> Money:
        """What it costs without its delivery."""
        return Money(self.price_minor - self.shipping_minor, self.currency)

    @property
    def price(self) -> Money:
        """What the line costs."""
        return Money(self.price_minor, self.currency)

    @property
    def discount(self) -> Money:
        """What a coupon took off the line."""
        return Money(self.discount_minor, self.currency)

    @property
    def unit_price(self) -> Money:
        """What one licence costs before any discount and without delivery; all of them together make the line."""
        return Money((self.goods.minor + self.discount_minor) // self.quantity, self.currency)

    @property
    def terms(self) -> CommissionTerms:
        """What the house takes of the line, by the rule that held when it was ordered."""
        return CommissionTerms(
            self.commission_bps,
            self.commission_fixed_minor,
            self.commission_min_minor,
            self.commission_max_minor,
            self.commission_rule_id,
            self.commission_version,
        )


class SubscriptionKind(enum.StrEnum):
    """What a subscription is to."""

    DATA = "data"  # a listing, paid to its seller
    HOSTING = "hosting"  # one's own storefront, paid to the house


class RefundLine(Base):
    """What of a line a refund gives back, and how many of its licences end with it."""

    __tablename__ = "refund_line"

    refund_ref: Mapped[str] = mapped_column(ForeignKey("refund.public_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    amount_minor: Mapped[int]
    licences: Mapped[int] = mapped_column(default=0)


class DisputeLine(Base):
    """What of a line a bank has kept after a dispute that was lost: it is not given back a second time."""

    __tablename__ = "dispute_line"

    dispute_id: Mapped[str] = mapped_column(ForeignKey("dispute.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    amount_minor: Mapped[int]


class UntoldSale(Base):
    """A sold line whose seller hears of sales once a day, until that mail is written; `said` is its row there."""

    __tablename__ = "untold_sale"

    id: Mapped[int] = mapped_column(primary_key=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    said: Mapped[str] = mapped_column(Text)
    yours_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    sold_at: Mapped[datetime]


class TopUp(Base):
    """Money paid, or about to be paid, into a wallet. `paid_charge` is the charge that did.

    With `payable_until` it is asked of somebody else, by a link that is open until then, or until it is closed.
    """

    __tablename__ = "top_up"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index(
            "ix_top_up_link", "payable_until", postgresql_where=text("paid_charge IS NULL AND closed_at IS NULL")
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    payable_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    paid_charge: Mapped[str | None] = mapped_column(Text)

    @property
    def amount(self) -> Money:
        """What is paid in."""
        return Money(self.amount_minor, self.currency)


class TopUpRefund(Base):
    """What of a top-up a refund takes out of the wallet."""

    __tablename__ = "top_up_refund"

    refund_ref: Mapped[str] = mapped_column(ForeignKey("refund.public_id"), primary_key=True)
    top_up_id: Mapped[int] = mapped_column(ForeignKey("top_up.id"), index=True)
    amount_minor: Mapped[int]


class UsagePayout(Base):
    """How much of what a seller earned by use is on its way or sent, since ever."""

    __tablename__ = "usage_payout"

    seller_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    planned_minor: Mapped[int]


class Subscription(Base):
    """A subscription as it was agreed, and how it stands. `state` is empty until it begins, then Stripe's word.

    One to what another pays for already (`doubles_id`) opens nothing: it ends at once, and what it brought goes back.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index("ix_subscription_behind", "past_due_since", postgresql_where=text("state = 'past_due'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id"), index=True)
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("dataset.id"))
    store_id: Mapped[int | None] = mapped_column(ForeignKey("store.id"), index=True)
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    interval: Mapped[str] = mapped_column(Text)
    trial_days: Mapped[int]
    commission_bps: Mapped[int]
    commission_rule_id: Mapped[int | None] = mapped_column(ForeignKey("commission_rule.id"))
    commission_version: Mapped[int] = mapped_column(default=0)
    acceptance_id: Mapped[int | None] = mapped_column(ForeignKey("licence_acceptance.id"))
    attestation_id: Mapped[int | None] = mapped_column(ForeignKey("attestation.id"))
    state: Mapped[str] = mapped_column(Text)
    period_end: Mapped[datetime | None]
    ends_with_period: Mapped[bool]
    past_due_since: Mapped[datetime | None]
    granted_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    doubles_id: Mapped[int | None] = mapped_column(ForeignKey("subscription.id"))

    @property
    def price(self) -> Money:
        """What each period costs."""
        return Money(self.price_minor, self.currency)


class SubscriptionPayment(Base):
    """What one charge of a subscription brought: the seller's part of what settled, and what of it went back.

    `recognised_minor` is, for hosting, what is over and counts as revenue.
    """

    __tablename__ = "subscription_payment"

    charge_id: Mapped[str] = mapped_column(ForeignKey("charge.id"), primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), index=True)
    amount_minor: Mapped[int]
    settled_minor: Mapped[int]
    seller_minor: Mapped[int]
    refunded_minor: Mapped[int]
    recognised_minor: Mapped[int]
    paid_at: Mapped[datetime]
