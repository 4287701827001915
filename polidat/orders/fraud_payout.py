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
from polidat.payments import Gateway, PayoutFacts, pay_out, seller_account
from polidat.people import Person, queue_mail


def ask_payout(
    database: Database, gateway: Gateway, seller: Person, amount: Money, *, method: str, key: str, now: datetime
) -> PayoutFacts:
    """Send the seller's money to their bank, unless it changed a short time ago and the amount is large.

    Raises PayoutDelayed, and what `pay_out` raises.
    """
    with database.unit_of_work() as session:
        _check_bank(session, seller, amount, now=now)
    return pay_out(database, gateway, seller, amount, method=method, key=key)


def _check_bank(session: Session, seller: Person, amount: Money, *, now: datetime) -> None:
    """Raise PayoutDelayed, and tell operator and seller once, when the rule may; else only note it.

    A change an operator has looked at and released delays nothing any more; one that was fraud delays for good.
    """
    rule, account = asked(session, "F13"), seller_account(session, seller)
    changed_at = account.bank_changed_at if account is not None else None
    if rule is None or changed_at is None:
        return
    subject, until = f"person:{seller.id}:{changed_at:%Y%m%d%H%M%S}", changed_at + window_of(rule)
    state = _decided(session, subject)
    if not is_delayed(rule, amount, changed_at, now) and state != FindingState.CONFIRMED:
        return
    seen = {"amount": str(amount), "bank_changed_at": f"{changed_at:%Y-%m-%d %H:%M} UTC"}
    if not acts(rule):
        note_finding(session, rule, subject, seller.id, seen, now=now)
        return
    if state == FindingState.RELEASED:
        return
    refusal = PayoutDelayed(changed_at, None if state == FindingState.CONFIRMED else until)

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


def _decided(session: Session, subject: str) -> str | None:
    mine = (FraudFinding.rule_code == "F13") & (FraudFinding.subject == subject)
    return session.scalar(select(FraudFinding.state).where(mine))
