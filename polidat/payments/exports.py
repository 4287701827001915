"""Differences as CSV."""

from collections.abc import Sequence
from datetime import UTC

from polidat.core import csv_line, decimal_text
from polidat.payments.discrepancy import OpenDifference

_HEAD = (
    "id", "category", "movement", "transaction", "currency", "at_stripe", "in_the_books", "difference", "moved_at",
    "found_at", "age_days", "owner",
)  # fmt: skip


def differences_csv(found: Sequence[OpenDifference]) -> str:
    """Return differences as CSV; an amount one side lacks is empty, and counts as nothing in the difference."""
    told = [csv_line(_HEAD)]
    for each in found:
        row = each.row
        apart = (row.theirs_minor or 0) - (row.ours_minor or 0)
        amounts = [decimal_text(minor, row.currency) for minor in (row.theirs_minor, row.ours_minor, apart)]
        times = [f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (row.moved_at, row.found_at)]
        about = [row.id, row.category, row.bt_id or "", row.txn_id or "", row.currency]
        told.append(csv_line([*about, *amounts, *times, each.age_days, each.owner]))
    return "".join(told)
