"""Paying into a wallet, and giving back what of it is unused."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.access import add_credit, freeze_wallet, take_credit, thaw_wallet, wallets_of
from polidat.core import Conflict, Invalid, Money, currency, half_away, new_public_id
from polidat.db import Database
from polidat.events import emit, record
from polidat.ledger import balance_of, dispute_clearing, order_clearing, refund_clearing, refund_owed
from polidat.orders.errors import NoSuchTopUp, NothingToRefund
from polidat.orders.events import CreditAdded, OrderFlagged
from polidat.orders.exchange import keep_exchanged, keep_sent_back, return_lost, return_paid, return_unfitting
from polidat.orders.holds import dispute_hold
from polidat.orders.letters import top_up_paid
from polidat.orders.models import TopUp, TopUpRefund
from polidat.payments import (
    DISPUTE_ENDS,
    DisputeMoved,
    Gateway,
    LinkItem,
    PaymentRefunded,
    PaymentSettled,
    PaymentWish,
    Refund,
    RefundFailed,
    RefundRefused,
    charges_of,
    hold_money,
    left_of,
    note_payment,
    open_link,
    request_refund,
    sync_subject,
)
from polidat.people import Person, house_link, queue_mail

MOST_MAJOR = 10_000  # of one top-up
_PREFIX = "top"


def start_top_up(
    database: Database, gateway: Gateway, owner: Person, amount: Money, *, key: str, return_url: str, now: datetime
) -> tuple[str, str]:
    """Return the id of the top-up and the address where it is paid. `key` names the click: the same key is one top-up.

    Raises Invalid for an amount that cannot be charged, Conflict for a key of another amount; StripeAway.
    """
    check_top_up(amount)
    with database.unit_of_work() as session:
        top_up = note_top_up(session, owner, amount, key=key, now=now)
        wish = PaymentWish(
            subject=top_up.public_id,
            seller_id=None,
            items=(LinkItem("PoliDat wallet", amount.minor),),
            currency=amount.currency,
            fee_minor=0,
            return_url=f"{return_url}?top_up={top_up.public_id}",
        )
        payment = note_payment(session, wish, now=now)
    return top_up.public_id, open_link(database, gateway, payment.public_id, now=now)


def check_top_up(amount: Money) -> None:
    """Raise Invalid for an amount that cannot be charged at once."""
    known = currency(amount.currency)
    most = Money(MOST_MAJOR * 10**known.exponent, known.code)
    least = Money(max(known.charge_min_minor, 10**known.exponent), known.code)
    if not least <= amount <= most or amount.minor % known.charge_step:
        raise Invalid(f"Pay in {least} to {most} at once.")


def sync_top_up(database: Database, gateway: Gateway, owner: Person, ref: str, *, now: datetime) -> TopUp:
    """Return the top-up after asking Stripe whether it was paid, for the page its owner comes back to.

    Raises NoSuchTopUp, StripeAway.
    """
    with database.reading() as session:
        top_up = own_top_up(session, owner, ref)
    if top_up.paid_charge is None:
        sync_subject(database, gateway, ref, now=now)
    with database.reading() as session:
        return own_top_up(session, owner, ref)


def top_ups_of(session: Session, owner: Person) -> Sequence[TopUp]:
    """Return what the person has paid in, newest first."""
    paid = (TopUp.person_id == owner.id) & TopUp.paid_charge.is_not(None)
    return session.scalars(select(TopUp).where(paid).order_by(TopUp.id.desc())).all()


def take_top_up(session: Session, fact: PaymentSettled) -> None:
    """Put what was paid into the wallet, once. The reaction to PaymentSettled.

    Money that does not fit stays visible for the operator; a second payment is given back by itself.
    """
    top_up = locked_top_up(session, fact.subject)
    if top_up is None:
        return
    paid = Money(fact.amount_minor, fact.currency)
    if fact.doubt or paid != top_up.amount or top_up.paid_charge is not None:
        hold_money(session, fact)
        if top_up.paid_charge is not None and not fact.doubt:
            request_refund(session, fact.charge_id, paid, now=fact.at)
        why = fact.doubt or f"{paid} came in with {fact.charge_id} for a top-up of {top_up.amount}."
        emit(session, OrderFlagged(top_up.public_id, fact.charge_id, why))
        return
    top_up.paid_charge, top_up.paid_at = fact.charge_id, fact.at
    origin = order_clearing(top_up.public_id)
    add_credit(session, top_up.person_id, paid, origin=origin, key=top_up.public_id, at=fact.at)
    keep_exchanged(session, fact)
    emit(session, CreditAdded(top_up.person_id, top_up.public_id, paid.minor, paid.currency))
    owner = session.get_one(Person, top_up.person_id)
    told = top_up_paid(paid, house_link(session, "/wallet"), by_link=top_up.payable_until is not None)
    queue_mail(session, owner.email, told.subject, told.body, now=fact.at)


def refund_top_up(session: Session, owner: Person, ref: str, *, now: datetime) -> Refund:
    """Give back what of a top-up is unused; it leaves the wallet at once. Raises NoSuchTopUp, NothingToRefund."""
    own_top_up(session, owner, ref)
    top_up = locked_top_up(session, ref)
    assert top_up is not None
    wallet = next((each for each in wallets_of(session, owner) if each.currency == top_up.currency), None)
    charge = next((each for each in charges_of(session, ref) if each.id == top_up.paid_charge), None)
    if wallet is None or charge is None:
        raise NothingToRefund
    left = left_of(session, charge)
    amount = min(left, wallet.unused)
    if amount.minor <= 0:
        raise NothingToRefund
    refund = request_refund(session, charge.id, amount, now=now)
    session.add(TopUpRefund(refund_ref=refund.public_id, top_up_id=top_up.id, amount_minor=amount.minor))
    session.flush()
    taken = take_credit(session, owner.id, amount, goes_to=refund_clearing(ref), key=f"{refund.public_id}:out", at=now)
    if taken != amount:  # a run was faster between the look and the lock
        raise NothingToRefund
    told = {"amount": amount, "ref": refund.public_id}
    record(session, "refund", f"top_up:{ref}", by=owner.id, after=told)
    return refund


def take_top_up_refund(session: Session, fact: PaymentRefunded) -> None:
    """Take out of the wallet what was given back in Stripe's dashboard. The reaction to PaymentRefunded."""
    top_up = locked_top_up(session, fact.subject)
    if top_up is None:
        return
    amount = Money(fact.amount_minor, fact.currency)
    if top_up.paid_charge != fact.charge_id:
        return_unfitting(session, fact)
        return
    return_paid(session, fact)
    if session.get(TopUpRefund, fact.refund_ref) is not None:
        return
    session.add(TopUpRefund(refund_ref=fact.refund_ref, top_up_id=top_up.id, amount_minor=amount.minor))
    take_credit(
        session, top_up.person_id, amount, goes_to=refund_clearing(fact.subject), key=f"{fact.refund_ref}:out",
        at=fact.at,
    )  # fmt: skip


def keep_unrefunded(session: Session, fact: RefundRefused | RefundFailed) -> None:
    """Put credit back that Stripe, or the bank, would not return. The reaction to RefundRefused and RefundFailed."""
    top_up = locked_top_up(session, fact.subject)
    row = session.get(TopUpRefund, fact.refund_ref)
    if top_up is None or row is None:
        return
    origin = refund_clearing(fact.subject) if isinstance(fact, RefundRefused) else refund_owed(fact.subject)
    amount = Money(row.amount_minor, top_up.currency)
    add_credit(session, top_up.person_id, amount, origin=origin, key=f"{fact.refund_ref}:back", at=fact.at)
    if isinstance(fact, RefundFailed):
        keep_sent_back(session, fact)


def follow_top_up_dispute(session: Session, fact: DisputeMoved) -> None:
    """Freeze the wallet while a bank disputes what was paid in; what is lost leaves it.

    Another dispute, or what is owed, freezes it on. The reaction to DisputeMoved.
    """
    top_up = locked_top_up(session, fact.subject)
    if top_up is None or top_up.paid_charge != fact.charge_id:
        return
    whose, cause = (top_up.person_id, top_up.currency), dispute_hold(fact.dispute_id)
    if fact.state in DISPUTE_ENDS:
        _share_loss(session, top_up, fact)
        thaw_wallet(session, *whose, cause=cause, now=fact.at)
    elif fact.withdrawn_minor:
        freeze_wallet(session, *whose, cause=cause, now=fact.at)


def is_top_up(subject: str) -> bool:
    """Return whether a payment's subject is a top-up."""
    return subject.startswith(f"{_PREFIX}_")


def note_top_up(
    session: Session, owner: Person, amount: Money, *, key: str, until: datetime | None = None, now: datetime
) -> TopUp:
    """Write down that somebody pays in, once a key; `until` is when a link for somebody else closes.

    Raises Conflict for a key of another amount, or of another way.
    """
    row = insert(TopUp).values(
        public_id=new_public_id(_PREFIX),
        person_id=owner.id,
        key=key,
        amount_minor=amount.minor,
        currency=amount.currency,
        asked_at=now,
        payable_until=until,
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["person_id", "key"]))
    found = session.scalars(select(TopUp).where((TopUp.person_id == owner.id) & (TopUp.key == key))).one()
    if found.amount != amount or (found.payable_until is None) != (until is None):
        raise Conflict("This key was used for another amount, or another way to pay. Use a new one.")
    return found


def own_top_up(session: Session, owner: Person, ref: str) -> TopUp:
    """Return a top-up to its owner. Raises NoSuchTopUp for anybody else."""
    found = session.scalar(select(TopUp).where(TopUp.public_id == ref))
    if found is None or found.person_id != owner.id:
        raise NoSuchTopUp
    return found


def locked_top_up(session: Session, ref: str) -> TopUp | None:
    """Return a top-up, so that nobody else changes it before this unit of work ends; None for another subject."""
    if not is_top_up(ref):
        return None
    row = select(TopUp).where(TopUp.public_id == ref).with_for_update()
    return session.scalar(row.execution_options(populate_existing=True))


def _share_loss(session: Session, top_up: TopUp, fact: DisputeMoved) -> None:
    """Take what the bank has kept out of the wallet, and put back into it what the bank gives back afterwards."""
    clearing, code = dispute_clearing(fact.dispute_id), fact.settled_currency
    out = Money(balance_of(session, clearing, code), code)  # what is not shared yet
    if not out.minor or (out.minor > 0 and fact.state != "lost"):
        return
    again = "" if out.minor == fact.withdrawn_minor else f":{fact.withdrawn_minor}"
    lost = _lost(fact, out)
    if lost.minor > 0:
        key = f"{fact.dispute_id}:lost{again}"
        take_credit(session, top_up.person_id, lost, goes_to=clearing, key=key, at=fact.at)
    else:
        back, key = Money(-lost.minor, lost.currency), f"{fact.dispute_id}:back{again}"
        add_credit(session, top_up.person_id, back, origin=clearing, key=key, at=fact.at)
    return_lost(session, fact, lost, out, again=again)


def _lost(fact: DisputeMoved, out: Money) -> Money:
    """What the wallet loses, or gets back (less than nothing), in the currency that was paid in, for what went out."""
    if fact.currency == out.currency:
        return out
    whole_minor = out.minor if out.minor == fact.withdrawn_minor else fact.withdrawn_minor - out.minor
    return Money(half_away(Fraction(fact.amount_minor * out.minor, whole_minor)), fact.currency)
