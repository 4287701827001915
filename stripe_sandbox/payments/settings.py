"""Balance settings: when and how an account is paid out. A schedule is played once somebody has set it."""

import calendar
import copy
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from stripe_sandbox.accounts.state import find_account, may_receive
from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.payments.balance import SETTLES_AFTER_DAYS, available, balances_of
from stripe_sandbox.payments.payouts import pay_out_automatically, pay_payout
from stripe_sandbox.store import Row

KIND: Final = "balance_settings"
_DELAY_MAX_DAYS: Final = 31
_INTERVALS: Final = {"weekly": "weekly_payout_days", "monthly": "monthly_payout_days"}


def _resting() -> Body:
    return {
        "payments": {
            "debit_negative_balances": True,
            "payouts": {
                "automatic_transfer_rules_by_currency": None,
                "minimum_balance_by_currency": None,
                "schedule": {"interval": "daily"},
                "statement_descriptor": None,
                "status": "enabled",
            },
            "settlement_timing": {"delay_days": SETTLES_AFTER_DAYS, "delay_days_override": None},
        }
    }


def _row(call: Call) -> Row:
    key = f"{KIND}:{call.account}"
    return call.tx.get(key, KIND) or call.add(KIND, {"id": key, **_resting()})


def _show(row: Row) -> Body:
    # The settings of an account have no id of their own, and the SDK cannot read null where it expects a map.
    shown = copy.deepcopy({name: value for name, value in row.body.items() if name != "id"})
    payouts = shown["payments"]["payouts"]
    shown["payments"]["payouts"] = {name: value for name, value in payouts.items() if value is not None}
    return shown


def retrieve_settings(call: Call, params: Body) -> Body:
    """Give the settings of the account of the call."""
    del params
    return _show(_row(call))


def update_settings(call: Call, params: Body) -> Body:
    """Change the settings of the account of the call."""
    row = _row(call)
    before, given = copy.deepcopy(row.body), params.get("payments", {})
    payments = row.body["payments"]
    if "debit_negative_balances" in given:
        payments["debit_negative_balances"] = given["debit_negative_balances"]
    _change_payouts(payments["payouts"], given.get("payouts", {}))
    override = given.get("settlement_timing", {}).get("delay_days_override", 0)
    if override != 0:
        days = None if override == "" else override
        if days is not None and not SETTLES_AFTER_DAYS <= days <= _DELAY_MAX_DAYS:
            message = f"delay_days_override must be from {SETTLES_AFTER_DAYS} to {_DELAY_MAX_DAYS}."
            raise invalid(message, param="payments[settlement_timing][delay_days_override]")
        payments["settlement_timing"].update(delay_days=days or SETTLES_AFTER_DAYS, delay_days_override=days)
    if "schedule" in given.get("payouts", {}):
        row.hidden["next_payout"] = next_payout(payments["payouts"]["schedule"], call.now)
    call.tx.save(row)
    if row.body != before:
        emit(call, "balance_settings.updated", _show(row), account=call.account)
    return _show(row)


def _change_payouts(payouts: Body, given: Body) -> None:
    if "schedule" in given:
        payouts["schedule"] = schedule_of(given["schedule"])
    if "statement_descriptor" in given:
        payouts["statement_descriptor"] = given["statement_descriptor"] or None
    if "minimum_balance_by_currency" in given:
        least: dict[str, Any] = given["minimum_balance_by_currency"] or {}
        known = payouts["minimum_balance_by_currency"] if least else None
        merged = {**(known or {}), **{check_currency(code): amount for code, amount in least.items()}}
        payouts["minimum_balance_by_currency"] = {code: each for code, each in merged.items() if each != ""} or None


def next_payout(schedule: Body, now: int) -> int | None:
    """Give the next moment of a schedule: midnight UTC of one of its days; a day a month lacks is its last one."""
    if schedule["interval"] == "manual":
        return None
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while not _is_day(schedule, day):
        day += timedelta(days=1)
    return int(day.timestamp())


def _is_day(schedule: Body, day: datetime) -> bool:
    if schedule["interval"] == "weekly":
        return f"{day:%A}".lower() in schedule["weekly_payout_days"]
    if schedule["interval"] == "monthly":
        last = calendar.monthrange(day.year, day.month)[1]
        return day.day in {min(each, last) for each in schedule["monthly_payout_days"]}
    return True


def pay_out_due(call: Call) -> int:
    """Pay out what schedules say, each at its moment, and let what was sent arrive; gives how much that was."""
    done, now = 0, call.now
    while due := call.tx.find(KIND, "hidden ->> '$.next_payout' <= ?", (now,)):
        for row in due:
            call.now = row.hidden["next_payout"]
            with call.on(row.account):
                _pay_out(call, row)
            row.hidden["next_payout"] = next_payout(row.body["payments"]["payouts"]["schedule"], call.now)
            call.tx.save(row)
            done += 1
            call.now = now
    sent = "body ->> '$.automatic' = 1 AND body ->> '$.status' = 'pending' AND hidden ->> '$.due' <= ?"
    for payout in call.tx.find("payout", sent, (now,)):
        payout.hidden["due"] = None
        with call.on(payout.account):
            pay_payout(call, payout)
        done += 1
    return done


def _pay_out(call: Call, row: Row) -> None:
    least = row.body["payments"]["payouts"]["minimum_balance_by_currency"] or {}
    if call.is_direct and not may_receive(find_account(call, call.account)):
        return
    for currency in balances_of(call, call.account):
        keep = least.get(currency, 0)
        if available(call, call.account, currency) <= keep:
            continue
        try:
            payout = pay_out_automatically(call, call.account, currency, keep=keep)
        except ApiFailure:
            continue  # what could leave is less than the least movement: it waits for the next time
        payout.hidden["due"] = payout.body["arrival_date"]
        call.tx.save(payout)


def schedule_of(given: Body) -> Body:
    interval = given.get("interval", "daily")
    for name, days in _INTERVALS.items():
        if (days in given) != (interval == name):
            message = f"{days} must be given with interval={name}, and only with it."
            raise invalid(message, param=f"payments[payouts][schedule][{days}]")
    if any(not 1 <= day <= 31 for day in given.get("monthly_payout_days", [])):
        raise invalid("Days of the month are from 1 to 31.", param="payments[payouts][schedule][monthly_payout_days]")
    return {"interval": interval, **{days: given[days] for days in _INTERVALS.values() if days in given}}


_SCHEDULE = {"interval": ANY, "weekly_payout_days": ANY, "monthly_payout_days": ANY}
_TAKES = {
    "payments": {
        "debit_negative_balances": ANY,
        "payouts": {"schedule": _SCHEDULE, "minimum_balance_by_currency": ANY, "statement_descriptor": ANY},
        "settlement_timing": {"delay_days_override": ANY},
    }
}
OPERATIONS = {
    "GET /v1/balance_settings": Operation(retrieve_settings),
    "POST /v1/balance_settings": Operation(update_settings, _TAKES),
}
