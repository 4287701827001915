"""Ask the fraud rules at the moments that matter."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.access import suspend
from polidat.orders.errors import CheckoutLocked, OwnListing
from polidat.orders.events import OrderFlagged, OrderPaid, OrderPlaced
from polidat.orders.find import order_by_ref
from polidat.orders.fraud_models import FindingState, FraudFinding, FraudRule, RuleAction, RuleMode
from polidat.orders.fraud_note import acts, asked, count, note_finding, priced_lines, window_of
from polidat.orders.fraud_rules import is_over, normal_address
from polidat.orders.holds import fraud_hold
from polidat.orders.models import Order, OrderLine
from polidat.payments import Charge, FraudWarned, PaymentFailed
from polidat.people import Person


def watch_placed(session: Session, fact: OrderPlaced) -> None:
    """Ask whether somebody buys from themselves under another address (F4). The reaction to OrderPlaced."""
    order = session.scalars(select(Order).where(Order.public_id == fact.order)).one()
    for line in order.lines:
        check_not_self(
            session, order.buyer_id, line.seller_id, line.title, of=f"listing:{line.listing_id}", now=fact.at
        )


def check_not_self(session: Session, buyer_id: int, seller_id: int, title: str, *, of: str, now: datetime) -> None:
    """Ask whether buyer and seller share a mailbox (F4); raise OwnListing when the rule may refuse.

    What was refused leaves no order, but a finding: one a day for what it is `of`.
    """
    rule = asked(session, "F4")
    if rule is None:
        return
    buyer, seller = session.get_one(Person, buyer_id), session.get_one(Person, seller_id)
    if normal_address(buyer.email) != normal_address(seller.email):
        return
    subject, seen = f"person:{buyer_id}:{of}:{now:%Y%m%d}", {"seller": seller_id}
    if not acts(rule):
        note_finding(session, rule, subject, buyer_id, seen, now=now)
        return
    refusal = OwnListing(title)

    def keep(later: Session) -> None:
        note_finding(later, later.get_one(FraudRule, "F4"), subject, buyer_id, seen, now=now)

    refusal.afterwards = keep
    raise refusal


def watch_paid(session: Session, fact: OrderPaid) -> None:
    """Ask whether a buyer pays too often (F1), and whether the seller is new (F7). The reaction to OrderPaid."""
    order = session.scalars(select(Order).where(Order.public_id == fact.order)).one()
    rule = asked(session, "F1") if fact.total_minor else None
    if rule is not None:
        mine = (Order.buyer_id == fact.buyer_id) & Order.paid_charge.is_not(None)
        paid = count(session, select(Order.id).where(mine & (Order.paid_at > fact.at - window_of(rule))))
        if is_over(paid, rule.threshold):
            finding = note_finding(session, rule, fact.order, fact.buyer_id, {"paid": paid}, now=fact.at)
            if finding is not None and acts(rule):
                for line in priced_lines(order):
                    suspend(session, line, cause=fraud_hold(finding.id), now=fact.at)
    _watch_new_sellers(session, order, fact)


def _watch_new_sellers(session: Session, order: Order, fact: OrderPaid) -> None:
    rule = asked(session, "F7") if fact.total_minor else None
    if rule is None:
        return
    for seller_id in {line.seller_id for line in order.lines}:
        theirs = (OrderLine.seller_id == seller_id) & Order.paid_charge.is_not(None)
        sales = count(session, select(OrderLine.id).join(Order).where(theirs))
        if sales <= rule.threshold:
            note_finding(session, rule, f"{fact.order}:{seller_id}", seller_id, {"sales": sales}, now=fact.at)


def watch_declined(session: Session, fact: PaymentFailed) -> None:
    """Ask whether somebody tries stolen cards (F2). The reaction to PaymentFailed."""
    rule, order = asked(session, "F2"), order_by_ref(session, fact.subject)
    if rule is None or order is None:
        return
    of_buyer = select(Order.public_id).where(Order.buyer_id == order.buyer_id)
    failed = select(Charge.id).where(Charge.subject.in_(of_buyer) & (Charge.state == "failed"))
    declined = count(session, failed.where(Charge.charged_at > fact.at - window_of(rule)))
    if is_over(declined, rule.threshold):
        subject = f"person:{order.buyer_id}:{fact.at:%Y%m%d%H}"
        note_finding(session, rule, subject, order.buyer_id, {"declined": declined}, now=fact.at)


def check_not_locked(session: Session, buyer: Person, *, now: datetime) -> None:
    """Raise CheckoutLocked for a time after a card test was found (F2)."""
    rule = session.get_one(FraudRule, "F2")
    since = now - timedelta(seconds=rule.limits["locked_s"])
    locking = (FraudFinding.rule_code == rule.code) & (FraudFinding.mode == RuleMode.ACTIVE)
    locking &= (FraudFinding.person_id == buyer.id) & (FraudFinding.state != FindingState.RELEASED)
    locking &= (FraudFinding.action == RuleAction.REFUSE) & (FraudFinding.found_at > since)
    if session.scalar(select(FraudFinding.id).where(locking).limit(1)):
        raise CheckoutLocked


def watch_flagged(session: Session, fact: OrderFlagged) -> None:
    """Note money that does not fit (F14), or came twice (F12). The reaction to OrderFlagged."""
    rule = asked(session, "F12" if "paid twice" in fact.alert else "F14")
    if rule is not None and fact.charge_id:
        order = order_by_ref(session, fact.order)
        buyer_id = order.buyer_id if order else None
        at = session.get_one(Charge, fact.charge_id).charged_at
        note_finding(session, rule, f"{fact.order}:{fact.charge_id}", buyer_id, {"alert": fact.alert[:200]}, now=at)


def watch_warned(session: Session, fact: FraudWarned) -> None:
    """Note an early fraud warning (F10). The reaction to FraudWarned."""
    rule = asked(session, "F10")
    if rule is not None:
        order = order_by_ref(session, fact.subject)
        note_finding(
            session, rule, fact.charge_id, order.buyer_id if order else None, {"order": fact.subject}, now=fact.at
        )
