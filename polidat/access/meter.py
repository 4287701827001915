"""Write down each use."""

from datetime import datetime

from sqlalchemy.orm import Session

from polidat.access.models import Usage, UseKind
from polidat.core import Invalid


def record_use(
    session: Session,
    person_id: int,
    dataset_id: int,
    kind: str,
    *,
    scanned_rows: int,
    scanned_bytes: int,
    elapsed_ms: int,
    now: datetime,
) -> Usage:
    """Write down that the person used the dataset, with what was read and how long it took.

    `kind` is one of UseKind. Raises Invalid for another kind or a negative measure.
    """
    if kind not in set(UseKind):
        raise Invalid(f"“{kind}” is no use of a dataset that we know.")
    if min(scanned_rows, scanned_bytes, elapsed_ms) < 0:
        raise Invalid("A use cannot have read less than nothing.")
    use = Usage(
        dataset_id=dataset_id,
        person_id=person_id,
        kind=kind,
        scanned_rows=scanned_rows,
        scanned_bytes=scanned_bytes,
        elapsed_ms=elapsed_ms,
        used_at=now,
    )
    session.add(use)
    session.flush()
    return use
