"""Send sellers their parts of a payment that several of them share, and take parts back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Money, new_public_id
from polidat.db import Database
from polidat.jobs import defer
from polidat.ledger import STRIPE, Leg, Refs, credit, debit, post, seller_payable, seller_receivable
from polidat.payments.errors import StripeRefused, StripeSaysNo
from polidat.payments.events import SellerStandingChanged
from polidat.payments.facts import Movement, TransferWish
from polidat.payments.gateway import Gateway
from polidat.payments.locks import lock_object
from polidat.payments.mirror import mirror_movements
from polidat.payments.models import AccountState, SellerAccount, Transfer, TransferState

SEND_TRANSFER = "payments.send_transfer"
TAKE_BACK = "payments.take_back"
_KEY_LIFE = timedelta(hours=20)  # Stripe forgets an idempotency key after a day
_WAITING = (TransferState.PLANNED, TransferState.BLOCKED, TransferState.SHORT, TransferState.FAILED)
_PLATFORM_IS_SHORT = ("balance_insufficient", "insufficient_funds")


def plan_transfer(
    session: Session,
    charge_id: str | None,
    subject: str,
    seller_id: int,
    amount: Money,
    *,
    ref: str | None = None,
    now: datetime,
) -> Transfer:
    """Write down that a seller gets this much, of a charge if one is named; a job sends it once that is committed.

    A `ref` names the fact behind it: the same one is planned once.
    """
    known = None if ref is None else session.scalar(select(Transfer).where(Transfer.public_id == ref))
    if known is not None:
        return known
    planned = Transfer(
        public_id=ref or new_public_id("tra"),
        charge_id=charge_id,
        subject=subject,
        seller_id=seller_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        planned_at=now,
    )
    session.add(planned)
    session.flush()
    _defer(session, planned)
    return planned


def send_transfer(database: Database, gateway: Gateway, transfer_ref: str, *, now: datetime) -> None:
    """Send a planned transfer. Safe to repeat: one whose answer was lost is found, not sent again.

    A seller who cannot receive keeps it as owed: it is sent when the account is active again.
    Raises StripeAway, to be tried again.
    """
    with database.unit_of_work() as session:
        planned = _locked(session, transfer_ref)
        account = session.get(SellerAccount, planned.seller_id)
        if planned.state == TransferState.CREATED or not planned.amount_minor:
            return
        if account is None or account.stripe_id is None or not account.charges_enabled:
            planned.state, planned.problem = TransferState.BLOCKED, "The seller's account cannot receive money now."
            return
    wish = TransferWish(
        ref=transfer_ref,
        subject=planned.subject,
        destination=account.stripe_id,
        charge_id=planned.charge_id,
        amount=Money(planned.amount_minor, planned.currency),
        tries=planned.tries,
    )
    found = gateway.find_sent(wish) if now - planned.planned_at > _KEY_LIFE else None
    try:
        transfer_id, moved = found or gateway.send(wish)
    except (StripeRefused, StripeSaysNo) as error:
        _note_refusal(database, transfer_ref, error)
        return
    with database.unit_of_work() as session:
        _book_sent(session, transfer_ref, transfer_id, moved)


def take_back_from_seller(
    session: Session, subject: str, seller_id: int, amount: Money, *, cause: str, now: datetime
) -> None:
    """Settle what a seller owes out of what was, or would have been, sent to them for this subject.

    What has not been sent yet is simply not sent; for the rest a job asks Stripe. `cause` names why, once.
    """
    owed_minor = amount.minor
    for each in transfers_of(session, subject):
        if each.seller_id != seller_id or each.currency != amount.currency or not owed_minor:
            continue
        if each.state in _WAITING:
            part = min(owed_minor, each.amount_minor)
            each.amount_minor -= part
            legs = [
                debit(seller_payable(seller_id), Money(part, each.currency)),
                credit(seller_receivable(seller_id), Money(part, each.currency)),
            ]
            if part:
                key, refs = f"unsent:{cause}:{each.public_id}", Refs(order_ref=subject)
                post(session, key, "netting", legs, occurred_at=now, refs=refs)
        else:
            part = min(owed_minor, each.amount_minor - each.reversed_minor)
            if part:
                once = f"back:{cause}:{each.public_id}"
                defer(session, TAKE_BACK, once=once, transfer_ref=each.public_id, amount_minor=part, cause=cause)
        owed_minor -= part
    session.flush()


def take_back(
    database: Database, gateway: Gateway, transfer_ref: str, amount_minor: int, cause: str, *, now: datetime
) -> None:
    """Take a part of a sent transfer back. Safe to repeat. Refused, it stays what the seller owes.

    Raises StripeAway, to be tried again.
    """
    del now
    with database.reading() as session:
        sent = session.scalars(select(Transfer).where(Transfer.public_id == transfer_ref)).one()
    if sent.stripe_id is None:
        return
    try:
        moved = gateway.take_back(sent.stripe_id, amount_minor, cause=cause)
    except (StripeRefused, StripeSaysNo):
        return
    with database.unit_of_work() as session:
        row = _locked(session, transfer_ref)
        mirror_movements(session, [moved])
        legs = [
            Leg(STRIPE, moved.net_minor, moved.currency, moved.id),
            Leg(seller_receivable(row.seller_id), -moved.net_minor, moved.currency),
        ]
        before = row.reversed_minor
        _post(session, row, moved, "reversal", legs)
        row.reversed_minor = before + moved.net_minor if f"{cause};" not in row.causes else before
        row.causes += f"{cause};" if f"{cause};" not in row.causes else ""


def resume_transfers(session: Session, fact: SellerStandingChanged) -> None:
    """Send what was blocked, once, when its seller may receive again. The reaction to SellerStandingChanged."""
    if fact.state != AccountState.ACTIVE:
        return
    blocked = (Transfer.seller_id == fact.person_id) & (Transfer.state == TransferState.BLOCKED)
    for each in session.scalars(select(Transfer).where(blocked).order_by(Transfer.id)).all():
        each.state, each.problem = TransferState.PLANNED, ""
        session.flush()
        _defer(session, each)


def resend_short_transfers(session: Session, *, now: datetime) -> int:
    """Try again what the platform had not enough available for, and return how many. Run it every hour."""
    short = select(Transfer).where(Transfer.state == TransferState.SHORT).order_by(Transfer.id)
    waiting = session.scalars(short.with_for_update(skip_locked=True)).all()
    for each in waiting:
        each.state, each.problem, each.planned_at, each.tries = TransferState.PLANNED, "", now, each.tries + 1
        session.flush()
        _defer(session, each)
    return len(waiting)


def transfers_of(session: Session, subject: str) -> Sequence[Transfer]:
    """Return the transfers of a subject, oldest first."""
    return session.scalars(select(Transfer).where(Transfer.subject == subject).order_by(Transfer.id)).all()


def _defer(session: Session, transfer: Transfer) -> None:
    defer(session, SEND_TRANSFER, once=f"transfer:{transfer.public_id}", transfer_ref=transfer.public_id)


def _locked(session: Session, transfer_ref: str) -> Transfer:
    lock_object(session, transfer_ref)
    mine = select(Transfer).where(Transfer.public_id == transfer_ref)
    return session.scalars(mine.execution_options(populate_existing=True)).one()


def _note_refusal(database: Database, transfer_ref: str, error: StripeRefused | StripeSaysNo) -> None:
    states = {"insufficient_capabilities_for_transfer": TransferState.BLOCKED}
    states |= dict.fromkeys(_PLATFORM_IS_SHORT, TransferState.SHORT)
    with database.unit_of_work() as session:
        row = _locked(session, transfer_ref)
        row.state = states.get(error.code or "", TransferState.FAILED)
        row.problem = str(error.facts.get("why", error.says))[:500]


def _book_sent(session: Session, transfer_ref: str, transfer_id: str, moved: Movement) -> None:
    row = _locked(session, transfer_ref)
    if row.state == TransferState.CREATED:
        return
    mirror_movements(session, [moved])
    row.state, row.stripe_id, row.problem = TransferState.CREATED, transfer_id, ""
    legs = [
        Leg(seller_payable(row.seller_id), -moved.net_minor, moved.currency),
        Leg(STRIPE, moved.net_minor, moved.currency, moved.id),
    ]
    _post(session, row, moved, "transfer", legs)


def _post(session: Session, row: Transfer, moved: Movement, kind: str, legs: Sequence[Leg]) -> None:
    refs = Refs(stripe_object=moved.source, order_ref=row.subject)
    post(session, f"bt:{moved.id}", kind, legs, occurred_at=moved.created_at, refs=refs)
