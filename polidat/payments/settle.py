"""The projector: take over what Stripe says about a payment now, and write its money into the books."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.events import emit
from polidat.ledger import Leg, Refs, post
from polidat.payments.events import PaymentFailed, PaymentSettled, PaymentUnclaimed
from polidat.payments.facts import ChargeFacts, IntentFacts, Movement
from polidat.payments.gateway import Gateway
from polidat.payments.holds import follow_hold
from polidat.payments.invoices import is_of_invoice, payment_of_invoice
from polidat.payments.locks import lock_object
from polidat.payments.mirror import mirror_movements
from polidat.payments.models import Charge, ChargeState, Payment, PaymentState, Refund, SellerAccount
from polidat.payments.returns import take_returns
from polidat.payments.rules import (
    UNKNOWN,
    doubt_of,
    doubt_of_destination,
    fee_legs,
    held_legs,
    payment_legs,
    settled_fact,
    transfer_legs,
)
from polidat.payments.shipping import note_address


def settle_intent(session: Session, gateway: Gateway, intent_id: str, *, now: datetime) -> None:
    """Bring our rows and the books to what this payment is at Stripe now.

    May be called any number of times, in any order, by webhook, return page and sweeper: fetching and writing both
    happen under a lock on the object, and every posting has the movement's own key.
    """
    lock_object(session, intent_id)
    intent = gateway.intent(intent_id)
    payment = _payment_of(session, intent) or payment_of_invoice(session, gateway, intent, now=now)
    told_before = intent.charge is None or session.get(Charge, intent.charge.id) is not None
    row = None if intent.charge is None else _settle_charge(session, payment, intent, intent.charge, now=now)
    if payment is not None:
        _note_progress(session, payment, intent, is_new_attempt=not told_before, now=now)
        follow_hold(session, payment, intent, now=now)
    if intent.charge is None or row is None or row.state != ChargeState.SETTLED:
        return
    if intent.charge.has_returns or _was_refunded(session, row):
        seller = _seller_of(session, intent.charge) or UNKNOWN
        take_returns(session, row, gateway.returns_of(intent.charge, intent.id), seller=seller, now=now)


def hold_money(session: Session, fact: PaymentSettled) -> None:
    """Book what the seller was sent as owed to us: call it for a settled payment that bought nothing.

    The buyer's money stays visible on the order's clearing account until an operator has decided.
    """
    legs = held_legs(fact)
    if legs:
        refs = Refs(stripe_object=fact.charge_id, order_ref=fact.subject)
        post(session, f"hold:{fact.charge_id}", "hold", legs, occurred_at=fact.at, refs=refs)


def _payment_of(session: Session, intent: IntentFacts) -> Payment | None:
    """The link decides; the tags only help where no link is known."""
    found = None
    if intent.link_id is not None:
        found = session.scalar(select(Payment).where(Payment.link_id == intent.link_id))
    if found is None:
        ref = intent.metadata.get("payment_id", "")
        found = session.scalar(select(Payment).where(Payment.public_id == ref))
    return found


def _note_progress(
    session: Session, payment: Payment, intent: IntentFacts, *, is_new_attempt: bool, now: datetime
) -> None:
    was_processing = payment.state == PaymentState.PROCESSING and intent.status != "processing"
    if payment.state == PaymentState.OPEN and intent.status == "processing":
        payment.state = PaymentState.PROCESSING
    elif payment.state == PaymentState.PROCESSING and intent.status in ("requires_payment_method", "canceled"):
        payment.state = PaymentState.OPEN
    is_news = is_new_attempt or was_processing or intent.problem != payment.problem
    if intent.problem and intent.status != "succeeded" and is_news:
        payment.problem = intent.problem
        session.flush()
        attempt = intent.charge.id if intent.charge is not None else ""
        failed = PaymentFailed(payment.subject, payment.public_id, intent.problem, now, was_processing, attempt)
        emit(session, failed)
    session.flush()


def _settle_charge(
    session: Session, payment: Payment | None, intent: IntentFacts, charge: ChargeFacts, *, now: datetime
) -> Charge:
    mirror_movements(session, charge.movements)
    row = session.get(Charge, charge.id) or _new_charge(session, payment, intent, charge)
    if row.state == ChargeState.SETTLED:
        return row
    row.state = _state_of(charge) if intent.status != "canceled" else ChargeState.FAILED
    row.receipt_url = charge.receipt_url
    if row.state != ChargeState.SETTLED:
        session.flush()
        return row
    _note_settled(row, charge, now=now)
    if payment is None:
        _take_unclaimed(session, row, charge)
        return row
    note_address(payment, intent)
    payment.state, payment.settled_at, payment.problem = PaymentState.SETTLED, payment.settled_at or now, ""
    session.flush()
    seller = _seller_of(session, charge)
    _post_money(session, charge, payment.subject, seller)
    fact = settled_fact(
        charge, subject=payment.subject, payment_id=payment.public_id, seller=seller, doubt=row.doubt,
        netted_minor=payment.netted_minor,
    )  # fmt: skip
    emit(session, fact)
    return row


def _note_settled(row: Charge, charge: ChargeFacts, *, now: datetime) -> None:
    paid = charge.payment
    assert paid is not None  # a booked charge has it
    row.fee_minor = charge.fee.net_minor if charge.fee else 0
    row.settled_minor, row.settled_currency = paid.amount_minor, paid.currency
    row.amount_minor = charge.amount.minor  # of a hold perhaps only a part was captured
    row.transfer_id, row.settled_at = charge.transfer_id, now


def _was_refunded(session: Session, row: Charge) -> bool:
    """A refund that failed may leave nothing on the charge that tells of it."""
    return session.scalar(select(Refund.id).where(Refund.charge_id == row.id).limit(1)) is not None


def _state_of(charge: ChargeFacts) -> ChargeState:
    if charge.status == "failed":
        return ChargeState.FAILED
    return ChargeState.SETTLED if charge.is_paid and charge.is_booked else ChargeState.WAITING


def _new_charge(session: Session, payment: Payment | None, intent: IntentFacts, charge: ChargeFacts) -> Charge:
    doubt = "It belongs to no payment of ours."
    if payment is not None and is_of_invoice(payment):
        doubt = doubt_of_destination(charge, payment.destination)
    elif payment is not None:
        doubt = doubt_of(
            intent,
            link_id=payment.link_id,
            payment_id=payment.public_id,
            subject=payment.subject,
            destination=payment.destination,
        )
    row = Charge(
        id=charge.id,
        payment_id=payment.id if payment else None,
        intent_id=intent.id,
        subject=payment.subject if payment else UNKNOWN,
        amount_minor=charge.amount.minor,
        currency=charge.amount.currency,
        fee_minor=0,
        state=ChargeState.WAITING,
        doubt=doubt,
        charged_at=charge.created_at,
    )
    session.add(row)
    return row


def _take_unclaimed(session: Session, row: Charge, charge: ChargeFacts) -> None:
    """Money nobody asked for is money all the same: into the books, and to the operator."""
    session.flush()
    seller = _seller_of(session, charge) or UNKNOWN
    _post_money(session, charge, UNKNOWN, seller)
    hold_money(session, settled_fact(charge, subject=UNKNOWN, payment_id="", seller=seller, doubt=row.doubt))
    emit(session, PaymentUnclaimed(charge.id, charge.amount.minor, charge.amount.currency, charge.created_at))


def _seller_of(session: Session, charge: ChargeFacts) -> str:
    """Whoever the money was really sent to, nobody for one that is shared; an unknown account stands for itself."""
    if charge.destination is None:
        return ""
    known = session.scalar(select(SellerAccount.person_id).where(SellerAccount.stripe_id == charge.destination))
    return charge.destination if known is None else str(known)


def _post_money(session: Session, charge: ChargeFacts, subject: str, seller: str) -> None:
    """Money legs come from balance transactions and from nothing else, one posting each."""
    _post(session, charge.payment, "charge", payment_legs(charge, subject), subject)
    _post(session, charge.transfer, "transfer", transfer_legs(charge, seller), subject)
    _post(session, charge.fee, "application_fee", fee_legs(charge, seller), subject)


def _post(session: Session, moved: Movement | None, kind: str, legs: Sequence[Leg], subject: str) -> None:
    if moved is None:
        return
    refs = Refs(stripe_object=moved.source, order_ref=subject)
    post(session, f"bt:{moved.id}", kind, legs, occurred_at=moved.created_at, refs=refs)
