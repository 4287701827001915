"""Change what a fraud rule asks; every version of it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Invalid, NotAllowed
from polidat.events import record
from polidat.orders.errors import NoSuchFinding
from polidat.orders.fraud_models import FraudRule, FraudRuleVersion, RuleAction, RuleMode
from polidat.orders.fraud_rules import ACTIONS, NUMBERS, Number
from polidat.people import Person

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


def values_of(rule: FraudRule | FraudRuleVersion) -> RuleValues:
    """Return what a rule asks now, or asked as that version."""
    return RuleValues(rule.window_s, rule.threshold, rule.action, rule.mode, dict(rule.limits))


def numbers_of(code: str) -> Sequence[Number]:
    """Return what this rule asks about, in words; a rule that asks about nothing has none."""
    return NUMBERS.get(code, ())


def actions_of(code: str) -> Sequence[RuleAction]:
    """Return what this rule can be set to do."""
    return ACTIONS.get(code, (RuleAction.REVIEW,))


def change_rule(session: Session, operator: Person, code: str, values: RuleValues) -> FraudRule:
    """Let a rule ask this from now on, as its next version. What it found before keeps the version it was found by.

    Raises NotAllowed, NoSuchFinding for an unknown code, Invalid for a value out of its range, and for silencing F10,
    whose findings end a hold.
    """
    rule = known_rule(session, operator, code, for_update=True)
    check_values(rule, values)
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
    return change_rule(session, operator, code, replace(values_of(known_rule(session, operator, code)), mode=mode))


@dataclass(frozen=True)
class RuleVersion:
    """A rule as it was from `since`, and who made it so: an address, or empty for how it came."""

    number: int
    since: datetime
    by: str
    values: RuleValues


def rule_versions(session: Session, operator: Person, code: str) -> Sequence[RuleVersion]:
    """Return how a rule was, newest first. Raises NotAllowed, NoSuchFinding for an unknown code."""
    known_rule(session, operator, code)
    rows = select(FraudRuleVersion, Person.email).outerjoin(Person, Person.id == FraudRuleVersion.changed_by)
    rows = rows.where(FraudRuleVersion.code == code).order_by(FraudRuleVersion.version.desc())
    return [
        RuleVersion(row.version, row.changed_at, by or "", values_of(row)) for row, by in session.execute(rows).all()
    ]


def known_rule(session: Session, operator: Person, code: str, *, for_update: bool = False) -> FraudRule:
    """Return the rule for an operator. Raises NotAllowed, NoSuchFinding for an unknown code."""
    if not operator.is_operator:
        raise NotAllowed("Only operators look after fraud.")
    rule = session.get(FraudRule, code, with_for_update=for_update)
    if rule is None:
        raise NoSuchFinding
    return rule


def check_values(rule: FraudRule, values: RuleValues) -> None:
    """Raise Invalid for a value this rule cannot be set to."""
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
