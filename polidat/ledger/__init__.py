"""Double entry: append-only books that balance in every currency."""

from polidat.ledger.chart import (
    COMMISSION,
    STRIPE,
    STRIPE_FEE,
    SUSPENSE,
    fx_clearing,
    order_clearing,
    seller_payable,
    seller_receivable,
)
from polidat.ledger.errors import KeyReused, NoAccountCode, Unbalanced
from polidat.ledger.find import (
    AccountSum,
    StatementLine,
    balance_of,
    booked_movements,
    drifted_balances,
    open_clearings,
    seller_owed,
    statement,
    trial_balance,
)
from polidat.ledger.post import Refs, post
from polidat.ledger.rules import Leg, credit, debit

__all__ = [
    "COMMISSION",
    "STRIPE",
    "STRIPE_FEE",
    "SUSPENSE",
    "AccountSum",
    "KeyReused",
    "Leg",
    "NoAccountCode",
    "Refs",
    "StatementLine",
    "Unbalanced",
    "balance_of",
    "booked_movements",
    "credit",
    "debit",
    "drifted_balances",
    "fx_clearing",
    "open_clearings",
    "order_clearing",
    "post",
    "seller_owed",
    "seller_payable",
    "seller_receivable",
    "statement",
    "trial_balance",
]
