"""What the audit log may keep: its actions, the fields of each, and no text that looks like a secret.

An allow-list: a field that is not named here is neither stored nor hashed, whatever it is called. Cards, tokens,
secrets and account numbers are in no list, and are cut out of free text too.
"""

import re
from collections.abc import Mapping
from typing import Any

LEFT_OUT = "(left out)"

KINDS: Mapping[str, frozenset[str]] = {
    "access": frozenset({"state", "person", "dataset"}),
    "asking": frozenset({"countries", "purposes", "by_seller"}),
    "attestation": frozenset({"state", "reason"}),
    "auction": frozenset({"start", "reserve", "ends", "state"}),
    "begin": frozenset({"person"}),
    "become_seller": frozenset({"seller"}),
    "billing_details": frozenset({"whose", "country"}),
    "cash_out": frozenset({"amount", "state"}),
    "commission": frozenset({"about", "bps", "amounts", "valid_from", "valid_to", "version"}),
    "coupon": frozenset({"code", "off", "ends_at"}),
    "decide": frozenset({"state", "rule", "version", "subject"}),
    "dispute": frozenset({"state", "fields"}),
    "financial_account": frozenset({"state", "payouts"}),
    "fraud_rule": frozenset({"mode", "version", "window_s", "threshold", "action", "limits"}),
    "give_seat": frozenset({"line", "to"}),
    "grant": frozenset({"person", "dataset", "kind", "state"}),
    "hold": frozenset({"cause", "person"}),
    "hosting": frozenset({"required", "trial_days", "price"}),
    "hosting_way": frozenset({"way", "price"}),
    "invoice": frozenset({"kind", "total", "about", "corrects"}),
    "licence": frozenset({"code", "number", "sha256"}),
    "mails": frozenset({"sales"}),
    "make_api": frozenset({"name", "hint", "scopes"}),
    "make_operator": frozenset({"operator"}),
    "payout": frozenset({"amount", "method", "state"}),
    "payout_pause": frozenset({"cause"}),
    "payout_bank": frozenset({"bank", "added"}),
    "payout_account": frozenset({"state", "country"}),
    "plans": frozenset({"month", "year"}),
    "price": frozenset({"at"}),
    "publish": frozenset({"price"}),
    "refund": frozenset({"amount", "ref", "licences"}),
    "refund_policy": frozenset({"keeps_fee"}),
    "restore": frozenset({"person"}),
    "resume_api": frozenset({"name", "hint", "cause"}),
    "revoke_api": frozenset({"id"}),
    "settle": frozenset({"category", "note", "repair"}),
    "settle_alert": frozenset({"alert"}),
    "shipment": frozenset({"state", "carrier", "reason"}),
    "shipping": frozenset({"price", "countries", "with_data", "ships"}),
    "sign_out": frozenset({"sessions"}),
    "store": frozenset({"name", "slug", "shown"}),
    "subscription": frozenset({"ends_with_period", "doubles"}),
    "suite": frozenset({"own"}),
    "suspend_api": frozenset({"name", "hint", "cause"}),
    "take": frozenset({"owner"}),
    "take_back_seat": frozenset({"line", "to"}),
    "take_seat": frozenset({"line", "to"}),
    "terms": frozenset({"attribution"}),
    "top_up_link": frozenset({"amount", "until"}),
    "unhold": frozenset({"cause", "person"}),
    "usage_prices": frozenset({"query", "answer", "gigabyte"}),
    "virtual_card": frozenset({"state", "limit", "interval"}),
    "wallet": frozenset({"state", "currency", "owed_minor", "cause"}),
    "wallet_limits": frozenset({"cap", "notice"}),
    "withdraw": frozenset({"state"}),
}

_TOKENS = re.compile(r"\b(?:sk|rk|pk|whsec|pd|acct|ba|card|pm|tok|src)_[A-Za-z0-9_-]{10,}")
_ACCOUNTS = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_LONG_NUMBERS = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")


def kept_fields(action: str, values: Mapping[str, Any] | None) -> dict[str, str]:
    """Return what of `values` may be kept of this action, as text, whole. An unknown action keeps nothing."""
    may = KINDS.get(action, frozenset())
    return {name: _clean(value) for name, value in (values or {}).items() if name in may}


def _clean(value: Any) -> str:
    """Numbers are counts and amounts of ours; text may be anybody's."""
    if not isinstance(value, str):
        return str(value)
    for shape in (_TOKENS, _ACCOUNTS):
        value = shape.sub(LEFT_OUT, value)
    return _LONG_NUMBERS.sub(lambda found: LEFT_OUT if _is_card(found[0]) else found[0], value)


def _is_card(number: str) -> bool:
    """The check digit of card numbers: ISO/IEC 7812-1, annex B."""
    digits = [int(each) for each in reversed(number) if each.isdigit()]
    doubled = (2 * each - 9 * (each > 4) for each in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
