"""A seller's financial account at Stripe: opened once, kept as it is there, and where payouts may go.

The money in it is the seller's own, at Stripe: no posting of the house's books is about it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.core import Conflict, Invalid, NotFound, new_public_id
from polidat.db import Database
from polidat.events import record
from polidat.payments.accounts import refresh_account
from polidat.payments.banks import banks_of
from polidat.payments.errors import SellerNotReady
from polidat.payments.gateway import Gateway
from polidat.payments.locks import lock_object
from polidat.payments.models import SellerAccount
from polidat.payments.treasury_facts import CardFacts, CashOutFacts, FinancialFacts, FinancialMovement
from polidat.payments.treasury_models import ASKED, PROCESSING, CashOut, FinancialAccount, VirtualCard
from polidat.payments.treasury_reading import CURRENCY
from polidat.people import Person

_KEY_LIFE = timedelta(hours=20)  # Stripe forgets an idempotency key after a day
_MAY_COME_BACK = timedelta(days=10)  # how long a bank may take to return one
_COUNTRY = "us"


class NoFinancialAccount(NotFound):
    """Nothing to move money into, or to issue a card on."""

    def __init__(self) -> None:
        super().__init__("You have no financial account yet. Open one first.")


def financial_account(session: Session, seller: Person) -> FinancialAccount | None:
    """Return the seller's financial account as we saw it last; None before one was asked for."""
    return session.get(FinancialAccount, seller.id)


def open_financial_account(database: Database, gateway: Gateway, seller: Person, *, now: datetime) -> FinancialAccount:
    """Open the seller's financial account, once. Raises Invalid abroad, SellerNotReady, StripeAway, StripeRefused."""
    with database.unit_of_work() as session:
        account = session.get(SellerAccount, seller.id)
        if account is None or account.stripe_id is None or not account.payouts_enabled:
            raise SellerNotReady
        if account.country.lower() != _COUNTRY:
            raise Invalid("Financial accounts are for sellers in the United States.")
        noted, stripe_id = _noted(session, seller, now=now), account.stripe_id
    if noted.stripe_id is not None:
        return noted
    late = now - noted.asked_at > _KEY_LIFE
    found = gateway.find_financial(stripe_id, noted.public_id) if late else None
    facts = found or gateway.open_financial(stripe_id, noted.public_id)
    with database.unit_of_work() as session:
        lock_object(session, stripe_id)
        row = session.get_one(FinancialAccount, seller.id)
        row.stripe_id = facts.id
        _keep(row, facts, now=now)
        session.flush()
        return row


def sync_financial_account(database: Database, gateway: Gateway, seller: Person, *, now: datetime) -> None:
    """Look the seller's financial account and cards up at Stripe. Raises StripeAway."""
    with database.unit_of_work() as session:
        account = session.get(SellerAccount, seller.id)
        if account is not None and account.stripe_id is not None:
            refresh_financial(session, gateway, account.stripe_id, now=now)


def refresh_financial(session: Session, gateway: Gateway, account_id: str, *, now: datetime) -> None:
    """Take over how an account's financial account and cards are now. One that has none of ours changes nothing."""
    lock_object(session, account_id)
    mine = SellerAccount.person_id == FinancialAccount.person_id
    whose = select(FinancialAccount).join(SellerAccount, mine).where(SellerAccount.stripe_id == account_id)
    row = session.scalar(whose.execution_options(populate_existing=True))
    if row is None or row.stripe_id is None:
        return
    _keep(row, gateway.financial(account_id, row.stripe_id), now=now)
    if row.holder_id is not None:
        told = {each.id: each for each in gateway.cards_of(account_id)}
        for card in session.scalars(select(VirtualCard).where(VirtualCard.person_id == row.person_id)).all():
            if card.stripe_id in told:
                keep_card(card, told[card.stripe_id])
    _follow_cash_outs(session, gateway, account_id, row, now=now)
    session.flush()


def financial_movements(database: Database, gateway: Gateway, seller: Person) -> Sequence[FinancialMovement]:
    """Return the latest movements of the seller's financial account, newest first, as Stripe has them now."""
    account_id, row = opened(database, seller)
    return gateway.financial_movements(account_id, str(row.stripe_id))


def send_payouts_to(database: Database, gateway: Gateway, seller: Person, *, financial: bool, now: datetime) -> None:
    """Let payouts go into the financial account, or to the seller's bank again; the seller is told by mail.

    Raises NoFinancialAccount, Conflict without a bank account to go back to, StripeAway.
    """
    account_id, row = opened(database, seller)
    with database.unit_of_work() as session:
        banks = banks_of(session, seller)
        record(session, "financial_account", f"person:{seller.id}", by=seller.id, after={"payouts": _to(financial)})
    if not financial:
        others = [each for each in banks if each.currency == row.currency and each.id != row.bank_id]
        if not others:
            raise Conflict("There is no bank account to go back to. Add one on Stripe's pages first.")
        gateway.payouts_to(account_id, others[0].id)
    elif row.bank_id is None:
        bank_id = gateway.payouts_into(account_id, str(row.stripe_id), row.public_id)
        with database.unit_of_work() as session:
            session.get_one(FinancialAccount, seller.id).bank_id = bank_id
    else:
        gateway.payouts_to(account_id, row.bank_id)
    with database.unit_of_work() as session:
        refresh_account(session, gateway, account_id, now=now)


def takes_payouts(session: Session, seller: Person) -> bool:
    """Return whether the seller's payouts go into the financial account."""
    row = session.get(FinancialAccount, seller.id)
    if row is None or row.bank_id is None:
        return False
    return any(each.id == row.bank_id and each.is_default for each in banks_of(session, seller))


def opened(database: Database, seller: Person) -> tuple[str, FinancialAccount]:
    """Return the seller's Stripe account with the open financial account. Raises NoFinancialAccount."""
    with database.reading() as session:
        account, row = session.get(SellerAccount, seller.id), session.get(FinancialAccount, seller.id)
    if account is None or account.stripe_id is None or row is None or row.stripe_id is None or row.state != "open":
        raise NoFinancialAccount
    return account.stripe_id, row


def keep_card(card: VirtualCard, facts: CardFacts) -> None:
    """Take over what Stripe tells of a card: never its number."""
    card.state, card.brand, card.last4 = facts.state, facts.brand, facts.last4
    card.exp_month, card.exp_year = facts.exp_month, facts.exp_year
    if facts.limit is not None:
        card.limit_minor, card.interval = facts.limit.minor, facts.interval


def keep_cash_out(row: CashOut, facts: CashOutFacts) -> None:
    """Take over what Stripe tells of cash on its way."""
    row.stripe_id, row.state, row.bank = facts.id, facts.state, facts.bank
    row.arrives_at, row.problem = facts.arrives_at, facts.problem


def _follow_cash_outs(
    session: Session, gateway: Gateway, account_id: str, row: FinancialAccount, *, now: datetime
) -> None:
    """What is on its way, or may come back from the bank."""
    lately = (CashOut.state == "posted") & (CashOut.asked_at > now - _MAY_COME_BACK)
    moving = (CashOut.person_id == row.person_id) & ((CashOut.state == PROCESSING) | lately)
    open_ones = session.scalars(select(CashOut).where(moving).execution_options(populate_existing=True)).all()
    if not open_ones:
        return
    told = {each.id: each for each in gateway.cash_outs_of(account_id, str(row.stripe_id))}
    for each in open_ones:
        if each.stripe_id in told:
            keep_cash_out(each, told[each.stripe_id])


def _keep(row: FinancialAccount, facts: FinancialFacts, *, now: datetime) -> None:
    row.state, row.checked_at = facts.state, now
    row.cash_minor, row.inbound_minor = facts.cash.minor, facts.inbound.minor
    row.outbound_minor = facts.outbound.minor
    row.bank_name, row.last4 = facts.bank_name, facts.last4


def _noted(session: Session, seller: Person, *, now: datetime) -> FinancialAccount:
    new = insert(FinancialAccount).values(
        person_id=seller.id,
        public_id=new_public_id("fin"),
        state=ASKED,
        currency=CURRENCY,
        cash_minor=0,
        inbound_minor=0,
        outbound_minor=0,
        bank_name="",
        last4="",
        asked_at=now,
    )
    made = new.on_conflict_do_nothing(index_elements=["person_id"]).returning(FinancialAccount.person_id)
    if session.scalar(made) is not None:
        record(session, "financial_account", f"person:{seller.id}", by=seller.id, after={"state": ASKED})
    return session.get_one(FinancialAccount, seller.id)


def _to(financial: bool) -> str:
    return "financial account" if financial else "bank account"
