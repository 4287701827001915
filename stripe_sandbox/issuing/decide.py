"""Whether a card may pay: by its state and its holder's, by where it is used, by limits, and by the cash there is."""

from datetime import UTC, datetime, timedelta
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.issuing.rows import AUTHORIZATION, CARDHOLDER
from stripe_sandbox.store import Row
from stripe_sandbox.treasury.money import cash_in

_BAD_RISK: Final = frozenset({"elevated", "highest"})


def reason_against(call: Call, card: Row, amount: int, merchant: Body, presence: str, *, risk: str = "") -> str:
    """Give the reason to decline, in the words of the API; empty when nothing speaks against it. Amounts in cents."""
    holder = call.tx.get(card.body["cardholder"]["id"], CARDHOLDER)
    assert holder is not None, "a card has a holder"
    today = datetime.fromtimestamp(call.now, UTC)
    if card.body["status"] != "active":
        return "card_canceled" if card.body["status"] == "canceled" else "card_inactive"
    if (card.body["exp_year"], card.body["exp_month"]) < (today.year, today.month):
        return "card_expired"
    if holder.body["status"] != "active":
        return "cardholder_inactive"
    if risk in _BAD_RISK:
        return "suspected_fraud"
    for owner, of in ((card, "$.card"), (holder, "$.cardholder")):
        controls = owner.body["spending_controls"]
        if not _is_allowed(controls, merchant, presence) or _is_over(call, controls, owner.id, of, amount, merchant):
            return "spending_controls"
    return "" if cash_in(call, card.body["financial_account"]) >= amount else "insufficient_funds"


def _is_allowed(controls: Body, merchant: Body, presence: str) -> bool:
    found = {"categories": merchant["category"], "merchant_countries": merchant["country"], "card_presences": presence}
    for what, value in found.items():
        allowed, blocked = controls[f"allowed_{what}"], controls[f"blocked_{what}"]
        if (allowed and value not in allowed) or (blocked and value in blocked):
            return False
    return True


def _is_over(call: Call, controls: Body, owner: str, of: str, amount: int, merchant: Body) -> bool:
    for limit in controls["spending_limits"]:
        only = limit["categories"]
        if only and merchant["category"] not in only:
            continue
        since = _since(limit["interval"], call.now)
        spent = 0 if since is None else _spent(call, owner, of, since, only)
        if spent + amount > limit["amount"]:
            return True
    return False


def _spent(call: Call, owner: str, of: str, since: int, only: list[str] | None) -> int:
    where = "body ->> ? = ? AND body ->> '$.approved' = 1 AND created >= ?"
    rows = call.tx.find(AUTHORIZATION, where, (of, owner, since))
    return sum(row.hidden["spent"] for row in rows if not only or row.body["merchant_data"]["category"] in only)


def _since(interval: str, now: int) -> int | None:
    """Give when an interval began, in UTC; None for one that is only this authorization."""
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "daily": day,
        "weekly": day - timedelta(days=day.weekday()),
        "monthly": day.replace(day=1),
        "yearly": day.replace(month=1, day=1),
    }
    if interval == "per_authorization":
        return None
    return int(starts[interval].timestamp()) if interval in starts else 0
