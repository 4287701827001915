"""Write down each use."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from polidat.access.models import Usage, UseKind
from polidat.core import Invalid
from polidat.people import Person


def record_use(
    session: Session,
    person: Person,
    dataset_id: int,
    kind: UseKind,
    *,
    scanned_rows: int,
    scanned_bytes: int,
    elapsed: timedelta,
    now: datetime,
) -> Usage:
    """Write down that the person used the dataset, with what was read and how long it took.

    Raises Invalid for a negative measure.
    """
    if scanned_rows < 0 or scanned_bytes < 0 or elapsed < timedelta(0):
        raise Invalid("A use cannot have read less than nothing.")
    use = Usage(
        dataset_id=dataset_id,
        person_id=person.id,
        kind=UseKind(kind),
        scanned_rows=scanned_rows,
        scanned_bytes=scanned_bytes,
        elapsed_ms=elapsed // timedelta(milliseconds=1),
        used_at=now,
    )
    session.add(use)
    session.flush()
    return use
