"""Change what a fraud rule asks, and see before what it would have caught."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from polidat.core import Invalid, NotAllowed
from polidat.events import record
from polidat.orders.errors import NoSuchFinding
from polidat.orders.fraud_models import FraudFinding, FraudRule, FraudRuleVersion, RuleAction, RuleMode
from polidat.orders.fraud_night import LOOKS
from polidat.orders.fraud_note import count
from polidat.orders.fraud_rules import ACTIONS, bursts, normal_address
from polidat.orders.models import Order, OrderLine
from polidat.payments import Charge
from polidat.people import Person

CAUGHT_OVER = timedelta(days=30)
_WINDOW_MAX_S = 366 * 86_400
_NUMBER_MAX = 10**9


@dataclass(frozen=True)
class RuleValues:
    """What an operator may change of a rule: `window_s` in seconds, the rest in the units the rule names."""

    window_s: int
    threshold: int
    action: str
    mode: str
    limits: Mapping[str, int]


def values_of(rule: FraudRule) -> RuleValues:
    """Return what a rule asks now."""
    return RuleValues(rule.window_s, rule.threshold, rule.action, rule.mode, dict(rule.limits))


def actions_of(code: str) -> Sequence[RuleAction]:
    """Return what this rule can be set to do."""
    return ACTIONS.get(code, (RuleAction.REVIEW,))


def change_rule(session: Session, operator: Person, code: str, values: RuleValues) -> FraudRule:
    """Let a rule ask this from now on, as its next version. What it found before keeps the version it was found by.

    Raises NotAllowed, NoSuchFinding for an unknown code, Invalid for a value out of its range, and for silencing F10,
    whose findings end a hold.
    """
    rule = _rule(session, operator, code, for_update=True)
    _check(rule, values)
    before = values_of(rule)
    if values == before:
        return rule
    rule.window_s, rule.threshold = values.window_s, values.threshold
    rule.action, rule.mode, rule.limits = values.action, values.mode, dict(values.limits)
    rule.version += 1
    now = FraudRuleVersion(code=code, version=rule.version, changed_by=operator.id, **vars(values_of(rule)))
    session.add(now)
    session.flush()
    told = {"before": {**vars(before), "version": rule.version - 1}, "after": {**vars(values), "version": rule.version}}
    record(session, "fraud_rule", f"rule:{code}", by=operator.id, **told)
    return rule


def set_rule_mode(session: Session, operator: Person, code: str, mode: RuleMode) -> FraudRule:
    """Let a rule act, only watch, or be silent, from now on. Raises what `change_rule` raises."""
    return change_rule(session, operator, code, replace(values_of(_rule(session, operator, code)), mode=mode))


def rule_versions(session: Session, operator: Person, code: str) -> Sequence[FraudRuleVersion]:
    """Return how a rule was, newest first. Raises NotAllowed, NoSuchFinding for an unknown code."""
    _rule(session, operator, code)
    mine = select(FraudRuleVersion).where(FraudRuleVersion.code == code)
    return session.scalars(mine.order_by(FraudRuleVersion.version.desc())).all()


def would_have_caught(session: Session, operator: Person, code: str, values: RuleValues, *, now: datetime) -> int:
    """Return how often a rule with these values would have spoken in the last 30 days, whatever its mode.

    Rules without numbers of their own are counted by what they found. Raises what `change_rule` raises.
    """
    rule = _rule(session, operator, code)
    _check(rule, values)
    asking = FraudRule(code=code, title=rule.title, version=0, **vars(values))
    since = now - CAUGHT_OVER
    if code in LOOKS:
        return sum(1 for _ in LOOKS[code](session, asking, now))
    if code in _REPLAYS:
        return _REPLAYS[code](session, asking, since)
    found = (FraudFinding.rule_code == code) & (FraudFinding.found_at > since)
    return count(session, select(FraudFinding.id).where(found))


def _fast_buyers(session: Session, rule: FraudRule, since: datetime) -> int:
    paid = Order.paid_charge.is_not(None) & (Order.paid_at > since)
    rows = session.execute(select(Order.buyer_id, Order.paid_at).where(paid).order_by(Order.paid_at))
    moments = ((who, at) for who, at in rows if at is not None)
    return sum(1 for _ in bursts(moments, window=timedelta(seconds=rule.window_s), threshold=rule.threshold))


def _declined_buyers(session: Session, rule: FraudRule, since: datetime) -> int:
    """A buyer is found once an hour, however many cards are declined in it."""
    declined = (Charge.state == "failed") & (Charge.charged_at > since)
    asked = select(Order.buyer_id, Charge.charged_at).join(Order, Order.public_id == Charge.subject)
    moments = ((who, at) for who, at in session.execute(asked.where(declined).order_by(Charge.charged_at)))
    found = bursts(moments, window=timedelta(seconds=rule.window_s), threshold=rule.threshold)
    return len({(who, f"{at:%Y%m%d%H}") for who, at in found})


def _own_buyers(session: Session, rule: FraudRule, since: datetime) -> int:
    """Those who were refused have no order, but a finding."""
    buyer, seller = aliased(Person), aliased(Person)
    pairs = select(Order.id, buyer.email, seller.email).join(OrderLine, OrderLine.order_id == Order.id)
    pairs = pairs.join(buyer, buyer.id == Order.buyer_id).join(seller, seller.id == OrderLine.seller_id)
    bought = session.execute(pairs.where(Order.placed_at > since))
    same = {order for order, one, other in bought if normal_address(one) == normal_address(other)}
    refused = (FraudFinding.rule_code == rule.code) & (FraudFinding.found_at > since)
    refused &= (FraudFinding.mode == RuleMode.ACTIVE) & (FraudFinding.action == RuleAction.REFUSE)
    return len(same) + count(session, select(FraudFinding.id).where(refused))


_REPLAYS = {"F1": _fast_buyers, "F2": _declined_buyers, "F4": _own_buyers}


def _rule(session: Session, operator: Person, code: str, *, for_update: bool = False) -> FraudRule:
    if not operator.is_operator:
        raise NotAllowed("Only operators look after fraud.")
    rule = session.get(FraudRule, code, with_for_update=for_update)
    if rule is None:
        raise NoSuchFinding
    return rule


def _check(rule: FraudRule, values: RuleValues) -> None:
    if rule.code == "F10" and values.mode == RuleMode.OFF:
        raise Invalid("A bank's warning stops access until somebody decides: F10 cannot be off.")
    if values.mode not in set(RuleMode) or values.action not in actions_of(rule.code):
        raise Invalid(f"{rule.code} can do one of: {', '.join(actions_of(rule.code))}.")
    if not 0 <= values.window_s <= _WINDOW_MAX_S:
        raise Invalid("A rule looks back at most a year.")
    if set(values.limits) != set(rule.limits):
        raise Invalid(f"{rule.code} asks for these limits: {', '.join(rule.limits) or 'none'}.")
    if any(not 0 <= each <= _NUMBER_MAX for each in (values.threshold, *values.limits.values())):
        raise Invalid("The numbers of a rule are from 0 to a thousand million.")
