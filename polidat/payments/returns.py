"""The projector's other half: money that goes back. Everything is booked from what Stripe has moved, once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import new_public_id
from polidat.events import emit
from polidat.ledger import (
    COMMISSION,
    DISPUTE_FEE,
    STRIPE,
    STRIPE_FEE,
    SUSPENSE,
    Leg,
    Refs,
    booked_movements,
    dispute_clearing,
    post,
    refund_clearing,
    refund_owed,
    seller_hold,
    seller_receivable,
)
from polidat.payments.events import DisputeMoved, PaymentRefunded, RefundFailed
from polidat.payments.facts import ChargeReturns, DisputeFacts, Movement, RefundFacts, ReturnFacts
from polidat.payments.mirror import mirror_movements
from polidat.payments.models import DISPUTE_ENDS, Charge, Dispute, Refund, RefundState

_STATES = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


def take_returns(session: Session, charge: Charge, found: ChargeReturns, *, seller: str, now: datetime) -> None:
    """Bring refunds, reversals, returned fees and disputes of a settled charge to what they are at Stripe now.

    What is taken back from a seller settles what the seller then owes; what is taken back over a dispute is held.
    Reversals and returned fees that belong to nothing we know wait in suspense for an operator.
    """
    mirror_movements(session, _movements(found))
    given_back = sorted((each for each in found.refunds if not each.is_of_hold), key=lambda each: each.created_at)
    refunds = [_noted_refund(session, charge, each) for each in given_back]
    disputes = {each.id: _noted_dispute(session, charge, each) for each in found.disputes}
    stood = {each.id: (each.state, each.withdrawn_minor, each.held_minor) for each in disputes.values()}
    fee_back_minor = _take_fees(session, charge, found, refunds, seller)
    taken = _take_reversals(session, charge, found, disputes, seller)
    session.flush()
    for refund, facts in refunds:
        own = taken.get(facts.reversal_id or "", 0)
        if _book_refund(session, charge, refund, facts, (own, fee_back_minor), seller=seller, now=now) and own:
            fee_back_minor = 0
    for facts in found.disputes:
        dispute = disputes[facts.id]
        _book_dispute(session, charge, dispute, facts, now=now)
        if stood[dispute.id] != (dispute.state, dispute.withdrawn_minor, dispute.held_minor):
            emit(session, _moved(charge, dispute, seller, now))


def _movements(found: ChargeReturns) -> Sequence[Movement]:
    refunds = [moved for each in found.refunds for moved in (each.paid_out, each.came_back)]
    returned = [each.moved for each in (*found.reversals, *found.fee_refunds)]
    disputed = [moved for each in found.disputes for moved in each.movements]
    return [each for each in (*refunds, *returned, *disputed) if each is not None]


def _noted_refund(session: Session, charge: Charge, facts: RefundFacts) -> tuple[Refund, RefundFacts]:
    """Ours by its tag, or one that was made in Stripe's dashboard."""
    known = (Refund.stripe_id == facts.id) | ((Refund.public_id == facts.ref) & Refund.stripe_id.is_(None))
    row = session.scalar(select(Refund).where((Refund.charge_id == charge.id) & known))
    if row is None:
        row = Refund(
            public_id=new_public_id("ref"),
            charge_id=charge.id,
            subject=charge.subject,
            amount_minor=facts.amount.minor,
            currency=facts.amount.currency,
            requested_at=facts.created_at,
        )
        session.add(row)
    row.stripe_id = facts.id
    session.flush()
    return row, facts


def _noted_dispute(session: Session, charge: Charge, facts: DisputeFacts) -> Dispute:
    row = session.get(Dispute, facts.id)
    if row is None:
        row = Dispute(
            id=facts.id,
            charge_id=charge.id,
            subject=charge.subject,
            state="",
            reason=facts.reason,
            amount_minor=facts.amount.minor,
            currency=facts.amount.currency,
            withdrawn_minor=0,
            held_minor=0,
            opened_at=facts.created_at,
        )
        session.add(row)
        session.flush()
    return row


def _take_fees(
    session: Session, charge: Charge, found: ChargeReturns, refunds: Sequence[tuple[Refund, RefundFacts]], seller: str
) -> int:
    """Book returned fees and return their sum, to be counted with the refund that caused them.

    A fee given back without a refund is simply less commission.
    """
    caused = any(refund.booked_at is None and facts.reversal_id for refund, facts in refunds)
    holder = seller_receivable(seller) if caused else COMMISSION
    back_minor = 0
    for each in _unbooked(session, found.fee_refunds):
        _post(session, charge, each, "application_fee_refund", [Leg(holder, -each.net_minor, each.currency)])
        back_minor -= each.net_minor
    return back_minor if caused else 0


def _take_reversals(
    session: Session, charge: Charge, found: ChargeReturns, disputes: dict[str, Dispute], seller: str
) -> dict[str, int]:
    """Book what was taken back from the seller; return it by its id."""
    with_refund = {each.reversal_id for each in found.refunds if each.reversal_id}
    ours = set(session.scalars(select(Refund.public_id).where(Refund.charge_id == charge.id)))
    new = {each.id for each in _unbooked(session, found.reversals)}
    for each in found.reversals:
        if each.moved is None or each.moved.id not in new:
            continue
        dispute = disputes.get(each.cause)
        holder = SUSPENSE
        if dispute is not None and dispute.is_open:
            holder = seller_hold(seller)
            dispute.held_minor += each.moved.net_minor
        elif each.id in with_refund or each.cause in ours or dispute is not None:
            holder = seller_receivable(seller)
        _post(session, charge, each.moved, "reversal", [Leg(holder, -each.moved.net_minor, each.moved.currency)])
    return {each.id: each.moved.net_minor for each in found.reversals if each.moved is not None}


def _book_refund(
    session: Session, charge: Charge, row: Refund, facts: RefundFacts, taken: tuple[int, int], *, seller: str,
    now: datetime,
) -> bool:  # fmt: skip
    """Book a refund once its movement is there; return whether that was now. `taken`: reversed, fee given back."""
    was, row.state = row.state, _STATES.get(facts.status, RefundState.PENDING)
    row.problem = facts.problem
    first = row.booked_at is None and facts.paid_out is not None
    if first and facts.paid_out is not None:
        out, (reversed_minor, fee_back_minor) = facts.paid_out, taken
        row.booked_at, row.reversed_minor = now, reversed_minor
        row.fee_back_minor = fee_back_minor if reversed_minor else 0
        _post(session, charge, out, "refund", [Leg(refund_clearing(charge.subject), -out.amount_minor, out.currency)])
        session.flush()
        emit(session, _refunded(charge, row, out, seller))
    if row.state == RefundState.FAILED and was != RefundState.FAILED:
        session.flush()
        emit(session, _failed(charge, row, facts, now))
    if facts.came_back is not None:
        back = facts.came_back
        _post(
            session, charge, back, "refund_failure", [Leg(refund_owed(charge.subject), -back.net_minor, back.currency)]
        )
    session.flush()
    return first


def _refunded(charge: Charge, row: Refund, out: Movement, seller: str) -> PaymentRefunded:
    return PaymentRefunded(
        subject=charge.subject,
        refund_ref=row.public_id,
        charge_id=charge.id,
        seller=seller,
        amount_minor=row.amount_minor,
        currency=row.currency,
        settled_minor=-out.amount_minor,
        settled_currency=out.currency,
        from_seller=row.reversed_minor > 0,
        seller_minor=row.reversed_minor - row.fee_back_minor,
        at=out.created_at,
    )


def _failed(charge: Charge, row: Refund, facts: RefundFacts, now: datetime) -> RefundFailed:
    failed = RefundFailed(charge.subject, row.public_id, row.amount_minor, row.currency, row.problem, now, charge.id)
    back = facts.came_back
    return failed if back is None else replace(failed, settled_minor=back.net_minor, settled_currency=back.currency)


def _book_dispute(session: Session, charge: Charge, row: Dispute, facts: DisputeFacts, *, now: datetime) -> None:
    for each in facts.movements:
        legs = [Leg(dispute_clearing(row.id), -each.amount_minor, each.currency)]
        _post(session, charge, each, "dispute", legs, fee_account=DISPUTE_FEE)
    row.withdrawn_minor = -sum(each.amount_minor for each in facts.movements)
    row.state, row.respond_by = facts.status, facts.respond_by
    if row.state in DISPUTE_ENDS:
        row.closed_at = row.closed_at or now
    session.flush()


def _moved(charge: Charge, row: Dispute, seller: str, now: datetime) -> DisputeMoved:
    return DisputeMoved(
        subject=charge.subject,
        dispute_id=row.id,
        charge_id=charge.id,
        seller=seller,
        state=row.state,
        amount_minor=row.amount_minor,
        currency=row.currency,
        settled_currency=charge.settled_currency or row.currency,
        withdrawn_minor=row.withdrawn_minor,
        held_minor=row.held_minor,
        at=now,
    )


def _unbooked(session: Session, returned: Sequence[ReturnFacts]) -> Sequence[Movement]:
    moved = [each.moved for each in returned if each.moved is not None]
    booked = booked_movements(session, [each.id for each in moved])
    return [each for each in moved if each.id not in booked]


def _post(
    session: Session,
    charge: Charge,
    moved: Movement,
    kind: str,
    others: Sequence[Leg],
    *,
    fee_account: str = STRIPE_FEE,
) -> None:
    """Book a movement: Stripe's balance, Stripe's own fee, and the other side."""
    legs = [Leg(STRIPE, moved.net_minor, moved.currency, moved.id), *others]
    if moved.fee_minor:
        legs.append(Leg(fee_account, moved.fee_minor, moved.currency))
    refs = Refs(stripe_object=moved.source, order_ref=charge.subject)
    post(
        session, f"bt:{moved.id}", kind, [each for each in legs if each.minor], occurred_at=moved.created_at, refs=refs
    )
