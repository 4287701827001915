"""The only room that knows Stripe: sellers' accounts, payment links, events, and money into the books."""

from polidat.payments.accounts import may_be_paid, open_dashboard, seller_account, start_onboarding, sync_account
from polidat.payments.errors import (
    BadSignature,
    PaymentDeclined,
    SellerNotReady,
    StripeAway,
    StripeRefused,
    StripeSaysNo,
    TooManyCalls,
    UnsafeStripeSetup,
)
from polidat.payments.events import (
    MoneyUnbooked,
    PaymentFailed,
    PaymentSettled,
    PaymentUnclaimed,
    SellerStandingChanged,
)
from polidat.payments.facts import LinkItem
from polidat.payments.find import charges_of, doubtful_charges, failed_events
from polidat.payments.gateway import Gateway, check_setup, open_gateway
from polidat.payments.inbox import PROCESS_EVENT, Endpoint, process_event, receive_event
from polidat.payments.links import PaymentWish, close_links, note_payment, open_link, payments_of
from polidat.payments.models import AccountState, Charge, ChargeState, Payment, PaymentState, SellerAccount
from polidat.payments.settle import hold_money
from polidat.payments.sweep import Swept, sweep
from polidat.payments.sync import SYNC_PAYMENT, sync_payment, sync_subject

__all__ = [
    "PROCESS_EVENT",
    "SYNC_PAYMENT",
    "AccountState",
    "BadSignature",
    "Charge",
    "ChargeState",
    "Endpoint",
    "Gateway",
    "LinkItem",
    "MoneyUnbooked",
    "Payment",
    "PaymentDeclined",
    "PaymentFailed",
    "PaymentSettled",
    "PaymentState",
    "PaymentUnclaimed",
    "PaymentWish",
    "SellerAccount",
    "SellerNotReady",
    "SellerStandingChanged",
    "StripeAway",
    "StripeRefused",
    "StripeSaysNo",
    "Swept",
    "TooManyCalls",
    "UnsafeStripeSetup",
    "charges_of",
    "check_setup",
    "close_links",
    "doubtful_charges",
    "failed_events",
    "hold_money",
    "may_be_paid",
    "note_payment",
    "open_dashboard",
    "open_gateway",
    "open_link",
    "payments_of",
    "process_event",
    "receive_event",
    "seller_account",
    "start_onboarding",
    "sweep",
    "sync_account",
    "sync_payment",
    "sync_subject",
]
