"""What operators do about fraud: decide what was found, and say what each rule may do."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.access import restore_held, revoke
from polidat.core import Conflict, NotAllowed
from polidat.events import record
from polidat.orders.errors import NoSuchFinding
from polidat.orders.fraud_models import FindingState, FraudFinding, FraudRule, RuleAction, RuleMode
from polidat.orders.fraud_note import priced_lines
from polidat.orders.fraud_payout import confirm_payout_fraud, release_payouts
from polidat.orders.holds import fraud_hold, warning_hold
from polidat.orders.parcel import stop_unsent
from polidat.orders.refund import locked_order
from polidat.people import Person, resume_keys, revoke_held_keys


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
    before = {"state": FindingState.OPEN, "rule": found.rule_code, "version": found.rule_version}
    after = {"state": found.state, "subject": found.subject}
    record(session, "decide", f"finding:{found.id}", by=operator.id, before=before, after=after)
    return found


def standing_findings(session: Session, operator: Person) -> Sequence[FraudFinding]:
    """Return what was fraud and lets payouts wait until somebody lifts it, oldest first. Raises NotAllowed."""
    _check(operator)
    standing = (FraudFinding.rule_code == "F13") & (FraudFinding.state == FindingState.CONFIRMED)
    return session.scalars(select(FraudFinding).where(standing).order_by(FraudFinding.found_at).limit(200)).all()


def lift_finding(session: Session, operator: Person, finding_id: int, *, now: datetime) -> FraudFinding:
    """Let payouts go on that wait because of what was fraud, such as an account its owner has back.

    Raises NotAllowed, NoSuchFinding, Conflict for one that lets nothing wait.
    """
    _check(operator)
    found = session.get(FraudFinding, finding_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchFinding
    if found.rule_code != "F13" or found.state != FindingState.CONFIRMED:
        raise Conflict("No payout waits because of this. Reload the page.")
    found.state, found.decided_by, found.decided_at = FindingState.RELEASED, operator.id, now
    session.flush()
    release_payouts(session, found)
    before = {"state": FindingState.CONFIRMED, "rule": found.rule_code, "version": found.rule_version}
    after = {"state": found.state, "subject": found.subject}
    record(session, "decide", f"finding:{found.id}", by=operator.id, before=before, after=after)
    return found


def fraud_rules(session: Session, operator: Person) -> Sequence[FraudRule]:
    """Return the rules by code. Raises NotAllowed."""
    _check(operator)
    return sorted(session.scalars(select(FraudRule)).all(), key=lambda each: int(each.code[1:]))


def _end_hold(session: Session, found: FraudFinding, *, fraud: bool, now: datetime) -> None:
    """End what a finding let rest, or take only its own cause away: a dispute over the same order holds on."""
    if found.rule_code == "F13":
        if fraud:
            confirm_payout_fraud(session, found, now=now)
        else:
            release_payouts(session, found)
        return
    if found.rule_code == "F11":
        if fraud:
            revoke_held_keys(session, fraud_hold(found.id), now=now)
        else:
            resume_keys(session, fraud_hold(found.id))
        return
    warned = found.rule_code == "F10"  # its hold is taken with the warning, whatever the rule may do
    if not warned and not (found.action == RuleAction.HOLD and found.mode == RuleMode.ACTIVE):
        return
    if not fraud:
        restore_held(session, warning_hold(found.subject) if warned else fraud_hold(found.id), now=now)
        return
    order = locked_order(session, found.inputs.get("order", found.subject))
    if order is None or order.paid_charge is None:
        return
    for line in priced_lines(order):
        revoke(session, line, now=now)
    priced = {line.number for line in order.lines if line.price_minor}
    stop_unsent(session, order, priced, "The payment was found to be fraud.", now=now)


def _check(operator: Person) -> None:
    if not operator.is_operator:
        raise NotAllowed("Only operators look after fraud.")
