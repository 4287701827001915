"""Let a seller's automatic payouts wait, cause by cause: Stripe pays out again only when the last of them is gone."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.db import Database
from polidat.events import record
from polidat.jobs import defer
from polidat.payments.accounts import refresh_account
from polidat.payments.gateway import Gateway
from polidat.payments.locks import lock_object
from polidat.payments.models import PayoutPause, SellerAccount

KEEP_SCHEDULE = "payments.keep_schedule"
_BY_HAND = "manual"


def pause_payouts(session: Session, person_id: int, *, cause: str, now: datetime) -> None:
    """Let Stripe pay the seller out by hand only, until `cause` is gone; a job asks for it once that is committed."""
    row = insert(PayoutPause).values(person_id=person_id, cause=cause, since=now)
    if session.scalar(row.on_conflict_do_nothing().returning(PayoutPause.cause)) is not None:
        record(session, "payout_pause", f"person:{person_id}", by=None, after={"cause": cause})
        _ask(session, person_id, f"{cause}:begins")


def resume_payouts(session: Session, cause: str) -> int:
    """Take one cause away; return whose payouts it let wait. The last one gone, they are as before."""
    gone = delete(PayoutPause).where(PayoutPause.cause == cause).returning(PayoutPause.person_id)
    people = session.scalars(gone).all()
    for each in people:
        record(session, "payout_pause", f"person:{each}", by=None, before={"cause": cause}, after={"cause": ""})
        _ask(session, each, f"{cause}:ends")
    return len(people)


def payout_pauses(session: Session, *, before: datetime) -> Sequence[PayoutPause]:
    """Return what has let payouts wait since a time before this one, oldest first."""
    rows = select(PayoutPause).where(PayoutPause.since <= before)
    return session.scalars(rows.order_by(PayoutPause.since, PayoutPause.person_id)).all()


def keep_schedule(database: Database, gateway: Gateway, person_id: int, *, now: datetime) -> None:
    """Set when Stripe pays a seller out to what it should be: by hand while something lets it wait, else as before.

    Safe to repeat: what it was is kept before it is changed. Raises StripeAway, to be tried again.
    """
    with database.unit_of_work() as session:
        account = _locked(session, person_id)
        if account is None or account.stripe_id is None:
            return
        if _is_paused(session, person_id) and account.schedule_before is None:
            schedule = gateway.payout_setup(account.stripe_id).schedule
            if schedule["interval"] != _BY_HAND:
                account.schedule_before = dict(schedule)
    with database.unit_of_work() as session:
        account = _locked(session, person_id)
        if account is None or account.stripe_id is None or account.schedule_before is None:
            return
        if _is_paused(session, person_id):
            gateway.set_schedule(account.stripe_id, _BY_HAND, ())
        else:
            before, account.schedule_before = account.schedule_before, None
            gateway.set_schedule(account.stripe_id, before["interval"], before["days"])
        session.flush()
        refresh_account(session, gateway, account.stripe_id, now=now)


def _ask(session: Session, person_id: int, why: str) -> None:
    defer(session, KEEP_SCHEDULE, once=f"schedule:{person_id}:{why}", person_id=person_id)


def _locked(session: Session, person_id: int) -> SellerAccount | None:
    account = session.get(SellerAccount, person_id)
    if account is not None and account.stripe_id is not None:
        lock_object(session, account.stripe_id)
        session.refresh(account)
    return account


def _is_paused(session: Session, person_id: int) -> bool:
    return session.scalar(select(PayoutPause.cause).where(PayoutPause.person_id == person_id).limit(1)) is not None
