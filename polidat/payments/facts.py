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
class IntentFacts:
    """A payment intent with its latest charge, and the link it was paid through."""

    id: str
    status: str
    link_id: str | None
    metadata: Mapping[str, str]
    problem: str
    charge: ChargeFacts | None


@dataclass(frozen=True)
class LinkFacts:
    """A payment link: where the buyer pays."""

    id: str
    url: str


@dataclass(frozen=True)
class LinkItem:
    """One thing a link sells, once."""

    title: str
    price_minor: int


@dataclass(frozen=True)
class LinkWish:
    """A link to be made. `ref` is our payment's id and becomes the idempotency key: the same wish is one link."""

    ref: str
    subject: str
    items: tuple[LinkItem, ...]
    currency: str
    fee_minor: int
    destination: str | None
    return_url: str


@dataclass(frozen=True)
class AccountFacts:
    """A seller's account at Stripe: the standing of its two capabilities, and what is still asked of it."""

    id: str
    transfers: str
    payouts: str
    due: tuple[str, ...]


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
