"""Who looks after a difference between the books and Stripe, how old it is, and all of them as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Invalid, currency
from polidat.events import record
from polidat.payments.models import Discrepancy, DiscrepancyState
from polidat.payments.reconcile import open_discrepancies
from polidat.people import Person

_HEAD = (
    "id", "category", "movement", "transaction", "currency", "at_stripe", "in_the_books", "difference", "moved_at",
    "found_at", "age_days", "owner",
)  # fmt: skip


@dataclass(frozen=True)
class OpenDifference:
    """A difference nobody has settled, for how many days it has been there, and who looks after it."""

    row: Discrepancy
    age_days: int
    owner: str


def open_differences(session: Session, *, now: datetime) -> Sequence[OpenDifference]:
    """Return what does not agree and is not settled, oldest first."""
    rows = open_discrepancies(session)
    owners = {each.owner_id for each in rows if each.owner_id is not None}
    emails = {each.id: each.email for each in session.scalars(select(Person).where(Person.id.in_(owners)))}
    return [OpenDifference(each, (now - each.moved_at).days, emails.get(each.owner_id or 0, "")) for each in rows]


def take_difference(session: Session, discrepancy_id: int, *, by: int) -> Discrepancy:
    """Let this person look after a difference from now on. Raises Invalid for one that is settled."""
    row = session.get(Discrepancy, discrepancy_id, with_for_update=True)
    if row is None or row.state != DiscrepancyState.OPEN:
        raise Invalid("This difference is settled already. Reload the page.")
    before, row.owner_id = row.owner_id, by
    session.flush()
    record(session, "take", f"discrepancy:{row.id}", by=by, before={"owner": before}, after={"owner": by})
    return row


def differences_csv(found: Sequence[OpenDifference]) -> str:
    """Return differences as CSV; an amount one side lacks is empty, and counts as nothing in the difference."""
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerow(_HEAD)
    for each in found:
        row = each.row
        apart = (row.theirs_minor or 0) - (row.ours_minor or 0)
        amounts = [_decimal(minor, row.currency) for minor in (row.theirs_minor, row.ours_minor, apart)]
        times = [f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (row.moved_at, row.found_at)]
        about = [row.id, row.category, row.bt_id or "", row.txn_id or "", row.currency]
        writer.writerow([*about, *amounts, *times, each.age_days, each.owner])
    return told.getvalue()


def _decimal(minor: int | None, code: str) -> str:
    exponent = currency(code).exponent
    return "" if minor is None else f"{Decimal(minor).scaleb(-exponent):.{exponent}f}"
