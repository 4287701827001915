"""Double entry: append-only books that balance in every currency."""

from polidat.ledger.chart import (
    COMMISSION,
    STRIPE,
    STRIPE_FEE,
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
    drifted_balances,
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
    "AccountSum",
    "KeyReused",
    "Leg",
    "NoAccountCode",
    "Refs",
    "StatementLine",
    "Unbalanced",
    "balance_of",
    "credit",
    "debit",
    "drifted_balances",
    "fx_clearing",
    "order_clearing",
    "post",
    "seller_owed",
    "seller_payable",
    "seller_receivable",
    "statement",
    "trial_balance",
]
