"""Facts of orders."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class OrderPlaced:
    """Somebody wants to buy."""

    order: str
    buyer_id: int
    total_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class OrderPaid:
    """An order is paid, or was free, and its buyer has access to what waits for nobody."""

    order: str
    buyer_id: int
    dataset_ids: tuple[int, ...]
    total_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class OrderFlagged:
    """Money and order do not fit together; an operator has to look. `alert` says what is wrong."""

    order: str
    charge_id: str
    alert: str


@dataclass(frozen=True)
class OrderRefunded:
    """Money of an order went back to its buyer."""

    order: str
    buyer_id: int
    amount_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class RefundAsked:
    """Somebody wants money of an order to go back to its buyer; a job asks Stripe. `why` is for the buyer."""

    order: str
    refund: str
    amount_minor: int
    currency: str
    why: str
    at: datetime


@dataclass(frozen=True)
class AlertSettled:
    """An operator has looked at a flagged order; `alert` is what it said."""

    order: str
    operator_id: int
    alert: str


@dataclass(frozen=True)
class OrderExpired:
    """Nobody paid in time."""

    order: str


@dataclass(frozen=True)
class CreditAdded:
    """Somebody paid into their wallet."""

    person_id: int
    top_up: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class SubscriptionPaid:
    """A period of a subscription was paid."""

    subscription: str
    person_id: int
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class ShipmentMoved:
    """The parcel of a line is in another state. Where it goes is not told."""

    order: str
    line: int
    seller_id: int
    buyer_id: int
    state: str


@dataclass(frozen=True)
class HostingTaken:
    """A month of hosting was taken out of what a seller earns; `owed_minor` of it the seller has not earned yet."""

    store_id: int
    owner_id: int
    price_minor: int
    owed_minor: int
    currency: str


@dataclass(frozen=True)
class HostingGivenBack:
    """What of a month taken out of earnings was unused when a card began to pay went back to the seller.

    `starts_at` names the month, `at` is when it went back.
    """

    store_id: int
    owner_id: int
    amount_minor: int
    currency: str
    starts_at: datetime
    at: datetime


@dataclass(frozen=True)
class FraudSuspected:
    """A fraud rule found something. In shadow mode nothing else happens."""

    rule: str
    subject: str
    person_id: int | None
    mode: str


@dataclass(frozen=True)
class AttestationAsked:
    """A seller has to decide about the buyer of a paid line, until `due_at`."""

    attestation_id: int
    order: str
    line: int
    seller_id: int
    due_at: datetime


@dataclass(frozen=True)
class AttestationDecided:
    """A buyer was approved or refused, or nobody decided in time (`state`); `reason` is for the buyer."""

    attestation_id: int
    order: str
    line: int
    seller_id: int
    state: str
    reason: str


@dataclass(frozen=True)
class SeatGiven:
    """A buyer has given a licence of a line to somebody by e-mail."""

    seat_id: int
    order: str
    line: int
    buyer_id: int


@dataclass(frozen=True)
class SeatTaken:
    """Somebody uses a licence they were given."""

    seat_id: int
    order: str
    line: int
    person_id: int


@dataclass(frozen=True)
class SeatEnded:
    """A licence was taken back by its buyer, given back by who had it (`by_id`), or ended with its money (None)."""

    seat_id: int
    order: str
    line: int
    by_id: int | None
