"""What a subscription does when it is paid, falls behind, is given back, disputed, or ends."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.access import GrantKind, expire, grant, restore, restore_held, revoke, suspend
from polidat.core import Money, half_away
from polidat.events import emit
from polidat.ledger import (
    COMMISSION,
    HOSTING,
    Leg,
    Refs,
    balance_of,
    credit,
    debit,
    deferred_hosting,
    dispute_clearing,
    order_clearing,
    post,
    refund_clearing,
    seller_payable,
    seller_receivable,
)
from polidat.orders.events import OrderFlagged, SubscriptionPaid
from polidat.orders.exchange import keep_exchanged, return_paid
from polidat.orders.holds import GRACE_HOLD, dispute_hold
from polidat.orders.host import end_for_card, keep_store
from polidat.orders.models import Subscription, SubscriptionKind, SubscriptionPayment
from polidat.orders.rules import LineShare, allocation, disputed_shares, refund_legs
from polidat.orders.subscribe import GRACE, HOSTING_GRACE, NEVER_PAID, UNBEGUN, as_line, locked_subscription
from polidat.orders.tell_subscription import tell_moved, tell_rests
from polidat.orders.twice import locked_among_others, note_double, undo_double
from polidat.payments import (
    DISPUTE_ENDS,
    ENDED,
    DisputeMoved,
    PaymentRefunded,
    PaymentSettled,
    SubscriptionMoved,
    hold_money,
    send_back_to_seller,
)

_GOOD = ("active", "trialing")
_HOSTED_DAYS = 30


def take_subscription_payment(session: Session, fact: PaymentSettled) -> None:
    """Share what a period brought between seller and house, once per charge. The reaction to PaymentSettled."""
    found = locked_subscription(session, fact.subject)
    if found is None or session.get(SubscriptionPayment, fact.charge_id) is not None:
        return
    if fact.doubt:
        hold_money(session, fact)
        emit(session, OrderFlagged(fact.subject, fact.charge_id, fact.doubt))
        return
    seller_minor = fact.settled_minor - fact.fee_minor if found.seller_id is not None else 0
    refs = Refs(stripe_object=fact.charge_id, order_ref=fact.subject)
    if found.kind == SubscriptionKind.HOSTING:
        whole = Money(fact.amount_minor, fact.currency)
        legs = [debit(order_clearing(fact.subject), whole), credit(deferred_hosting(found.person_id), whole)]
    else:
        (shared,) = allocation(fact.subject, [LineShare(1, fact.amount_minor, fact.fee_minor)], fact)
        legs = list(shared.legs)
    post(session, f"alloc:{fact.subject}:{fact.charge_id}", "subscription", legs, occurred_at=fact.at, refs=refs)
    if found.kind == SubscriptionKind.HOSTING:
        keep_exchanged(session, fact)
    session.add(
        SubscriptionPayment(
            charge_id=fact.charge_id,
            subscription_id=found.id,
            amount_minor=fact.amount_minor,
            settled_minor=fact.settled_minor,
            seller_minor=seller_minor,
            refunded_minor=0,
            recognised_minor=0,
            paid_at=fact.at,
        )
    )
    session.flush()
    if found.doubles_id is not None:
        undo_double(session, found, now=fact.at)
    emit(session, SubscriptionPaid(fact.subject, found.person_id, fact.amount_minor, fact.currency))


def follow_subscription(session: Session, fact: SubscriptionMoved) -> None:
    """Give, keep or end what a subscription opens. The reaction to SubscriptionMoved.

    One that begins while another pays for the same opens nothing: it ends, and what it brought goes back.
    """
    found = locked_among_others(session, fact.subject)
    if found is None:
        return
    begins = found.state in (*UNBEGUN, *NEVER_PAID) and fact.state in _GOOD
    was, was_ending = found.state, found.ends_with_period
    found.state, found.period_end, found.past_due_since = fact.state, fact.period_end, fact.past_due_since
    found.ends_with_period = fact.ends_with_period
    session.flush()
    if begins:
        note_double(session, found, now=fact.at)
    if found.doubles_id is not None:
        undo_double(session, found, now=fact.at)
    elif found.kind == SubscriptionKind.HOSTING:
        _follow_hosting(session, found, now=fact.at)
    elif found.state in _GOOD:
        _open(session, found, now=fact.at)
    elif found.state in ENDED and found.granted_at is not None:
        expire(session, _line(found), now=fact.at)
    if found.doubles_id is None:  # who began twice was told so
        tell_moved(session, found, was, was_ending=was_ending, now=fact.at)


def end_grace(session: Session, *, now: datetime) -> int:
    """Stop what has been behind for too long: access to data, or a storefront. Run it every hour; returns how many."""
    # all of them: who was stopped stays behind, and would fill a batch for weeks
    behind = (Subscription.state == "past_due") & (Subscription.past_due_since <= now - min(GRACE, HOSTING_GRACE))
    rows = select(Subscription).where(behind).order_by(Subscription.id).with_for_update(skip_locked=True)
    stopped = 0
    for each in session.scalars(rows).all():
        assert each.past_due_since is not None  # as selected
        if each.kind == SubscriptionKind.HOSTING and each.past_due_since + HOSTING_GRACE <= now:
            assert each.store_id is not None  # hosting has it
            keep_store(session, each.store_id, now=now)
            stopped += 1
        elif each.kind == SubscriptionKind.DATA and each.past_due_since + GRACE <= now and each.granted_at is not None:
            suspend(session, _line(each), cause=GRACE_HOLD, now=now)
            tell_rests(session, each, now=now)
            stopped += 1
    return stopped


def recognise_hosting(session: Session, *, now: datetime) -> int:
    """Turn hosting that is over into revenue, day by day, and return how many payments moved. Run it every night.

    A payment of a month is recognised over thirty days; the running total is rounded, so it ends exactly at the whole.
    """
    kept = SubscriptionPayment.amount_minor - SubscriptionPayment.refunded_minor
    open_ones = (
        select(SubscriptionPayment, Subscription)
        .join(Subscription, Subscription.id == SubscriptionPayment.subscription_id)
        .where((Subscription.kind == SubscriptionKind.HOSTING) & (SubscriptionPayment.recognised_minor < kept))
        .with_for_update(of=SubscriptionPayment)
    )
    moved = 0
    for paid, found in session.execute(open_ones).all():
        days = min(max((now - paid.paid_at).days, 0), _HOSTED_DAYS)
        whole = paid.amount_minor - paid.refunded_minor
        target = half_away(Fraction(whole * days, _HOSTED_DAYS))
        part = Money(target - paid.recognised_minor, found.currency)
        if part.minor <= 0:
            continue
        legs = [debit(deferred_hosting(found.person_id), part), credit(HOSTING, part)]
        key = f"hosting:{paid.charge_id}:{target}"
        post(session, key, "hosting", legs, occurred_at=now, refs=Refs(order_ref=found.public_id))
        paid.recognised_minor = target
        moved += 1
    session.flush()
    return moved


def take_subscription_refund(session: Session, fact: PaymentRefunded) -> None:
    """Share what of a period went back. The reaction to PaymentRefunded; a full one ends what it paid for."""
    found = locked_subscription(session, fact.subject)
    paid = session.get(SubscriptionPayment, fact.charge_id) if found is not None else None
    if found is None or paid is None:
        return
    refs = Refs(stripe_object=fact.charge_id, order_ref=fact.subject)
    if found.kind == SubscriptionKind.HOSTING:
        back = Money(fact.amount_minor, fact.currency)
        deferred = min(back.minor, paid.amount_minor - paid.refunded_minor - paid.recognised_minor)
        legs = [
            credit(refund_clearing(fact.subject), back),
            debit(deferred_hosting(found.person_id), Money(deferred, fact.currency)),
            debit(HOSTING, Money(back.minor - deferred, fact.currency)),
        ]
    else:
        legs = list(refund_legs(fact, [as_line(found, paid)], {1: fact.amount_minor}))
    moving = [leg for leg in legs if leg.minor]
    post(session, f"refund:{fact.refund_ref}", "refund_share", moving, occurred_at=fact.at, refs=refs)
    if found.kind == SubscriptionKind.HOSTING:
        return_paid(session, fact)
    paid.refunded_minor += fact.amount_minor
    session.flush()
    if paid.refunded_minor == paid.amount_minor and found.granted_at is not None:
        revoke(session, _line(found), now=fact.at)


def follow_subscription_dispute(session: Session, fact: DisputeMoved) -> None:
    """Let access rest while a bank decides over a period's payment, and share what is lost.

    The reaction to DisputeMoved.
    """
    found = locked_subscription(session, fact.subject)
    paid = session.get(SubscriptionPayment, fact.charge_id) if found is not None else None
    if found is None or paid is None:
        return
    if fact.state in DISPUTE_ENDS:
        _share_loss(session, found, paid, fact)
        if found.doubles_id is not None:  # while the bank had the money it could not be given back
            undo_double(session, found, now=fact.at)
    if fact.state == "lost" and fact.withdrawn_minor:
        if found.granted_at is not None:
            revoke(session, _line(found), now=fact.at)
    elif fact.state in ("won", "prevented", "warning_closed"):
        restore_held(session, dispute_hold(fact.dispute_id), now=fact.at)
    elif found.granted_at is not None and fact.withdrawn_minor:
        suspend(session, _line(found), cause=dispute_hold(fact.dispute_id), now=fact.at)


def _share_loss(session: Session, found: Subscription, paid: SubscriptionPayment, fact: DisputeMoved) -> None:
    """Share what a bank has kept, or has given back (less than nothing) after the loss was shared."""
    clearing, code = dispute_clearing(fact.dispute_id), fact.settled_currency
    whole = Money(balance_of(session, clearing, code), code)  # what is not shared yet
    if not whole.minor or (whole.minor > 0 and fact.state != "lost"):
        return
    is_back, again = whole.minor < 0, "" if whole.minor == fact.withdrawn_minor else f":{fact.withdrawn_minor}"
    line = as_line(found, paid)
    shares = disputed_shares(abs(whole.minor), [line], {1: fact.amount_minor}) if found.seller_id else {}
    theirs = Money(sum(shares.values()) * (-1 if is_back else 1), code)
    house = HOSTING if found.kind == SubscriptionKind.HOSTING else COMMISSION
    legs = [credit(clearing, whole), debit(house, whole - theirs)]
    if found.seller_id is not None and theirs.minor:
        legs += _borne(session, found.seller_id, theirs, fact)
    refs = Refs(stripe_object=fact.dispute_id, order_ref=fact.subject)
    moving = [leg for leg in legs if leg.minor]
    post(session, f"dispute_lost:{fact.dispute_id}{again}", "dispute_lost", moving, occurred_at=fact.at, refs=refs)


def _borne(session: Session, seller_id: int, theirs: Money, fact: DisputeMoved) -> Sequence[Leg]:
    """The seller owes a loss; what comes back pays what the seller owes first, and the rest is sent."""
    receivable = seller_receivable(seller_id)
    if theirs.minor > 0:
        return [debit(receivable, theirs)]
    owes_minor = max(0, balance_of(session, receivable, theirs.currency))
    off = Money(max(theirs.minor, -owes_minor), theirs.currency)
    rest = Money(off.minor - theirs.minor, theirs.currency)
    if rest.minor:
        ref = f"{fact.dispute_id}_{fact.withdrawn_minor}"
        send_back_to_seller(session, fact.subject, ref, seller_id, rest, now=fact.at)
    return [debit(receivable, off), credit(seller_payable(seller_id), rest)]


def _follow_hosting(session: Session, found: Subscription, *, now: datetime) -> None:
    assert found.store_id is not None  # hosting has it
    if found.state in _GOOD:
        end_for_card(session, found.store_id, now=now)  # however it began, hosting is never taken in two ways
    if found.state in (*_GOOD, *ENDED):
        keep_store(session, found.store_id, now=now)


def _open(session: Session, found: Subscription, *, now: datetime) -> None:
    assert found.dataset_id is not None  # a subscription to data has it
    if found.granted_at is None:
        found.granted_at = now
        kind = GrantKind.SUBSCRIPTION
        grant(session, found.person_id, found.dataset_id, order_line=_line(found), kind=kind, now=now)
    else:
        restore(session, _line(found), cause=GRACE_HOLD, now=now)
    session.flush()


def _line(found: Subscription) -> str:
    return f"{found.public_id}:1"
