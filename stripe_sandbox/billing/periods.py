"""Periods of time as subscriptions count them."""

import calendar
from datetime import UTC, datetime
from typing import Final

from stripe_sandbox.call import Body

DAY_S: Final = 86_400


def after(moment: int, every: Body) -> int:
    """Give the end of a period: the same day of a later month, or the last one where that month is shorter."""
    at = datetime.fromtimestamp(moment, UTC)
    months = every["interval_count"] * (12 if every["interval"] == "year" else 1)
    if every["interval"] in ("day", "week"):
        return moment + every["interval_count"] * DAY_S * (7 if every["interval"] == "week" else 1)
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return int(at.replace(year=year, month=month + 1, day=day).timestamp())
