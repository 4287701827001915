"""Pure decisions of the projector: values in, values out."""

from collections.abc import Sequence

from polidat.core import Money
from polidat.ledger import (
    STRIPE,
    STRIPE_FEE,
    SUSPENSE,
    Leg,
    credit,
    debit,
    fx_clearing,
    order_clearing,
    seller_payable,
    seller_receivable,
)
from polidat.payments.account_facts import AccountFacts
from polidat.payments.events import PaymentSettled
from polidat.payments.facts import ChargeFacts, IntentFacts, Movement, StripeEvent
from polidat.payments.models import AccountState

_SALE = (
    "charge",
    "transfer",
    "platform_earning",
    "refund",
    "refund_failure",
    "transfer_reversal",
    "platform_earning_refund",
    "dispute",
    "dispute_reversal",
)  # Stripe's reporting categories
KNOWN_CATEGORIES = (*_SALE, "fee", "payout", "payout_reversal", "topup", "topup_reversal", "network_cost")
_OF_A_PAYMENT = ("payment_intent.", "charge.", "checkout.session.", "refund.", "radar.early_fraud_warning.")
_OF_AN_ACCOUNT = ("account.external_account.", "balance_settings.", "capability.", "person.")
UNKNOWN = "unknown"  # what money is for when nobody knows


def payment_legs(charge: ChargeFacts, subject: str) -> Sequence[Leg]:
    """Return the legs of the money that came in: Stripe's balance and fee against the order's clearing account.

    A charge that settles in another currency passes through the exchange account, in both currencies.
    """
    paid = charge.payment
    assert paid is not None
    legs = [Leg(STRIPE, paid.net_minor, paid.currency, paid.id)]
    if paid.fee_minor:
        legs.append(Leg(STRIPE_FEE, paid.fee_minor, paid.currency))
    came_in = Money(paid.amount_minor, paid.currency)
    if paid.currency == charge.amount.currency:
        return [*legs, credit(order_clearing(subject), came_in)]
    exchange = fx_clearing(charge.amount.currency, paid.currency)
    return [
        *legs,
        credit(exchange, came_in),
        debit(exchange, charge.amount),
        credit(order_clearing(subject), charge.amount),
    ]


def transfer_legs(charge: ChargeFacts, seller: str) -> Sequence[Leg]:
    """Return the legs of what was sent on to the seller; none when nothing was."""
    sent = charge.transfer
    if sent is None:
        return []
    return [
        Leg(seller_payable(seller), -sent.net_minor, sent.currency),
        Leg(STRIPE, sent.net_minor, sent.currency, sent.id),
    ]


def fee_legs(charge: ChargeFacts, seller: str) -> Sequence[Leg]:
    """Return the legs of the application fee taken back from the seller; none when there was none."""
    fee = charge.fee
    if fee is None:
        return []
    return [Leg(STRIPE, fee.net_minor, fee.currency, fee.id), Leg(seller_payable(seller), -fee.net_minor, fee.currency)]


def suspense_legs(moved: Movement) -> Sequence[Leg]:
    """Return the legs of a movement that no rule explains."""
    return [Leg(STRIPE, moved.net_minor, moved.currency, moved.id), Leg(SUSPENSE, -moved.net_minor, moved.currency)]


def is_of_a_sale(moved: Movement) -> bool:
    """Return whether the movement belongs to a charge, and is booked when that is settled."""
    return moved.category in _SALE


def held_legs(fact: PaymentSettled) -> Sequence[Leg]:
    """Return the legs that turn what a seller was sent without a sale into what the seller owes us."""
    kept = Money(fact.sent_minor - fact.fee_minor, fact.settled_currency)
    if kept.minor <= 0:
        return []
    return [debit(seller_receivable(fact.seller), kept), credit(seller_payable(fact.seller), kept)]


def settled_fact(
    charge: ChargeFacts, *, subject: str, payment_id: str, seller: str, doubt: str, netted_minor: int = 0
) -> PaymentSettled:
    """Return the fact that a booked charge tells."""
    paid = charge.payment
    assert paid is not None
    fee_minor = charge.fee.net_minor if charge.fee else 0
    return PaymentSettled(
        stripe_fee_minor=paid.fee_minor,
        subject=subject,
        payment_id=payment_id,
        charge_id=charge.id,
        seller=seller,
        amount_minor=charge.amount.minor,
        currency=charge.amount.currency,
        settled_currency=paid.currency,
        settled_minor=paid.amount_minor,
        sent_minor=-charge.transfer.net_minor if charge.transfer else 0,
        fee_minor=fee_minor,
        doubt=doubt,
        at=charge.created_at,
        netted_minor=min(netted_minor, fee_minor),
    )


def doubt_of(
    intent: IntentFacts, *, link_id: str | None, payment_id: str, subject: str, destination: str | None
) -> str:
    """Return why a payment is not believed to be for this order; empty when all agrees.

    The link is ours and nobody else can change it; the tags must say the same.
    """
    charge = intent.charge
    if intent.link_id != link_id:
        return "It was not paid through the link of this payment."
    if (intent.metadata.get("payment_id"), intent.metadata.get("order_id")) != (payment_id, subject):
        return "Its tags name another order."
    return doubt_of_destination(charge, destination) if charge is not None else ""


def doubt_of_destination(charge: ChargeFacts, destination: str | None) -> str:
    """Return why a charge is not believed to be for this seller; empty when it is."""
    return "" if charge.destination == destination else "The money went to another account than the seller's."


def account_state(facts: AccountFacts, before: AccountState) -> AccountState:
    """Return where an account stands, given how it stood before: who was active once is restricted, not new."""
    if "rejected" in (facts.transfers, facts.payouts):
        return AccountState.REJECTED
    if facts.transfers == "active" and facts.payouts == "active":
        return AccountState.ACTIVE
    known = before in (AccountState.ACTIVE, AccountState.RESTRICTED, AccountState.REJECTED)
    return AccountState.RESTRICTED if known else AccountState.ONBOARDING


def is_about_payment(event: StripeEvent) -> bool:
    """Return whether the event is a reason to look a payment up."""
    told = event.type.removeprefix("v1.")
    return event.intent_id is not None and told.startswith(_OF_A_PAYMENT)


def is_about_account(event: StripeEvent) -> bool:
    """Return whether the event is a reason to look a seller's account up."""
    return account_told_of(event.type, event.object_type, event.object_id, event.account) is not None


def account_told_of(event_type: str, object_type: str, object_id: str, account: str | None) -> str | None:
    """Return the account an event is about: itself, or whose bank, capability, person or payout settings; else None."""
    if object_type in ("account", "v2.core.account"):
        return object_id or None
    told = event_type.removeprefix("v1.")
    return account if told.startswith(_OF_AN_ACCOUNT) else None


def is_about_payout(event: StripeEvent) -> bool:
    """Return whether the event is a reason to look a seller's payouts up; the house's own are not a seller's."""
    return event.object_type == "payout" and event.account is not None


def is_about_financial(event: StripeEvent) -> bool:
    """Return whether the event is a reason to look a seller's financial account and cards up."""
    return event.account is not None and told_of_financial(event.type)


def told_of_financial(event_type: str) -> bool:
    """Return whether events of this type are about financial accounts or cards."""
    return event_type.removeprefix("v1.").startswith(("treasury.", "issuing_card.", "issuing_cardholder."))


def is_about_billing(event: StripeEvent) -> bool:
    """Return whether the event is a reason to look a subscription up."""
    return event.object_type in ("subscription", "invoice") and bool(event.object_id)


def is_warning(event_type: str) -> bool:
    """Return whether an event tells of an early fraud warning."""
    return event_type.removeprefix("v1.").startswith("radar.early_fraud_warning.")
