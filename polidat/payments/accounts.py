"""Sellers' accounts at Stripe: open one, send the seller through onboarding, know how it stands."""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.core import NotFound, new_public_id
from polidat.db import Database
from polidat.events import emit, record
from polidat.payments.account_facts import AccountFacts
from polidat.payments.banks import take_setup
from polidat.payments.events import SellerStandingChanged
from polidat.payments.gateway import Gateway
from polidat.payments.locks import lock_object
from polidat.payments.models import AccountState, SellerAccount
from polidat.payments.rules import account_state
from polidat.people import Person

_KEY_LIFE = timedelta(hours=20)  # Stripe forgets an idempotency key after a day


def start_onboarding(
    database: Database,
    gateway: Gateway,
    person: Person,
    *,
    return_url: str,
    refresh_url: str,
    now: datetime,
    country: str = "us",
) -> str:
    """Return a fresh address of Stripe's onboarding for this seller, opening the account on the first click.

    Call it on each click: the address works once and dies within minutes. `refresh_url` must be a route of ours that
    signs the seller in and calls this again. Raises StripeAway, StripeRefused.
    """
    with database.unit_of_work() as session:
        account = _noted_account(session, person, country, now=now)
    stripe_id = account.stripe_id
    if stripe_id is None:
        facts = _opened(gateway, person, account, now=now)
        stripe_id = facts.id
        with database.unit_of_work() as session:
            lock_object(session, stripe_id)
            unset = (SellerAccount.person_id == person.id) & SellerAccount.stripe_id.is_(None)
            session.execute(update(SellerAccount).where(unset).values(stripe_id=stripe_id))
            _project(session, facts, now=now)
    return gateway.onboarding_url(stripe_id, return_url=return_url, refresh_url=refresh_url)


def sync_account(database: Database, gateway: Gateway, person: Person, *, now: datetime) -> SellerAccount | None:
    """Look the seller's account up and return how it stands; None without one. Coming back does not mean finished."""
    with database.unit_of_work() as session:
        account = session.get(SellerAccount, person.id)
        if account is None or account.stripe_id is None:
            return account
        refresh_account(session, gateway, account.stripe_id, now=now)
        return account


def refresh_account(session: Session, gateway: Gateway, stripe_id: str, *, now: datetime) -> None:
    """Take over how an account stands at Stripe now. One that is not a seller's of ours changes nothing."""
    lock_object(session, stripe_id)
    if session.scalar(select(SellerAccount.person_id).where(SellerAccount.stripe_id == stripe_id)) is None:
        return
    facts, setup = gateway.account(stripe_id), gateway.payout_setup(stripe_id)
    take_setup(session, _project(session, facts, now=now), setup, now=now)


def open_dashboard(database: Database, gateway: Gateway, person: Person) -> str:
    """Return a fresh address of the seller's dashboard at Stripe. Raises NotFound before onboarding."""
    with database.reading() as session:
        account = session.get(SellerAccount, person.id)
    if account is None or account.stripe_id is None or account.state in (AccountState.INVITED, AccountState.ONBOARDING):
        raise NotFound("There is no payout dashboard yet. Set up payouts first.")
    return gateway.dashboard_url(account.stripe_id)


def seller_account(session: Session, person: Person) -> SellerAccount | None:
    """Return how the seller's account stood when we last looked; None when none was ever asked for."""
    return session.get(SellerAccount, person.id)


def may_be_paid(session: Session, person_id: int) -> bool:
    """Return whether buyers can pay this seller now."""
    account = session.get(SellerAccount, person_id)
    return account is not None and account.charges_enabled


def _noted_account(session: Session, person: Person, country: str, *, now: datetime) -> SellerAccount:
    row = insert(SellerAccount).values(
        person_id=person.id,
        public_id=new_public_id("sel"),
        country=country,
        state=AccountState.INVITED,
        charges_enabled=False,
        payouts_enabled=False,
        due=[],
        created_at=now,
    )
    new = row.on_conflict_do_nothing(index_elements=["person_id"]).returning(SellerAccount.person_id)
    if session.scalar(new) is not None:
        noted = {"state": AccountState.INVITED, "country": country}
        record(session, "payout_account", f"person:{person.id}", by=person.id, after=noted)
    return session.get_one(SellerAccount, person.id)


def _opened(gateway: Gateway, person: Person, account: SellerAccount, *, now: datetime) -> AccountFacts:
    found = gateway.find_account(account.public_id) if now - account.created_at > _KEY_LIFE else None
    return found or gateway.open_account(
        account.public_id, email=person.email, name=person.shown_name, country=account.country
    )


def _project(session: Session, facts: AccountFacts, *, now: datetime) -> SellerAccount:
    account = session.scalars(
        select(SellerAccount).where(SellerAccount.stripe_id == facts.id).execution_options(populate_existing=True)
    ).one()
    before = account.state
    account.state = account_state(facts, AccountState(before))
    account.charges_enabled = facts.transfers == "active"
    account.payouts_enabled = facts.payouts == "active"
    account.due = list(facts.due)
    account.asked = [asdict(each) for each in facts.asked]
    account.reason, account.deadline_at = facts.reason, facts.deadline_at
    account.checked_at = now
    session.flush()
    if account.state != before:
        changed = {"before": {"state": before}, "after": {"state": account.state}}
        record(session, "payout_account", f"person:{account.person_id}", by=None, **changed)
        emit(session, SellerStandingChanged(account.person_id, account.state))
    return account
