"""Ask who reads unusually much (F11): a copied key, or somebody who takes everything away at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.access import BusyReader, busy_readers
from polidat.orders.fraud_models import FraudRule
from polidat.orders.fraud_note import acts, asked, note_finding, window_of
from polidat.orders.holds import fraud_hold
from polidat.people import suspend_keys

_MILLION = 1_000_000


def watch_usage(session: Session, *, now: datetime) -> int:
    """Note who reads unusually much, once a day and person, and return how many that were. Run it every five minutes.

    When the rule may act, all API keys of the person rest until somebody has looked. Each run looks at the whole window
    again, so that nothing is missed while no job ran.
    """
    rule = asked(session, "F11")
    found = 0
    for each in readers_over(session, rule, since=now - window_of(rule), until=now) if rule is not None else ():
        assert rule is not None  # as asked
        seen = {"uses": each.uses, "downloads": each.downloads, "rows": each.rows}
        finding = note_finding(session, rule, subject_of(each), each.person_id, seen, now=now)
        if finding is None:
            continue
        found += 1
        if acts(rule):
            suspend_keys(session, each.person_id, cause=fraud_hold(finding.id), now=now)
    return found


def readers_over(session: Session, rule: FraudRule, *, since: datetime, until: datetime) -> Sequence[BusyReader]:
    """Return who reads more than the rule lets pass, the first moment of each day."""
    return busy_readers(
        session,
        since=since,
        until=until,
        window_s=rule.window_s,
        uses_min=rule.threshold,
        downloads_min=rule.limits["downloads_min"],
        rows_min=rule.limits["million_rows_min"] * _MILLION,
    )


def subject_of(reader: BusyReader) -> str:
    """Return what a finding about this reader is about: the person, on that day."""
    return f"person:{reader.person_id}:{reader.at:%Y%m%d}"
