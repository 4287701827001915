"""Payouts for callers that may send the same request again."""

from datetime import datetime, timedelta

from polidat.core import Money
from polidat.db import Database
from polidat.orders.errors import PayoutUnknown
from polidat.orders.fraud_payout import ask_payout
from polidat.payments import Gateway
from polidat.people import Person, noted_call

_KEY_LIFE = timedelta(hours=20)  # Stripe forgets an idempotency key after a day


def ask_payout_once(
    database: Database, gateway: Gateway, seller: Person, amount: Money, *, method: str, key: str, now: datetime
) -> str:
    """Do what `ask_payout` does, once per key of the seller's, and return the payout's id at Stripe.

    Raises KeyOfAnotherCall for another amount or method, PayoutUnknown when an earlier call with this key was never
    answered and Stripe has forgotten it, and what `ask_payout` raises; a refused one stays refused under its key.
    """
    asked = f"payout {amount.minor} {amount.currency} {method}"
    with database.unit_of_work() as session:
        call = noted_call(session, seller, key, asked, now=now)
    if call.made:
        return call.made
    if now - call.called_at > _KEY_LIFE:
        raise PayoutUnknown
    payout = ask_payout(database, gateway, seller, amount, method=method, key=f"{seller.id}-{key}", now=now)
    with database.unit_of_work() as session:
        noted_call(session, seller, key, asked, now=now).made = payout.id
    return payout.id
