"""From how many networks a person's API keys are used: a key that was copied is used from many."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.people.models import KeyNetwork

NETWORKS_KEPT = timedelta(days=90)
_AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Roamer:
    """A person whose keys were used from so many networks within some time that ended in this hour."""

    person_id: int
    at: datetime
    networks: int


def note_network(session: Session, person_id: int, network: str, *, now: datetime) -> None:
    """Note from which network a key of the person is used, once an hour; nothing where nobody knows it."""
    if network:
        row = insert(KeyNetwork).values(person_id=person_id, network=network, hour=_hour(now))
        session.execute(row.on_conflict_do_nothing())


def roamers(
    session: Session, *, since: datetime, until: datetime, within: timedelta, networks_min: int
) -> Sequence[Roamer]:
    """Return whose keys were used from so many networks `within` a time, the first hour of each day (UTC).

    Whole hours count, so the time is up to one longer. A number of 0 is not asked about.
    """
    if not networks_min:
        return ()
    seen = (KeyNetwork.hour > since - within - _AN_HOUR) & (KeyNetwork.hour <= until)
    rows = session.scalars(
        select(KeyNetwork).where(seen).order_by(KeyNetwork.person_id, KeyNetwork.hour, KeyNetwork.network)
    ).all()
    found: dict[tuple[int, str], Roamer] = {}
    first = 0
    used = Counter[str]()
    for at, row in enumerate(rows):
        used[row.network] += 1
        while rows[first].person_id != row.person_id or rows[first].hour < _hour(row.hour - within):
            used -= Counter([rows[first].network])
            first += 1
        day = (row.person_id, f"{row.hour:%Y%m%d}")
        is_last = at + 1 == len(rows) or (rows[at + 1].person_id, rows[at + 1].hour) != (row.person_id, row.hour)
        if is_last and len(used) >= networks_min and row.hour > since - _AN_HOUR and day not in found:
            found[day] = Roamer(row.person_id, row.hour, len(used))
    return list(found.values())


def forget_networks(session: Session, *, now: datetime) -> int:
    """Forget from where keys were used three months ago; return how many notes. Run it every night."""
    gone = delete(KeyNetwork).where(KeyNetwork.hour <= now - NETWORKS_KEPT).returning(KeyNetwork.network)
    return len(session.scalars(gone).all())


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
