"""What Stripe tells of financial accounts and cards, and what we ask for, as plain values. No card number is in it."""

from dataclasses import dataclass
from datetime import datetime

from polidat.core import Money


@dataclass(frozen=True)
class FinancialFacts:
    """A financial account: its state and its three balances; of its number only the last digits."""

    id: str
    state: str
    cash: Money
    inbound: Money
    outbound: Money
    bank_name: str
    last4: str


@dataclass(frozen=True)
class CardFacts:
    """A card: brand, last digits, expiry, state and its first spending limit, None without one."""

    id: str
    state: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    limit: Money | None
    interval: str


@dataclass(frozen=True)
class FinancialMovement:
    """Money that moved in a financial account; below zero for what left. It is open, posted or void."""

    amount: Money
    state: str
    description: str
    created_at: datetime


@dataclass(frozen=True)
class CashOutFacts:
    """Cash on its way to its owner's bank. `ref` is our tag on it, `bank` the name and last digits of where it goes."""

    id: str
    ref: str
    state: str
    bank: str
    arrives_at: datetime
    problem: str


@dataclass(frozen=True)
class Holder:
    """Whom a card is issued to. It goes to Stripe and is kept nowhere else. `ip` is where the terms were accepted."""

    first_name: str
    last_name: str
    line1: str
    city: str
    postal_code: str
    state: str = ""
    country: str = "US"
    ip: str = ""


@dataclass(frozen=True)
class CardWish:
    """A card to be issued. `ref` is our card's id and becomes the idempotency key."""

    ref: str
    financial_account: str
    holder_id: str
    limit: Money
    interval: str
