"""Who reads unusually much."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from polidat.db import sql_text


class BusyReader(NamedTuple):
    """Somebody who read much, the moment it became so, and what was read within the window before."""

    person_id: int
    at: datetime
    uses: int
    downloads: int
    rows: int


def busy_readers(
    session: Session,
    *,
    since: datetime,
    until: datetime,
    window_s: int,
    uses_min: int,
    downloads_min: int,
    rows_min: int,
) -> Sequence[BusyReader]:
    """Return who used datasets of others so often, downloaded so often or read so many rows within `window_s`.

    One for each person and day (UTC), the first moment of it after `since` and until `until`. A number of 0 is not
    asked about.
    """
    asked = {"since": since, "until": until, "window_s": window_s}
    least = {"uses_min": uses_min, "downloads_min": downloads_min, "rows_min": rows_min}
    rows = session.execute(sql_text("polidat.access", "busy_readers"), {**asked, **least})
    return [BusyReader(row.person_id, row.used_at, row.uses, row.downloads, int(row.read_rows)) for row in rows]
