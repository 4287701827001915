"""What we asked Stripe for, what came of it, and what Stripe told us."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from polidat.core import Money
from polidat.db import Base


class PaymentState(enum.StrEnum):
    """Where a payment we asked for is."""

    NEW = "new"  # written down; its link may or may not exist yet
    OPEN = "open"  # its link is known, the buyer may pay
    PROCESSING = "processing"  # the buyer's bank is still at work
    HELD = "held"  # the buyer's card holds the money; nothing has moved
    SETTLED = "settled"  # money arrived and is in the books
    CLOSED = "closed"  # nobody may start paying any more; money that comes nevertheless is still taken


class ChargeState(enum.StrEnum):
    """What became of one attempt to pay."""

    FAILED = "failed"  # declined, or held and let go
    WAITING = "waiting"  # paid, but Stripe has not booked all its movements
    SETTLED = "settled"  # every movement is in the books


class EventState(enum.StrEnum):
    """What became of an event."""

    RECEIVED = "received"  # stored, a job has it
    DONE = "done"  # what it points at was looked up and taken over
    IGNORED = "ignored"  # of no meaning for us, or told twice
    FAILED = "failed"  # its job gave up; the sweeper asks again


class AccountState(enum.StrEnum):
    """Where a seller's payout account stands. Every state can change again."""

    INVITED = "invited"  # not at Stripe yet
    ONBOARDING = "onboarding"  # has never been able to receive
    ACTIVE = "active"  # may receive and be paid out
    RESTRICTED = "restricted"  # could receive once, cannot now
    REJECTED = "rejected"  # Stripe refuses the account


DISPUTE_ENDS = frozenset({"won", "lost", "warning_closed", "prevented"})  # Stripe's words


class Payment(Base):
    """One payment we want: by a payment link to one seller, or by a checkout session that several sellers share.

    `subject` is the order's public id; what it means is not known here. Without a seller it is shared; `link_id` is
    the id of the link or of the session. `fee_minor` is the commission, `netted_minor` what the seller owes us and pays
    with this sale: both are kept back. A hold is captured by `capture_minor`, nothing when it is to be let go.
    One with `thanks` is a link for somebody else. What a subscription pays is for a period. For goods that ship,
    `shipping_minor` is in the amount, and `ship_to` the address until whoever sends them takes it.
    """

    __tablename__ = "payment"
    __table_args__ = (
        Index(None, "subject"),
        Index(
            "uq_payment_open_subject", "subject", unique=True,
            postgresql_where=text("state in ('new', 'open', 'processing')"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    subject: Mapped[str] = mapped_column(Text)
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    destination: Mapped[str | None] = mapped_column(Text)
    items: Mapped[list[Any]]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    fee_minor: Mapped[int]
    netted_minor: Mapped[int] = mapped_column(default=0)
    is_hold: Mapped[bool] = mapped_column(default=False)
    intent_id: Mapped[str | None] = mapped_column(Text)
    held_at: Mapped[datetime | None]
    capture_minor: Mapped[int | None]
    thanks: Mapped[str] = mapped_column(Text, default="")
    ships: Mapped[bool] = mapped_column(default=False)
    shipping_minor: Mapped[int] = mapped_column(default=0)
    ship_countries: Mapped[list[str]] = mapped_column(default=list)
    ship_name: Mapped[str] = mapped_column(Text, default="")
    ship_days_from: Mapped[int | None]
    ship_days_to: Mapped[int | None]
    ship_to: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    return_url: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=PaymentState.NEW)
    period_start: Mapped[datetime | None]
    period_end: Mapped[datetime | None]
    link_id: Mapped[str | None] = mapped_column(Text, unique=True)
    link_url: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        """What the buyer is asked for."""
        return Money(self.amount_minor, self.currency)


class Charge(Base):
    """One attempt to pay, under Stripe's id. A payment may have several; `doubt` says why one is not believed.

    `settled_minor` is what came in before Stripe's fee, in `settled_currency`. `warned_at` is when the card's bank
    warned of fraud.
    """

    __tablename__ = "charge"
    __table_args__ = (Index(None, "subject"), Index(None, "intent_id"), Index(None, "charged_at"))

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), index=True)
    intent_id: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    fee_minor: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    doubt: Mapped[str] = mapped_column(Text, default="")
    receipt_url: Mapped[str | None] = mapped_column(Text)
    transfer_id: Mapped[str | None] = mapped_column(Text)
    settled_minor: Mapped[int] = mapped_column(default=0)
    settled_currency: Mapped[str] = mapped_column(Text, default="")
    charged_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        """What the buyer was charged."""
        return Money(self.amount_minor, self.currency)


class TransferState(enum.StrEnum):
    """Where a seller's part of a shared payment is. Stripe knows only whether a transfer exists; the rest is ours."""

    PLANNED = "planned"  # written down; its job sends it
    CREATED = "created"  # sent
    BLOCKED = "blocked"  # the seller cannot receive now; it is sent when that changes
    SHORT = "short"  # the platform has not enough available; it is sent when there is
    FAILED = "failed"  # Stripe refused it; an operator has to look


class Transfer(Base):
    """A seller's part of a charge that several share; without a charge, of what the platform has available.

    `causes` are what parts of it were taken back for, `tries` how often Stripe has refused it.
    """

    __tablename__ = "transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    charge_id: Mapped[str | None] = mapped_column(ForeignKey("charge.id"), index=True)
    subject: Mapped[str] = mapped_column(Text, index=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=TransferState.PLANNED)
    stripe_id: Mapped[str | None] = mapped_column(Text, unique=True)
    reversed_minor: Mapped[int] = mapped_column(default=0)
    causes: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    tries: Mapped[int] = mapped_column(default=0)
    planned_at: Mapped[datetime]


class RefundState(enum.StrEnum):
    """Where a refund is. The last word is Stripe's: what succeeded can still fail."""

    REQUESTED = "requested"  # written down; its job asks Stripe
    PENDING = "pending"  # Stripe has it, the bank does not yet
    SUCCEEDED = "succeeded"  # on its way to the buyer
    FAILED = "failed"  # the bank sent it back; the buyer is still owed the money
    REFUSED = "refused"  # Stripe said no; nothing moved


class Refund(Base):
    """Money of a charge given back. `reversed_minor` came from the seller, `fee_back_minor` went back to the seller."""

    __tablename__ = "refund"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    charge_id: Mapped[str] = mapped_column(ForeignKey("charge.id"), index=True)
    subject: Mapped[str] = mapped_column(Text, index=True)
    stripe_id: Mapped[str | None] = mapped_column(Text, unique=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=RefundState.REQUESTED)
    problem: Mapped[str] = mapped_column(Text, default="")
    reversed_minor: Mapped[int] = mapped_column(default=0)
    fee_back_minor: Mapped[int] = mapped_column(default=0)
    keeps_fee: Mapped[bool] = mapped_column(default=False)
    requested_at: Mapped[datetime]
    booked_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        """What the buyer gets back."""
        return Money(self.amount_minor, self.currency)


class Dispute(Base):
    """A bank's claim on a charge, under Stripe's id and with Stripe's states. `held_minor` was taken from the seller.

    `withdrawn_minor` is what the bank has taken and not given back, without its fee.
    """

    __tablename__ = "dispute"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    charge_id: Mapped[str] = mapped_column(ForeignKey("charge.id"), index=True)
    subject: Mapped[str] = mapped_column(Text, index=True)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    withdrawn_minor: Mapped[int] = mapped_column(default=0)
    held_minor: Mapped[int] = mapped_column(default=0)
    respond_by: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Whether money may still move over it."""
        return self.state not in DISPUTE_ENDS

    @property
    def amount(self) -> Money:
        """What the bank asks back."""
        return Money(self.amount_minor, self.currency)

    def kept_of(self, charge: Charge) -> int:
        """Return what the bank keeps of the charge when this is lost, in minor units of the charge's currency."""
        is_same = charge.settled_currency == charge.currency
        return self.withdrawn_minor if is_same and self.withdrawn_minor else self.amount_minor


class SellerAccount(Base):
    """A seller's account at Stripe, as we saw it last.

    `due` names what waits for the seller, `asked` everything with when and why, `reason` is Stripe's code of why it
    cannot receive. `bank_changed_at` is when payouts last began to go elsewhere, or a bank or card was added
    that they can go to; the first bank is no change. While payouts wait, `schedule_before` is when they were made.
    """

    __tablename__ = "seller_account"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    country: Mapped[str] = mapped_column(Text)
    stripe_id: Mapped[str | None] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text, default=AccountState.INVITED)
    charges_enabled: Mapped[bool] = mapped_column(default=False)
    payouts_enabled: Mapped[bool] = mapped_column(default=False)
    due: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    asked: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    deadline_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    schedule: Mapped[Any] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    bank_changed_at: Mapped[datetime | None]
    schedule_before: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)


class PayoutPause(Base):
    """One cause that lets a seller's automatic payouts wait, such as `fraud:17`."""

    __tablename__ = "payout_pause"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    cause: Mapped[str] = mapped_column(Text, primary_key=True, index=True)
    since: Mapped[datetime]


class SellerBank(Base):
    """A bank account or debit card that a seller's payouts go to, or went to, under Stripe's id.

    Of its number there are the last digits only. `is_default` is for its currency; `gone_at` is when it was not there
    any more.
    """

    __tablename__ = "seller_bank"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    last4: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool]
    takes_instant: Mapped[bool]
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]

    @property
    def shown(self) -> str:
        """Return it as people know it: "STRIPE TEST BANK ending in 6789"."""
        return f"{self.name or 'Account'} ending in {self.last4}"


class InboxEvent(Base):
    """An event from Stripe. Its id makes every delivery after the first one nothing."""

    __tablename__ = "stripe_event"
    __table_args__ = (
        Index(None, "twin_id"),
        Index(
            "ix_stripe_event_open", "received_at", postgresql_where=text("state in ('received', 'failed')")
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    twin_id: Mapped[str | None] = mapped_column(Text)
    endpoint: Mapped[str] = mapped_column(Text)
    account: Mapped[str | None] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    object_type: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str] = mapped_column(Text)
    intent_id: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    api_version: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[Any] = mapped_column(JSONB)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    last_problem: Mapped[str] = mapped_column(Text, default="")


class SweepMark(Base):
    """Until when the sweeper has looked: one row."""

    __tablename__ = "stripe_sweep"

    only: Mapped[bool] = mapped_column(primary_key=True)
    swept_at: Mapped[datetime]


class Billing(Base):
    """A subscription we asked Stripe for, and how it stands there.

    `subject` is the subscriber's subscription's public id; what it means is not known here. Without a seller the money
    stays with the house. `state` is "new" or "open" before the first payment, then Stripe's word.
    """

    __tablename__ = "billing"

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    destination: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    interval: Mapped[str] = mapped_column(Text)
    trial_days: Mapped[int]
    fee_bps: Mapped[int]
    return_url: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="new")
    link_id: Mapped[str | None] = mapped_column(Text, unique=True)
    link_url: Mapped[str | None] = mapped_column(Text)
    stripe_id: Mapped[str | None] = mapped_column(Text, unique=True)
    customer_id: Mapped[str | None] = mapped_column(Text)
    period_end: Mapped[datetime | None]
    ends_with_period: Mapped[bool] = mapped_column(default=False)
    past_due_since: Mapped[datetime | None]
    asked_at: Mapped[datetime]
