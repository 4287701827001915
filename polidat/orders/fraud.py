"""Ask the fraud rules at the moments that matter, keep what they find, and let operators decide."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.access import restore_held, revoke, suspend
from polidat.catalog import Listing, ListingState
from polidat.core import Conflict, Invalid, NotAllowed
from polidat.events import emit, record
from polidat.orders.errors import CheckoutLocked, NoSuchFinding, OwnListing
from polidat.orders.events import FraudSuspected, OrderFlagged, OrderPaid, OrderPlaced
from polidat.orders.fraud_models import FindingState, FraudFinding, FraudRule, RuleAction, RuleMode
from polidat.orders.fraud_rules import is_over, is_price_outlier, is_share_over, normal_address
from polidat.orders.holds import fraud_hold, warning_hold
from polidat.orders.models import Order, OrderLine, OrderState
from polidat.payments import Charge, Dispute, FraudWarned, PaymentFailed, Refund, RefundState
from polidat.people import Person

_LOCKED_FOR = timedelta(hours=1)


def watch_placed(session: Session, fact: OrderPlaced) -> None:
    """Ask whether somebody buys from themselves under another address (F4). The reaction to OrderPlaced."""
    rule = _asked(session, "F4")
    if rule is None:
        return
    buyer = session.get_one(Person, fact.buyer_id)
    order = session.scalars(select(Order).where(Order.public_id == fact.order)).one()
    sellers = session.scalars(select(Person).where(Person.id.in_([line.seller_id for line in order.lines]))).all()
    same = [each for each in sellers if normal_address(each.email) == normal_address(buyer.email)]
    if same:
        _find(session, rule, fact.order, buyer.id, {"seller": same[0].id}, now=fact.at)
        if rule.mode == RuleMode.ACTIVE:
            raise OwnListing(order.lines[0].title)


def watch_paid(session: Session, fact: OrderPaid) -> None:
    """Ask whether a buyer pays too often (F1), and whether the seller is new (F7). The reaction to OrderPaid."""
    order = session.scalars(select(Order).where(Order.public_id == fact.order)).one()
    rule = _asked(session, "F1") if fact.total_minor else None
    if rule is not None:
        mine = (Order.buyer_id == fact.buyer_id) & Order.paid_charge.is_not(None)
        paid = _count(session, select(Order.id).where(mine & (Order.paid_at > fact.at - _window(rule))))
        if is_over(paid, rule.threshold):
            finding = _find(session, rule, fact.order, fact.buyer_id, {"paid": paid}, now=fact.at)
            if finding is not None and rule.mode == RuleMode.ACTIVE:
                for line in _priced(order):
                    suspend(session, line, cause=fraud_hold(finding.id), now=fact.at)
    _watch_new_sellers(session, order, fact)


def _watch_new_sellers(session: Session, order: Order, fact: OrderPaid) -> None:
    rule = _asked(session, "F7") if fact.total_minor else None
    if rule is None:
        return
    for seller_id in {line.seller_id for line in order.lines}:
        theirs = (OrderLine.seller_id == seller_id) & Order.paid_charge.is_not(None)
        sales = _count(session, select(OrderLine.id).join(Order).where(theirs))
        if sales <= rule.threshold:
            _find(session, rule, f"{fact.order}:{seller_id}", seller_id, {"sales": sales}, now=fact.at)


def watch_declined(session: Session, fact: PaymentFailed) -> None:
    """Ask whether somebody tries stolen cards (F2). The reaction to PaymentFailed."""
    rule, order = _asked(session, "F2"), session.scalar(select(Order).where(Order.public_id == fact.subject))
    if rule is None or order is None:
        return
    of_buyer = select(Order.public_id).where(Order.buyer_id == order.buyer_id)
    failed = select(Charge.id).where(Charge.subject.in_(of_buyer) & (Charge.state == "failed"))
    declined = _count(session, failed.where(Charge.charged_at > fact.at - _window(rule)))
    if is_over(declined, rule.threshold):
        subject = f"person:{order.buyer_id}:{fact.at:%Y%m%d%H}"
        _find(session, rule, subject, order.buyer_id, {"declined": declined}, now=fact.at)


def check_not_locked(session: Session, buyer: Person, *, now: datetime) -> None:
    """Raise CheckoutLocked for an hour after a card test was found."""
    locking = (FraudFinding.rule_code == "F2") & (FraudFinding.mode == RuleMode.ACTIVE)
    locking &= (FraudFinding.person_id == buyer.id) & (FraudFinding.state != FindingState.RELEASED)
    if session.scalar(select(FraudFinding.id).where(locking & (FraudFinding.found_at > now - _LOCKED_FOR)).limit(1)):
        raise CheckoutLocked


def watch_flagged(session: Session, fact: OrderFlagged) -> None:
    """Note money that does not fit (F14), or came twice (F12). The reaction to OrderFlagged."""
    rule = _asked(session, "F12" if "paid twice" in fact.alert else "F14")
    if rule is not None and fact.charge_id:
        order = session.scalar(select(Order).where(Order.public_id == fact.order))
        buyer_id = order.buyer_id if order else None
        at = session.get_one(Charge, fact.charge_id).charged_at
        _find(session, rule, f"{fact.order}:{fact.charge_id}", buyer_id, {"alert": fact.alert[:200]}, now=at)


def watch_warned(session: Session, fact: FraudWarned) -> None:
    """Note an early fraud warning (F10). The reaction to FraudWarned."""
    rule = _asked(session, "F10")
    if rule is not None:
        order = session.scalar(select(Order).where(Order.public_id == fact.subject))
        _find(session, rule, fact.charge_id, order.buyer_id if order else None, {"order": fact.subject}, now=fact.at)


def find_fraud(session: Session, *, now: datetime) -> int:
    """Ask the rules that look over many orders and prices (F5, F6, F8, F9); return how much they found.

    Run it every night.
    """
    found = 0
    for seller_id, sales, fresh, disputed in session.execute(_sellers(now)).all():
        seen = {"sales": sales, "first_day": fresh, "disputed": disputed}
        rule = _asked(session, "F5")
        if rule and is_share_over(fresh, sales, per_mille=rule.threshold, whole_min=5, part_min=1):
            found += _find(session, rule, f"seller:{seller_id}:{now:%Y%m}", seller_id, seen, now=now) is not None
        rule = _asked(session, "F9")
        if rule and is_share_over(disputed, sales, per_mille=rule.threshold, whole_min=25, part_min=3):
            found += _find(session, rule, f"seller:{seller_id}:{now:%Y%m}", seller_id, seen, now=now) is not None
    rule = _asked(session, "F8")
    for buyer_id, orders, back in session.execute(_buyers(now)).all() if rule else ():
        assert rule is not None  # as asked
        if is_share_over(back, orders, per_mille=rule.threshold, whole_min=3, part_min=3):
            seen = {"orders": orders, "refunded": back}
            found += _find(session, rule, f"buyer:{buyer_id}:{now:%Y%m}", buyer_id, seen, now=now) is not None
    return found + _find_prices(session, now=now)


def _find_prices(session: Session, *, now: datetime) -> int:
    """Prices far from those of their category (F6)."""
    rule, found = _asked(session, "F6"), 0
    priced = (Listing.state == ListingState.PUBLISHED) & (Listing.price_minor > 0)
    by_kind: dict[tuple[str, str], list[Listing]] = {}
    for each in session.scalars(select(Listing).where(priced)) if rule else ():
        by_kind.setdefault((each.category, each.currency), []).append(each)
    for listings in by_kind.values():
        for each in listings:
            others = [other.price_minor or 0 for other in listings if other is not each]
            if rule and is_price_outlier(each.price_minor or 0, others, deviations=rule.threshold):
                seen = {"price_minor": each.price_minor, "others": len(others)}
                subject = f"listing:{each.id}:{each.price_minor}"
                found += _find(session, rule, subject, each.store.owner_id, seen, now=now) is not None
    return found


def open_findings(session: Session, operator: Person) -> Sequence[FraudFinding]:
    """Return what nobody has decided, oldest first; active rules before shadows. Raises NotAllowed."""
    _check(operator)
    waiting = select(FraudFinding).where(FraudFinding.state == FindingState.OPEN)
    return session.scalars(waiting.order_by(FraudFinding.mode, FraudFinding.found_at).limit(200)).all()


def decide_finding(session: Session, operator: Person, finding_id: int, *, fraud: bool, now: datetime) -> FraudFinding:
    """Release what was found, or confirm it: what rests comes back, or ends.

    Raises NotAllowed, NoSuchFinding, Conflict for one that is decided.
    """
    _check(operator)
    found = session.get(FraudFinding, finding_id, with_for_update=True)
    if found is None:
        raise NoSuchFinding
    if found.state != FindingState.OPEN:
        raise Conflict("Somebody has decided this already. Reload the page.")
    found.state = FindingState.CONFIRMED if fraud else FindingState.RELEASED
    found.decided_by, found.decided_at = operator.id, now
    session.flush()
    _end_hold(session, found, fraud=fraud, now=now)
    record(session, "decide", f"finding:{found.id}", by=operator.id, after={"state": found.state})
    return found


def fraud_rules(session: Session, operator: Person) -> Sequence[FraudRule]:
    """Return the rules by code. Raises NotAllowed."""
    _check(operator)
    return sorted(session.scalars(select(FraudRule)).all(), key=lambda each: int(each.code[1:]))


def set_rule_mode(session: Session, operator: Person, code: str, mode: RuleMode) -> FraudRule:
    """Let a rule act, only watch, or be silent, from now on.

    Raises NotAllowed, NoSuchFinding for an unknown code, Invalid for silencing F10, whose findings end a hold.
    """
    _check(operator)
    rule = session.get(FraudRule, code, with_for_update=True)
    if rule is None:
        raise NoSuchFinding
    if code == "F10" and mode == RuleMode.OFF:
        raise Invalid("A bank's warning stops access until somebody decides: F10 cannot be off.")
    if rule.mode != mode:
        record(session, "fraud_rule", f"rule:{code}", by=operator.id, before={"mode": rule.mode}, after={"mode": mode})
        rule.mode, rule.version = mode, rule.version + 1
        session.flush()
    return rule


def _asked(session: Session, code: str) -> FraudRule | None:
    rule = session.get(FraudRule, code)
    return rule if rule is not None and rule.mode != RuleMode.OFF else None


def _find(
    session: Session, rule: FraudRule, subject: str, person_id: int | None, inputs: Mapping[str, Any], *, now: datetime
) -> FraudFinding | None:
    """Note a finding, once per rule and subject; None when it was noted before."""
    row = insert(FraudFinding).values(
        rule_code=rule.code,
        rule_version=rule.version,
        subject=subject,
        person_id=person_id,
        inputs=dict(inputs),
        action=rule.action,
        mode=rule.mode,
        state=FindingState.OPEN,
        found_at=now,
    )
    new = session.scalar(row.on_conflict_do_nothing(index_elements=["rule_code", "subject"]).returning(FraudFinding.id))
    if new is None:
        return None
    emit(session, FraudSuspected(rule.code, subject, person_id, rule.mode))
    return session.get_one(FraudFinding, new)


def _window(rule: FraudRule) -> timedelta:
    return timedelta(seconds=rule.window_s)


def _count(session: Session, rows: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def _end_hold(session: Session, found: FraudFinding, *, fraud: bool, now: datetime) -> None:
    """End what a finding let rest, or take only its own cause away: a dispute over the same order holds on."""
    warned = found.rule_code == "F10"  # its hold is taken with the warning, whatever the rule may do
    if not warned and not (found.action == RuleAction.HOLD and found.mode == RuleMode.ACTIVE):
        return
    if not fraud:
        restore_held(session, warning_hold(found.subject) if warned else fraud_hold(found.id), now=now)
        return
    order = session.scalar(select(Order).where(Order.public_id == found.inputs.get("order", found.subject)))
    for line in _priced(order) if order is not None and order.paid_charge is not None else ():
        revoke(session, line, now=now)


def _priced(order: Order) -> Sequence[str]:
    return [f"{order.public_id}:{line.number}" for line in order.lines if line.price_minor]


def _sellers(now: datetime) -> Select[int, int, int, int]:
    """By seller: what was sold in 90 days, how much of it to people in their first day, how much was disputed."""
    sold = (Order.paid_charge.is_not(None)) & (Order.paid_at > now - timedelta(days=90))
    first_day = Order.paid_at < Person.joined_at + timedelta(days=1)
    disputed = Order.paid_charge.in_(select(Dispute.charge_id))
    return (
        select(
            OrderLine.seller_id,
            func.count(Order.id.distinct()),
            func.count(Order.id.distinct()).filter(first_day),
            func.count(Order.id.distinct()).filter(disputed),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .join(Person, Person.id == Order.buyer_id)
        .where(sold)
        .group_by(OrderLine.seller_id)
    )


def _buyers(now: datetime) -> Select[int, int, int]:
    """By buyer: orders paid in 90 days, and how many of them went back."""
    back = Order.paid_charge.in_(select(Refund.charge_id).where(Refund.state != RefundState.REFUSED))
    paid = Order.paid_charge.is_not(None) & (Order.paid_at > now - timedelta(days=90))
    paid &= Order.state == OrderState.FULFILLED
    return select(Order.buyer_id, func.count(), func.count().filter(back)).where(paid).group_by(Order.buyer_id)


def _check(operator: Person) -> None:
    if not operator.is_operator:
        raise NotAllowed("Only operators look after fraud.")
