"""What Stripe tells us, as plain values: nothing of the SDK leaves the gateway."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from polidat.core import Money


@dataclass(frozen=True)
class Movement:
    """A balance transaction of the platform: `net` = `amount` - `fee`, all in minor units of `currency`."""

    id: str
    kind: str
    category: str
    source: str | None
    currency: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    created_at: datetime
    available_at: datetime
    status: str


@dataclass(frozen=True)
class ChargeFacts:
    """A charge, and the movements of money it caused, once Stripe has booked them."""

    id: str
    status: str
    amount: Money
    created_at: datetime
    receipt_url: str | None
    destination: str | None
    payment: Movement | None
    transfer: Movement | None
    fee: Movement | None
    expects_fee: bool
    transfer_id: str | None = None
    fee_id: str | None = None
    refunded_minor: int = 0
    reversed_minor: int = 0
    is_disputed: bool = False

    @property
    def has_returns(self) -> bool:
        """Whether money of this charge ever went back, or is asked back."""
        return self.refunded_minor > 0 or self.reversed_minor > 0 or self.is_disputed

    @property
    def is_paid(self) -> bool:
        """Whether the buyer's money has arrived."""
        return self.status == "succeeded"

    @property
    def is_booked(self) -> bool:
        """Whether every movement this charge will cause is there to be written down."""
        sent = self.destination is None or self.transfer is not None
        return self.payment is not None and sent and (self.fee is not None or not self.expects_fee)

    @property
    def movements(self) -> tuple[Movement, ...]:
        """The movements, money in first."""
        return tuple(each for each in (self.payment, self.transfer, self.fee) if each is not None)


@dataclass(frozen=True)
class RefundFacts:
    """Money given back to a buyer. `ref` is our refund's id, empty for one made in Stripe's dashboard.

    `paid_out` is its movement, `came_back` that of a refund the bank returned, `reversal_id` what was taken back from
    the seller in the same call.
    """

    id: str
    status: str
    amount: Money
    created_at: datetime
    ref: str
    problem: str
    paid_out: Movement | None
    came_back: Movement | None
    reversal_id: str | None

    @property
    def is_of_hold(self) -> bool:
        """Return whether it only lets go what a card held and a smaller capture left: done, and nothing has moved.

        Stripe shows the rest of a partial capture as a refund without a balance transaction.
        """
        return self.status == "succeeded" and self.paid_out is None


@dataclass(frozen=True)
class ReturnFacts:
    """A part of a transfer taken back from a seller, or of an application fee given back to one.

    `cause` is our reference of why: a refund's id or a dispute's; empty for what Stripe did with a refund.
    """

    id: str
    cause: str
    moved: Movement | None


@dataclass(frozen=True)
class DisputeFacts:
    """A buyer's bank asks money back. `movements` grow: withdrawn, perhaps reinstated."""

    id: str
    status: str
    amount: Money
    reason: str
    is_refundable: bool
    respond_by: datetime | None
    created_at: datetime
    movements: tuple[Movement, ...]


@dataclass(frozen=True)
class ChargeReturns:
    """Everything that went back of a charge, as Stripe has it now."""

    refunds: tuple[RefundFacts, ...]
    reversals: tuple[ReturnFacts, ...]
    fee_refunds: tuple[ReturnFacts, ...]
    disputes: tuple[DisputeFacts, ...]


@dataclass(frozen=True)
class SellerBalance:
    """What a seller has at Stripe in one currency: to be paid out now, at once for a fee, and on its way."""

    available: Money
    instant: Money
    pending: Money


@dataclass(frozen=True)
class PayoutFacts:
    """A payout of a seller. What was paid can still fail: `problem` says why. `fee` is Stripe's price of it.

    `is_complete` says that Stripe has told every movement of an automatic one; of a manual one it never does.
    `movement_id` is its own movement, `returned_id` that of a payout that came back.
    """

    id: str
    amount: Money
    method: str
    status: str
    created_at: datetime
    arrives_at: datetime
    problem: str
    fee: Money
    is_automatic: bool = False
    is_complete: bool = False
    movement_id: str | None = None
    returned_id: str | None = None


@dataclass(frozen=True)
class PlatformBalance:
    """What the house has at Stripe in one currency. `reserved` is kept against sellers who are below zero."""

    currency: str
    available_minor: int
    pending_minor: int
    reserved_minor: int

    @property
    def whole_minor(self) -> int:
        """All of it."""
        return self.available_minor + self.pending_minor + self.reserved_minor


@dataclass(frozen=True)
class SentFacts:
    """A transfer: what left the platform, and `arrival_id`, the payment it became on the seller's account."""

    id: str
    amount: Money
    account: str
    arrival_id: str
    created_at: datetime


@dataclass(frozen=True)
class FeeFacts:
    """An application fee: taken out of the payment `arrival_id` of a seller's account, to the platform."""

    id: str
    amount: Money
    account: str
    arrival_id: str
    created_at: datetime


@dataclass(frozen=True)
class TransferWish:
    """A seller's part to be sent: of a charge, also while that is pending, or of what the platform has available.

    `ref` is our transfer's id and becomes the idempotency key, with `tries`, how often Stripe has refused it.
    """

    ref: str
    subject: str
    destination: str
    charge_id: str | None
    amount: Money
    tries: int = 0


@dataclass(frozen=True)
class BillingWish:
    """A subscription to be asked for. `subject` becomes the idempotency key; `fee_bps` is the house's share."""

    subject: str
    title: str
    price: Money
    interval: str
    trial_days: int
    fee_bps: int
    destination: str | None
    return_url: str


@dataclass(frozen=True)
class BillingFacts:
    """A subscription as it is at Stripe. `subject` is our tag on it."""

    id: str
    state: str
    subject: str
    customer_id: str
    period_end: datetime
    ends_with_period: bool


@dataclass(frozen=True)
class InvoiceFacts:
    """A paid or unpaid invoice of a subscription; `period` is what its lines are for, until the last of them ends."""

    id: str
    subscription_id: str | None
    total: Money
    period: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class RefundWish:
    """A refund to be made. `ref` is our refund's id and becomes the idempotency key.

    For a charge that was sent on to a seller the transfer is taken back, always: a refund that leaves the money with
    the seller cannot be asked for, only fallen back to when Stripe refuses. The fee is returned with it, unless
    `keeps_fee`.
    """

    ref: str
    subject: str
    charge_id: str
    amount_minor: int
    sent_on: bool
    keeps_fee: bool = False


@dataclass(frozen=True)
class Address:
    """Where something is sent, and to whom. `country` is two letters; `line2` and `state` may be empty."""

    name: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of a label."""
        place = " ".join(each for each in (self.postal_code, self.city, self.state) if each)
        return tuple(each for each in (self.name, self.line1, self.line2, place, self.country) if each)


@dataclass(frozen=True)
class ShippingWish:
    """What is delivered: for so much, to these countries (two letters each; none is everywhere Stripe knows).

    `name` is how buyers know this delivery, `days` the working days it takes from the first to the last, if known.
    """

    price_minor: int
    countries: tuple[str, ...] = ()
    name: str = ""
    days: tuple[int, int] | None = None


@dataclass(frozen=True)
class IntentFacts:
    """A payment intent with its latest charge, the link it was paid through, and where the buyer wants it sent."""

    id: str
    status: str
    link_id: str | None
    metadata: Mapping[str, str]
    problem: str
    charge: ChargeFacts | None
    ship_to: Address | None = None


@dataclass(frozen=True)
class LinkFacts:
    """A payment link: where the buyer pays."""

    id: str
    url: str


@dataclass(frozen=True)
class LinkItem:
    """One thing a link sells, so many times at this price each."""

    title: str
    price_minor: int
    quantity: int = 1


@dataclass(frozen=True)
class LinkWish:
    """A link to be made. `ref` is our payment's id and becomes the idempotency key: the same wish is one link.

    Without a destination the money is shared later, so it is a checkout session instead: one visit, one payment.
    With `is_hold` it is only held on the card until it is captured. With `thanks` it is a link all the
    same, for whoever gets it: they are shown these words and not sent back.
    """

    ref: str
    subject: str
    items: tuple[LinkItem, ...]
    currency: str
    fee_minor: int
    destination: str | None
    return_url: str
    is_hold: bool = False
    shipping: ShippingWish | None = None
    thanks: str = ""


@dataclass(frozen=True)
class StripeEvent:
    """An event in either of Stripe's two forms. What it says about its object is never believed, only looked up."""

    id: str
    type: str
    object_type: str
    object_id: str
    created_at: datetime
    livemode: bool
    account: str | None = None
    twin_id: str | None = None
    api_version: str | None = None
    intent_id: str | None = None
    kept: Mapping[str, object] = field(default_factory=dict[str, object])
