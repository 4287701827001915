"""Ask a fraud rule, and write down what it found."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.events import emit
from polidat.orders.events import FraudSuspected
from polidat.orders.fraud_models import FindingState, FraudFinding, FraudRule, RuleAction, RuleMode
from polidat.orders.models import Order


def asked(session: Session, code: str) -> FraudRule | None:
    """Return the rule, unless it is off."""
    rule = session.get(FraudRule, code)
    return rule if rule is not None and rule.mode != RuleMode.OFF else None


def acts(rule: FraudRule) -> bool:
    """Return whether a rule does more than to be looked at."""
    return rule.mode == RuleMode.ACTIVE and rule.action != RuleAction.REVIEW


def note_finding(
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


def window_of(rule: FraudRule) -> timedelta:
    """Return how far back a rule looks."""
    return timedelta(seconds=rule.window_s)


def count(session: Session, rows: Select[Any]) -> int:
    """Return how many rows there are."""
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def priced_lines(order: Order) -> Sequence[str]:
    """Return the lines that cost something, as the causes of their grants."""
    return [f"{order.public_id}:{line.number}" for line in order.lines if line.price_minor]
