"""Facts of payments."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PaymentSettled:
    """Money for `subject` arrived, and its movements are in the books. Told once per charge.

    `amount_minor` and `currency` are what the buyer paid; the other amounts are in `settled_currency`: what came in
    before Stripe's fee, what was sent on to the seller, the fee taken back from the seller, and the part of that fee
    that pays what the seller owes; `stripe_fee_minor` is what Stripe kept. Without a `seller` nothing was sent on yet:
    the money is for several.
    A `doubt` is a sentence for the operator: such a payment buys nothing until somebody has looked.
    """

    subject: str
    payment_id: str
    charge_id: str
    seller: str
    amount_minor: int
    currency: str
    settled_currency: str
    settled_minor: int
    sent_minor: int
    fee_minor: int
    doubt: str
    at: datetime
    netted_minor: int = 0
    stripe_fee_minor: int = 0


@dataclass(frozen=True)
class PaymentHeld:
    """A card holds money for `subject`; nothing has moved yet. Told once per payment."""

    subject: str
    payment_id: str
    amount_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class HoldEnded:
    """A card holds nothing for `subject` any more, and nothing was captured: let go, or its time was over."""

    subject: str
    payment_id: str
    at: datetime


@dataclass(frozen=True)
class PaymentFailed:
    """An attempt to pay was declined; the buyer may try again. `problem` is the bank's sentence.

    `was_processing`: it was a debit that takes days, and had looked as if it would be paid. `charge_id` is the attempt,
    where there is one.
    """

    subject: str
    payment_id: str
    problem: str
    at: datetime
    was_processing: bool = False
    charge_id: str = ""


@dataclass(frozen=True)
class PaymentUnclaimed:
    """Money arrived that belongs to no payment we asked for. It is in the books; an operator has to look."""

    charge_id: str
    amount_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class PaymentRefunded:
    """Money of a charge went back to its buyer, and every movement of it is in the books. Told once per refund.

    `amount_minor` in `currency` is what the buyer gets, `settled_minor` in `settled_currency` what it cost us.
    `seller_minor` was taken back from the seller with it, less the fee returned; without `from_seller` nothing was,
    and what the seller's share is remains to be claimed.
    """

    subject: str
    refund_ref: str
    charge_id: str
    seller: str
    amount_minor: int
    currency: str
    settled_minor: int
    settled_currency: str
    from_seller: bool
    seller_minor: int
    at: datetime


@dataclass(frozen=True)
class RefundFailed:
    """The buyer's bank sent a refund back; the money is with us again and owed to the buyer.

    `settled_minor` of `settled_currency` is what came in for it, nothing where Stripe has not booked it.
    """

    subject: str
    refund_ref: str
    amount_minor: int
    currency: str
    problem: str
    at: datetime
    charge_id: str = ""
    settled_minor: int = 0
    settled_currency: str = ""


@dataclass(frozen=True)
class RefundRefused:
    """Stripe said no to a refund: nothing moved."""

    subject: str
    refund_ref: str
    amount_minor: int
    currency: str
    problem: str
    at: datetime


@dataclass(frozen=True)
class DisputeMoved:
    """A dispute was opened, changed its state, or moved money. `state` is Stripe's word.

    `withdrawn_minor` is what the bank holds now, `held_minor` what was taken from the seller meanwhile, both in
    `settled_currency`.
    """

    subject: str
    dispute_id: str
    charge_id: str
    seller: str
    state: str
    amount_minor: int
    currency: str
    settled_currency: str
    withdrawn_minor: int
    held_minor: int
    at: datetime


@dataclass(frozen=True)
class SubscriptionMoved:
    """A subscription began, went on, fell behind or ended. `state` is Stripe's word; `at` is when we looked."""

    subject: str
    state: str
    period_end: datetime | None
    ends_with_period: bool
    past_due_since: datetime | None
    at: datetime


@dataclass(frozen=True)
class FraudWarned:
    """A card's bank says that a settled payment may be fraud; nobody has disputed it yet. Told once per charge."""

    subject: str
    charge_id: str
    at: datetime


@dataclass(frozen=True)
class SellerStandingChanged:
    """A seller's payout account moved to another state."""

    person_id: int
    state: str


@dataclass(frozen=True)
class PayoutBankChanged:
    """A seller's payouts go, or can go, to another bank account or card, or to none, from now on."""

    person_id: int
    at: datetime


@dataclass(frozen=True)
class BooksDisagree:
    """The books and Stripe do not agree about so many movements: an alarm for the operator."""

    pairs: int
    at: datetime


@dataclass(frozen=True)
class MoneyUnbooked:
    """Movements of sales at Stripe are hours old and not in the books: an alarm for the operator."""

    movements: int
    at: datetime
