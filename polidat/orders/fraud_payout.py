"""Let payouts wait after a seller's bank accounts or cards have changed (F13).

Who took an account over sends its money away.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Money, currency
from polidat.db import Database
from polidat.orders.errors import PayoutDelayed
from polidat.orders.fraud_models import FindingState, FraudFinding, FraudRule
from polidat.orders.fraud_note import acts, asked, note_finding, window_of
from polidat.orders.holds import fraud_hold
from polidat.payments import (
    Gateway,
    PayoutBankChanged,
    PayoutFacts,
    pause_payouts,
    pay_out,
    payout_pauses,
    resume_payouts,
    seller_account,
)
from polidat.people import Person, queue_mail

_CHANGE = "bank:"


def ask_payout(
    database: Database, gateway: Gateway, seller: Person, amount: Money, *, method: str, key: str, now: datetime
) -> PayoutFacts:
    """Send the seller's money to their bank, unless it changed a short time ago and the amount is large.

    Raises PayoutDelayed, and what `pay_out` raises.
    """
    with database.unit_of_work() as session:
        _check_bank(session, seller, amount, now=now)
    return pay_out(database, gateway, seller, amount, method=method, key=key)


def watch_bank(session: Session, fact: PayoutBankChanged) -> None:
    """Let automatic payouts wait as well, when the rule may: they would go to the new bank before anybody asks.

    The reaction to PayoutBankChanged.
    """
    rule = asked(session, "F13")
    if rule is not None and acts(rule):
        pause_payouts(session, fact.person_id, cause=_change_cause(_subject(fact.person_id, fact.at)), now=fact.at)


def end_payout_waits(session: Session, *, now: datetime) -> int:
    """Let automatic payouts go on when the rule's time after a change is over; return whose. Run it every hour.

    What was confirmed as fraud has a cause of its own, which only an operator takes away.
    """
    rule = asked(session, "F13")
    waits = window_of(rule) if rule is not None and acts(rule) else timedelta(0)
    over = {each.cause for each in payout_pauses(session, before=now - waits)}
    return sum(resume_payouts(session, each) for each in sorted(over) if each.startswith(_CHANGE))


def confirm_payout_fraud(session: Session, found: FraudFinding, *, now: datetime) -> None:
    """Let the seller's payouts wait until an operator lifts it."""
    assert found.person_id is not None  # a finding of this rule is about a seller
    pause_payouts(session, found.person_id, cause=fraud_hold(found.id), now=now)


def release_payouts(session: Session, found: FraudFinding) -> None:
    """Let the seller's payouts go on, as far as this finding and its change of the bank are concerned."""
    resume_payouts(session, fraud_hold(found.id))
    resume_payouts(session, _change_cause(found.subject))


def _check_bank(session: Session, seller: Person, amount: Money, *, now: datetime) -> None:
    """Raise PayoutDelayed, and tell operator and seller once, when the rule may; else only note it.

    A change an operator has looked at and released delays nothing any more. One that was fraud delays every payout,
    whatever changes afterwards, until an operator lifts it.
    """
    confirmed_at = _confirmed_at(session, seller)
    if confirmed_at is not None:
        raise PayoutDelayed(confirmed_at, None)
    rule, account = asked(session, "F13"), seller_account(session, seller)
    changed_at = account.bank_changed_at if account is not None else None
    if rule is None or changed_at is None or not is_delayed(rule, amount, changed_at, now):
        return
    subject, until = _subject(seller.id, changed_at), changed_at + window_of(rule)
    seen = {"amount": str(amount), "bank_changed_at": f"{changed_at:%Y-%m-%d %H:%M} UTC"}
    if not acts(rule):
        note_finding(session, rule, subject, seller.id, seen, now=now)
        return
    if _is_released(session, subject):
        return
    refusal = PayoutDelayed(changed_at, until)

    def keep(later: Session) -> None:
        found = note_finding(later, later.get_one(FraudRule, "F13"), subject, seller.id, seen, now=now)
        if found is not None:
            body = f"{refusal.says}\n\nSomebody asked for a payout of {amount}.\n"
            queue_mail(later, seller.email, "Your payout waits: your bank account was changed", body, now=now)

    refusal.afterwards = keep
    raise refusal


def is_delayed(rule: FraudRule, amount: Money, changed_at: datetime, now: datetime) -> bool:
    """Return whether a payout is so large and comes so soon after the change that the rule lets it wait."""
    least_minor = rule.threshold * 10 ** currency(amount.currency).exponent
    return amount.minor >= least_minor and timedelta(0) <= now - changed_at < window_of(rule)


def _is_released(session: Session, subject: str) -> bool:
    released = (FraudFinding.rule_code == "F13") & (FraudFinding.subject == subject)
    released &= FraudFinding.state == FindingState.RELEASED
    return session.scalar(select(FraudFinding.id).where(released)) is not None


def _confirmed_at(session: Session, seller: Person) -> datetime | None:
    """When something about the seller's payouts was found that was fraud; None when nothing stands."""
    confirmed = (FraudFinding.rule_code == "F13") & (FraudFinding.person_id == seller.id)
    confirmed &= FraudFinding.state == FindingState.CONFIRMED
    return session.scalar(select(FraudFinding.found_at).where(confirmed).order_by(FraudFinding.id).limit(1))


def _subject(person_id: int, changed_at: datetime) -> str:
    return f"person:{person_id}:{changed_at:%Y%m%d%H%M%S}"


def _change_cause(subject: str) -> str:
    return f"{_CHANGE}{subject}"
