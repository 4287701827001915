"""Give money back: written down first, asked of Stripe by a job, booked by the projector."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from polidat.core import Money, NotFound, PoliDatError, new_public_id
from polidat.db import Database
from polidat.events import emit
from polidat.jobs import defer
from polidat.payments.errors import RefundTooLarge, RefundWhileDisputed, StripeRefused, StripeSaysNo
from polidat.payments.events import RefundRefused
from polidat.payments.facts import RefundWish
from polidat.payments.gateway import Gateway
from polidat.payments.locks import lock_object
from polidat.payments.models import DISPUTE_ENDS, Charge, ChargeState, Dispute, Refund, RefundState
from polidat.payments.settle import settle_intent

SEND_REFUND = "payments.send_refund"
_KEY_LIFE = timedelta(hours=20)  # Stripe forgets an idempotency key after a day
_SELLER_IS_SHORT = ("balance_insufficient", "insufficient_funds")


def request_refund(
    session: Session, charge_id: str, amount: Money, *, keeps_fee: bool = False, now: datetime
) -> Refund:
    """Write down that this much of a charge goes back to its buyer; a job asks Stripe once that is committed.

    With `keeps_fee` the house's fee is not given back to the seller.

    Refunds that failed count as given: their money is owed, and no second one may be taken from the seller for it.
    Raises NotFound, RefundTooLarge, RefundWhileDisputed.
    """
    lock_object(session, charge_id)
    charge = session.get(Charge, charge_id, populate_existing=True)
    if charge is None or charge.state != ChargeState.SETTLED:
        raise NotFound("There is no such payment to give back.")
    if _is_disputed(session, charge_id):
        raise RefundWhileDisputed
    left = left_of(session, charge)
    if amount.currency != charge.currency or not 0 < amount.minor <= left.minor:
        raise RefundTooLarge(amount, left)
    refund = Refund(
        public_id=new_public_id("ref"),
        charge_id=charge.id,
        subject=charge.subject,
        amount_minor=amount.minor,
        currency=amount.currency,
        keeps_fee=keeps_fee,
        requested_at=now,
    )
    session.add(refund)
    session.flush()
    defer(session, SEND_REFUND, once=f"refund:{refund.public_id}", refund_ref=refund.public_id)
    return refund


def send_refund(database: Database, gateway: Gateway, refund_ref: str, *, now: datetime) -> None:
    """Ask Stripe for a refund that was written down, and take over what came of it. Safe to repeat.

    When Stripe cannot take the seller's part back the buyer is paid all the same, and the seller owes the part.
    Raises StripeAway, to be tried again.
    """
    with database.reading() as session:
        refund = session.scalars(select(Refund).where(Refund.public_id == refund_ref)).one()
        charge = session.get_one(Charge, refund.charge_id)
    if refund.state != RefundState.REQUESTED:
        return
    if now - refund.requested_at > _KEY_LIFE and _found_at_stripe(database, gateway, refund, charge, now=now):
        return
    sent_on = charge.transfer_id is not None
    wish = RefundWish(
        refund_ref, refund.subject, charge.id, refund.amount_minor, sent_on, refund.keeps_fee or not charge.fee_minor
    )
    try:
        _ask(gateway, wish)
    except (StripeRefused, StripeSaysNo) as error:
        _note_refusal(database, refund, error, now=now)
        return
    with database.unit_of_work() as session:
        settle_intent(session, gateway, charge.intent_id, now=now)


def refunds_of(session: Session, subject: str) -> Sequence[Refund]:
    """Return the refunds of a subject, oldest first."""
    return session.scalars(select(Refund).where(Refund.subject == subject).order_by(Refund.id)).all()


def left_of(session: Session, charge: Charge) -> Money:
    """Return what of a charge can go back: neither is it back or about to be, nor has its bank kept it."""
    given = (Refund.charge_id == charge.id) & (Refund.state != RefundState.REFUSED)
    refunded = session.scalar(select(func.sum(Refund.amount_minor)).where(given)) or 0
    lost = select(Dispute).where((Dispute.charge_id == charge.id) & (Dispute.state == "lost"))
    kept = sum(each.kept_of(charge) for each in session.scalars(lost))
    return Money(max(0, charge.amount.minor - int(refunded) - kept), charge.currency)


def _is_disputed(session: Session, charge_id: str) -> bool:
    blocking = (Dispute.charge_id == charge_id) & Dispute.state.not_in(DISPUTE_ENDS | {"warning_needs_response"})
    return session.scalar(select(Dispute.id).where(blocking).limit(1)) is not None


def _ask(gateway: Gateway, wish: RefundWish) -> None:
    try:
        gateway.refund(wish, from_seller=wish.sent_on)
    except (StripeRefused, StripeSaysNo) as error:
        if not wish.sent_on or error.code not in _SELLER_IS_SHORT:
            raise
        gateway.refund(wish, from_seller=False)


def _found_at_stripe(database: Database, gateway: Gateway, refund: Refund, charge: Charge, *, now: datetime) -> bool:
    with database.unit_of_work() as session:
        settle_intent(session, gateway, charge.intent_id, now=now)
    with database.reading() as session:
        found = session.scalar(select(Refund.stripe_id).where(Refund.id == refund.id))
    return found is not None


def _note_refusal(database: Database, refund: Refund, error: PoliDatError, *, now: datetime) -> None:
    why = str(error.facts.get("why", error.says))[:500]
    waiting = (Refund.id == refund.id) & (Refund.state == RefundState.REQUESTED)
    refused = update(Refund).where(waiting).values(state=RefundState.REFUSED, problem=why).returning(Refund.id)
    with database.unit_of_work() as session:
        if session.scalar(refused) is not None:
            told = (refund.subject, refund.public_id, refund.amount_minor, refund.currency)
            emit(session, RefundRefused(*told, why, now))
