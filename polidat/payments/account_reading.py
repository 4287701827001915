"""Stripe's JSON about a seller's account into our values."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from polidat.payments.account_facts import AccountFacts, Asked, BankFacts, PayoutSetup
from polidat.payments.told import part

_WHEN = ("past_due", "currently_due", "eventually_due")


def account_facts(found: Mapping[str, Any]) -> AccountFacts:
    """Return a v2 account that was asked for with its recipient configuration and requirements."""
    recipient = part(part(found, "configuration"), "recipient")
    balance = part(part(recipient, "capabilities"), "stripe_balance")
    transfers, needs = part(balance, "stripe_transfers"), part(found, "requirements")
    entries: list[Mapping[str, Any]] = needs.get("entries") or []
    asked = [_asked(each) for each in entries if each.get("awaiting_action_from") == "user"]
    until = part(part(needs, "summary"), "minimum_deadline").get("time")
    details: list[Mapping[str, Any]] = transfers.get("status_details") or []
    return AccountFacts(
        id=found["id"],
        transfers=transfers.get("status") or "unsupported",
        payouts=part(balance, "payouts").get("status") or "unsupported",
        due=tuple(each.field for each in asked if each.when != "eventually_due"),
        asked=tuple(sorted(asked, key=lambda each: _WHEN.index(each.when))),
        reason=str(details[0]["code"]) if details else "",
        deadline_at=datetime.fromisoformat(until) if until else None,
    )


def _asked(entry: Mapping[str, Any]) -> Asked:
    when = part(entry, "minimum_deadline").get("status")
    problems: list[Mapping[str, Any]] = entry.get("errors") or []
    problem = str(problems[0].get("description") or problems[0].get("code") or "") if problems else ""
    return Asked(str(entry["description"]), when if when in _WHEN else "currently_due", problem)


def payout_setup(banks: Iterable[Mapping[str, Any]], settings: Mapping[str, Any]) -> PayoutSetup:
    """Return where and when an account is paid out, from its external accounts and its balance settings."""
    payments = part(settings, "payments")
    payouts = part(payments, "payouts")
    schedule, timing = part(payouts, "schedule"), part(payments, "settlement_timing")
    days: list[str | int] = schedule.get("weekly_payout_days") or schedule.get("monthly_payout_days") or []
    return PayoutSetup(
        banks=tuple(_bank(each) for each in banks),
        schedule={
            "interval": schedule.get("interval") or "manual",
            "days": list(days),
            "delay_days": timing.get("delay_days") or 0,
        },
    )


def _bank(found: Mapping[str, Any]) -> BankFacts:
    return BankFacts(
        id=found["id"],
        kind=found["object"],
        name=str(found.get("bank_name") or found.get("brand") or ""),
        last4=str(found["last4"]),
        currency=str(found.get("currency") or ""),
        country=str(found.get("country") or ""),
        state=str(found.get("status") or ""),
        is_default=bool(found.get("default_for_currency")),
        takes_instant="instant" in (found.get("available_payout_methods") or []),
    )
