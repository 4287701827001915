"""Where a seller's payouts go and can go, as we saw it last, and when that changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.events import emit, record
from polidat.payments.account_facts import BankFacts, PayoutSetup
from polidat.payments.events import PayoutBankChanged
from polidat.payments.models import SellerAccount, SellerBank
from polidat.people import Person, queue_mail

_ELSEWHERE = "Payouts of your sales on PoliDat go to another bank account from now on: {shown}."
_ADDED = "{added} was added to where payouts of your sales on PoliDat can go. By default they go to {shown}."
_WARNED = """

If this was not you, open Stripe's dashboard from your payout account, change it back, and tell us at once.
"""


def banks_of(session: Session, seller: Person) -> Sequence[SellerBank]:
    """Return where the seller's payouts go, the default of each currency first."""
    return _present(session, seller.id)


def take_setup(session: Session, account: SellerAccount, found: PayoutSetup, *, now: datetime) -> None:
    """Take over where and when a seller is paid out, and tell the seller when payouts go to another bank, or can.

    Any bank or card beside the first is such a change, the default or not: a payout may choose it.
    """
    known = {each.id for each in session.scalars(select(SellerBank).where(SellerBank.person_id == account.person_id))}
    before = _present(session, account.person_id)
    were, were_default = {each.id for each in before}, _defaults(before)
    for each in found.banks:
        _keep(session, account.person_id, each, now=now)
    there = {each.id for each in found.banks}
    for gone in _present(session, account.person_id):
        if gone.id not in there:
            gone.gone_at = now
    account.schedule = dict(found.schedule)
    session.flush()
    present = _present(session, account.person_id)
    added = [each for each in present if each.id not in were]
    elsewhere = _defaults(present) != were_default
    if known and (added or elsewhere):
        _tell(session, account, present, added, elsewhere=elsewhere, now=now)


def _tell(
    session: Session,
    account: SellerAccount,
    present: Sequence[SellerBank],
    added: Sequence[SellerBank],
    *,
    elsewhere: bool,
    now: datetime,
) -> None:
    shown = ", ".join(f"{each.shown} ({each.currency.upper()})" for each in present if each.is_default) or "none"
    account.bank_changed_at = now
    session.flush()
    new = ", ".join(each.shown for each in added)
    record(session, "payout_bank", f"person:{account.person_id}", by=None, after={"bank": shown, "added": new})
    emit(session, PayoutBankChanged(account.person_id, now))
    seller = session.get_one(Person, account.person_id)
    subject = "Your payouts go to another bank account" if elsewhere else "A bank account or card for payouts was added"
    beside = ", ".join(each.shown for each in added if not each.is_default)
    said = [_ELSEWHERE.format(shown=shown)] if elsewhere else []
    said += [_ADDED.format(added=beside, shown=shown)] if beside else []
    queue_mail(session, seller.email, subject, " ".join(said) + _WARNED, now=now)


def _present(session: Session, person_id: int) -> Sequence[SellerBank]:
    there = (SellerBank.person_id == person_id) & SellerBank.gone_at.is_(None)
    ordered = select(SellerBank).where(there).order_by(SellerBank.is_default.desc(), SellerBank.seen_at, SellerBank.id)
    return session.scalars(ordered.execution_options(populate_existing=True)).all()


def _defaults(banks: Sequence[SellerBank]) -> set[str]:
    return {each.id for each in banks if each.is_default}


def _keep(session: Session, person_id: int, found: BankFacts, *, now: datetime) -> None:
    told = {
        "kind": found.kind,
        "name": found.name,
        "last4": found.last4,
        "currency": found.currency,
        "country": found.country,
        "state": found.state,
        "is_default": found.is_default,
        "takes_instant": found.takes_instant,
        "gone_at": None,
    }
    row = insert(SellerBank).values(id=found.id, person_id=person_id, seen_at=now, **told)
    session.execute(row.on_conflict_do_update(index_elements=["id"], set_=told))
