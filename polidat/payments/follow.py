"""Which part of a seller's account an event tells of, and taking that part over."""

from datetime import datetime

from sqlalchemy.orm import Session

from polidat.db import Database
from polidat.payments.accounts import refresh_account
from polidat.payments.errors import StripeRefused, StripeSaysNo
from polidat.payments.gateway import Gateway
from polidat.payments.models import InboxEvent
from polidat.payments.payouts import accounts_at_stripe, refresh_payouts
from polidat.payments.rules import account_told_of, told_of_financial
from polidat.payments.treasury import refresh_financial


def follow_account(session: Session, gateway: Gateway, event: InboxEvent, *, now: datetime) -> None:
    """Look up what an event of a seller's account is about: its money, its payouts, or how it stands."""
    if event.account is not None and told_of_financial(event.type):
        refresh_financial(session, gateway, event.account, now=now)
    elif event.account is not None and event.object_type == "payout":
        refresh_payouts(session, gateway, event.account, now=now)
    elif (account := account_told_of(event.type, event.object_type, event.object_id, event.account)) is not None:
        refresh_account(session, gateway, account, now=now)


def refresh_accounts(database: Database, gateway: Gateway, *, now: datetime) -> int:
    """Look every seller's account up, for what no event told, and return how many could be read. Raises StripeAway.

    Run it every night: the events of sellers' accounts are not among those the sweep finds.
    """
    with database.reading() as session:
        accounts = accounts_at_stripe(session)
    read = 0
    for _, account in accounts:
        try:
            with database.unit_of_work() as session:
                refresh_account(session, gateway, account, now=now)
                refresh_financial(session, gateway, account, now=now)
        except (StripeRefused, StripeSaysNo):  # closed at Stripe: what we knew last stays, with its date
            continue
        read += 1
    return read
