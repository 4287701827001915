"""Where the objects that events tell of live in the API: a thin event carries the address instead of the object."""

from collections.abc import Mapping
from typing import Final

_PLURALS: Final = (
    "account", "application_fee", "charge", "coupon", "customer", "dispute", "file", "invoice", "invoice_payment",
    "payment_intent", "payment_link", "payment_method", "payout", "price", "product", "promotion_code", "refund",
    "setup_intent", "subscription", "transfer", "credit_note", "invoiceitem", "plan", "quote", "review", "source",
    "subscription_schedule", "tax_rate", "topup",
)  # fmt: skip

HOMES: Final[Mapping[str, str]] = {
    **{kind: f"/v1/{kind}s/{{id}}" for kind in _PLURALS},
    "balance_settings": "/v1/balance_settings",
    "billing.credit_balance_transaction": "/v1/billing/credit_balance_transactions/{id}",
    "billing.credit_grant": "/v1/billing/credit_grants/{id}",
    "billing.meter": "/v1/billing/meters/{id}",
    "climate.order": "/v1/climate/orders/{id}",
    "financial_connections.account": "/v1/financial_connections/accounts/{id}",
    "identity.verification_session": "/v1/identity/verification_sessions/{id}",
    "issuing.authorization": "/v1/issuing/authorizations/{id}",
    "issuing.dispute": "/v1/issuing/disputes/{id}",
    "issuing.personalization_design": "/v1/issuing/personalization_designs/{id}",
    "issuing.token": "/v1/issuing/tokens/{id}",
    "issuing.transaction": "/v1/issuing/transactions/{id}",
    "terminal.reader": "/v1/terminal/readers/{id}",
    "bank_account": "/v1/accounts/{account}/external_accounts/{id}",
    "capability": "/v1/accounts/{account}/capabilities/{id}",
    "card": "/v1/accounts/{account}/external_accounts/{id}",
    "checkout.session": "/v1/checkout/sessions/{id}",
    "issuing.card": "/v1/issuing/cards/{id}",
    "issuing.cardholder": "/v1/issuing/cardholders/{id}",
    "treasury.financial_account": "/v1/treasury/financial_accounts/{id}",
    "treasury.inbound_transfer": "/v1/treasury/inbound_transfers/{id}",
    "treasury.outbound_transfer": "/v1/treasury/outbound_transfers/{id}",
    "treasury.received_credit": "/v1/treasury/received_credits/{id}",
    "fee_refund": "/v1/application_fees/{fee}/refunds/{id}",
    "person": "/v1/accounts/{account}/persons/{id}",
    "radar.early_fraud_warning": "/v1/radar/early_fraud_warnings/{id}",
    "test_helpers.test_clock": "/v1/test_helpers/test_clocks/{id}",
}
"""Addresses by kind of object, with the members of the object to fill in."""
