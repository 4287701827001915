"""Ids and secrets that look like Stripe's: a prefix that says the kind, then text nobody can guess."""

import secrets
from collections.abc import Mapping

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

PREFIXES: Mapping[str, str] = {
    "account": "acct_",
    "apple_pay_domain": "apwc_",
    "application_fee": "fee_",
    "apps.secret": "appsecret_",
    "balance_transaction": "txn_",
    "billing_portal.configuration": "bpc_",
    "billing_portal.session": "bps_",
    "charge": "ch_",
    "checkout.session": "cs_test_",
    "coupon": "",
    "credit_note": "cn_",
    "credit_note_line_item": "cnli_",
    "customer": "cus_",
    "customer_balance_transaction": "cbtxn_",
    "customer_cash_balance_transaction": "ccsbtxn_",
    "discount": "di_",
    "dispute": "dp_",
    "entitlements.feature": "feat_",
    "ephemeral_key": "ephkey_",
    "event": "evt_",
    "fee_refund": "fr_",
    "file": "file_",
    "file_link": "link_",
    "invoice": "in_",
    "invoice_payment": "inpay_",
    "invoiceitem": "ii_",
    "issuing.card": "ic_",
    "issuing.cardholder": "ich_",
    "item": "li_",
    "line_item": "il_",
    "mandate": "mandate_",
    "payment_intent": "pi_",
    "payment_link": "plink_",
    "payment_method": "pm_",
    "payment_method_domain": "pmd_",
    "payout": "po_",
    "person": "person_",
    "price": "price_",
    "product": "prod_",
    "product_feature": "prodft_",
    "promotion_code": "promo_",
    "quote": "qt_",
    "radar.early_fraud_warning": "issfr_",
    "radar.value_list": "rsl_",
    "radar.value_list_item": "rsli_",
    "refund": "re_",
    "reporting.report_run": "frr_",
    "review": "prv_",
    "setup_attempt": "setatt_",
    "setup_intent": "seti_",
    "shipping_rate": "shr_",
    "subscription": "sub_",
    "subscription_item": "si_",
    "subscription_schedule": "sub_sched_",
    "tax_id": "txi_",
    "tax_rate": "txr_",
    "test_helpers.test_clock": "clock_",
    "token": "tok_",
    "topup": "tu_",
    "transfer": "tr_",
    "transfer_reversal": "trr_",
    "treasury.financial_account": "fa_",
    "treasury.inbound_transfer": "ibt_",
    "treasury.outbound_transfer": "obt_",
    "treasury.received_credit": "rc_",
    "treasury.transaction": "trxn_",
    "v2.core.event": "evt_test_",
    "v2.core.event_destination": "ed_test_",
    "webhook_endpoint": "we_",
}
_LENGTHS: Mapping[str, int] = {"account": 16, "coupon": 8, "product": 14, "checkout.session": 58}


def random_text(length: int) -> str:
    """Give letters and digits from the system's secure source."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_id(kind: str) -> str:
    """Give a fresh id for an object of this kind."""
    return PREFIXES[kind] + random_text(_LENGTHS.get(kind, 24))
