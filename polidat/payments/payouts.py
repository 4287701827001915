"""A seller's money at Stripe, and its way to the seller's bank."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.db import Database
from polidat.events import record
from polidat.payments.banks import banks_of
from polidat.payments.errors import SellerNotReady, StripeRefused
from polidat.payments.facts import PayoutFacts, SellerBalance
from polidat.payments.gateway import Gateway
from polidat.payments.locks import lock_object
from polidat.payments.mirrored import Payout
from polidat.payments.models import SellerAccount
from polidat.payments.payout_rules import PayoutsOff, check_payout, refusal_of
from polidat.people import Person, queue_mail

_UNSETTLED_FOR = timedelta(days=60)  # how long a bank may take to send one back
_CAME_BACK = """{amount} of your sales came back from your bank: {problem}

The money is with Stripe again and waits for the next payout. Look at your payout account, and change the bank account
there if it is not right.
"""


def seller_balance(database: Database, gateway: Gateway, seller: Person) -> Sequence[SellerBalance]:
    """Return what the seller has at Stripe, one entry per currency. Raises SellerNotReady, StripeAway."""
    return gateway.balance_of(_account_of(database, seller))


def seller_payouts(database: Database, gateway: Gateway, seller: Person) -> Sequence[Payout]:
    """Return the seller's payouts, newest first, after asking Stripe what is new. Raises SellerNotReady, StripeAway."""
    mirror_payouts_of(database, gateway, seller.id, _account_of(database, seller))
    with database.reading() as session:
        return payouts_of(session, seller)


def payouts_of(session: Session, seller: Person) -> Sequence[Payout]:
    """Return the seller's payouts as we saw them last, newest first."""
    mine = select(Payout).where(Payout.seller_id == seller.id)
    return session.scalars(mine.order_by(Payout.created_at.desc(), Payout.id)).all()


def mirror_payouts(database: Database, gateway: Gateway) -> int:
    """Take over every seller's payouts, and return of how many sellers. Run it every night. Raises StripeAway."""
    with database.reading() as session:
        accounts = accounts_at_stripe(session)
    for seller_id, stripe_id in accounts:
        mirror_payouts_of(database, gateway, seller_id, stripe_id)
    return len(accounts)


def pay_out(
    database: Database, gateway: Gateway, seller: Person, amount: Money, *, method: str, key: str
) -> PayoutFacts:
    """Send the seller's money to their bank; `key` names the click, so that two are one payout.

    Raises Invalid, SellerNotReady, PayoutsOff, NoBankForCurrency, NotAtOnce, NotEnoughToPayOut, PayoutLimitReached,
    StripeAway.
    """
    with database.reading() as session:
        bank = check_payout(amount, method, banks_of(session, seller))
        standing = session.get(SellerAccount, seller.id)
    account = _account_of(database, seller)
    if standing is None or not standing.payouts_enabled:
        raise PayoutsOff
    with database.unit_of_work() as session:
        # before Stripe is asked: what was asked for is known even when we die before its answer
        asked = {"amount": amount, "method": method, "state": "asked"}
        record(session, "payout", f"person:{seller.id}", by=seller.id, after=asked)
    try:
        # another amount is another payout, whatever form it came from
        once = f"{key}-{method}-{amount.minor}{amount.currency}"
        return gateway.pay_out(account, amount, method=method, key=once, bank_id=bank.id if bank else None)
    except StripeRefused as error:
        if (refusal := refusal_of(error.code, amount)) is not None:
            raise refusal from error
        raise


def accounts_at_stripe(session: Session) -> Sequence[tuple[int, str]]:
    """Return every seller's id with that of the account at Stripe."""
    known = select(SellerAccount.person_id, SellerAccount.stripe_id).where(SellerAccount.stripe_id.is_not(None))
    return [(seller, str(account)) for seller, account in session.execute(known.order_by(SellerAccount.person_id))]


def mirror_payouts_of(database: Database, gateway: Gateway, seller_id: int, account_id: str) -> None:
    """Take over a seller's payouts: what is new, and again what a bank may still send back. Raises StripeAway."""
    with database.reading() as session:
        newest = session.scalar(select(func.max(Payout.created_at)).where(Payout.seller_id == seller_id))
    found = gateway.payouts_of(account_id, since=newest - _UNSETTLED_FOR if newest else None)
    with database.unit_of_work() as session:
        _take(session, seller_id, found)


def refresh_payouts(session: Session, gateway: Gateway, account_id: str, *, now: datetime) -> None:
    """Take over the payouts of an account of which Stripe told us something; one that came back is told by mail.

    An account that is not a seller's of ours changes nothing.
    """
    lock_object(session, f"payouts:{account_id}")
    seller_id = session.scalar(select(SellerAccount.person_id).where(SellerAccount.stripe_id == account_id))
    if seller_id is None:
        return
    newest = session.scalar(select(func.max(Payout.created_at)).where(Payout.seller_id == seller_id))
    _take(session, seller_id, gateway.payouts_of(account_id, since=newest - _UNSETTLED_FOR if newest else None))
    failed = (Payout.seller_id == seller_id) & (Payout.state == "failed") & Payout.told_at.is_(None)
    for each in session.scalars(select(Payout).where(failed).execution_options(populate_existing=True)).all():
        each.told_at = now
        seller, said = session.get_one(Person, seller_id), _CAME_BACK.format(amount=each.amount, problem=each.problem)
        queue_mail(session, seller.email, "A payout came back", said, now=now)
    session.flush()


def _take(session: Session, seller_id: int, found: Sequence[PayoutFacts]) -> None:
    if not found:
        return
    rows = insert(Payout).values([_row(seller_id, each) for each in found])
    told = {name: rows.excluded[name] for name in ("state", "problem", "fee_minor", "arrives_at", "is_complete")}
    session.execute(rows.on_conflict_do_update(index_elements=["id"], set_=told))


def _row(seller_id: int, found: PayoutFacts) -> dict[str, object]:
    return {
        "id": found.id,
        "seller_id": seller_id,
        "amount_minor": found.amount.minor,
        "fee_minor": found.fee.minor,
        "currency": found.amount.currency,
        "method": found.method,
        "state": found.status,
        "problem": found.problem,
        "created_at": found.created_at,
        "arrives_at": found.arrives_at,
        "is_automatic": found.is_automatic,
        "is_complete": found.is_complete,
        "movement_id": found.movement_id,
    }


def _account_of(database: Database, seller: Person) -> str:
    with database.reading() as session:
        account = session.get(SellerAccount, seller.id)
    if account is None or account.stripe_id is None:
        raise SellerNotReady
    return account.stripe_id
