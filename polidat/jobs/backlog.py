"""Whether the queue keeps up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.db import sql_text


@dataclass(frozen=True)
class Backlog:
    """How many jobs are late, since when the oldest of them is due, and how often each job has failed, by its name."""

    late: int
    oldest: datetime | None
    failed: Mapping[str, int]


def job_backlog(session: Session, *, due: datetime, since: datetime) -> Backlog:
    """Return the jobs that were due before `due` and have not begun, and those that gave up after `since`."""
    row = session.execute(sql_text("polidat.jobs", "backlog"), {"due": due, "since": since}).one()
    return Backlog(row.late, row.oldest, row.failed)
