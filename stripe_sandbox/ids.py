"""Ids and secrets that look like Stripe's: a prefix that says the kind, then text nobody can guess."""

import secrets
from collections.abc import Mapping

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

PREFIXES: Mapping[str, str] = {
    "account": "acct_",
    "application_fee": "fee_",
    "balance_transaction": "txn_",
    "billing_portal.session": "bps_",
    "charge": "ch_",
    "checkout.session": "cs_test_",
    "customer": "cus_",
    "dispute": "dp_",
    "event": "evt_",
    "fee_refund": "fr_",
    "invoice": "in_",
    "invoice_payment": "inpay_",
    "item": "li_",
    "line_item": "il_",
    "person": "person_",
    "payment_intent": "pi_",
    "payment_link": "plink_",
    "payment_method": "pm_",
    "payout": "po_",
    "price": "price_",
    "product": "prod_",
    "radar.early_fraud_warning": "issfr_",
    "refund": "re_",
    "shipping_rate": "shr_",
    "subscription": "sub_",
    "subscription_item": "si_",
    "test_helpers.test_clock": "clock_",
    "transfer": "tr_",
    "transfer_reversal": "trr_",
    "v2.core.event": "evt_test_",
    "v2.core.event_destination": "ed_test_",
    "webhook_endpoint": "we_",
}
_LENGTHS: Mapping[str, int] = {"account": 16, "product": 14, "checkout.session": 58}


def random_text(length: int) -> str:
    """Give letters and digits from the system's secure source."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_id(kind: str) -> str:
    """Give a fresh id for an object of this kind."""
    return PREFIXES[kind] + random_text(_LENGTHS.get(kind, 24))
