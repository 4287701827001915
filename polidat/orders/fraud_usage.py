"""Ask who reads unusually much, or from unusually many networks (F11): a copied key, or somebody who takes it all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.access import busy_readers
from polidat.orders.fraud_models import FraudRule
from polidat.orders.fraud_note import acts, asked, note_finding, window_of
from polidat.orders.holds import fraud_hold
from polidat.people import roamers, suspend_keys

_MILLION = 1_000_000


@dataclass(frozen=True)
class UnusualReader:
    """Who reads more than the rule lets pass, when that was first on a day, and the numbers."""

    person_id: int
    at: datetime
    seen: Mapping[str, int]

    @property
    def subject(self) -> str:
        """What a finding about this reader is about: the person, on that day."""
        return f"person:{self.person_id}:{self.at:%Y%m%d}"


def watch_usage(session: Session, *, now: datetime) -> int:
    """Note who reads unusually much, once a day and person, and return how many that were. Run it every five minutes.

    When the rule may act, all API keys of the person rest, and downloads with them, until somebody has looked. Each run
    looks at the whole window again, so that nothing is missed while no job ran.
    """
    rule = asked(session, "F11")
    found = 0
    for each in readers_over(session, rule, since=now - window_of(rule), until=now) if rule is not None else ():
        assert rule is not None  # as asked
        finding = note_finding(session, rule, each.subject, each.person_id, each.seen, now=now)
        if finding is None:
            continue
        found += 1
        if acts(rule):
            suspend_keys(session, each.person_id, cause=fraud_hold(finding.id), now=now)
    return found


def readers_over(session: Session, rule: FraudRule, *, since: datetime, until: datetime) -> Sequence[UnusualReader]:
    """Return who reads more than the rule lets pass, or from more networks, the first moment of each day."""
    busy = busy_readers(
        session,
        since=since,
        until=until,
        window_s=rule.window_s,
        uses_min=rule.threshold,
        downloads_min=rule.limits["downloads_min"],
        rows_min=rule.limits["million_rows_min"] * _MILLION,
    )
    found = [
        UnusualReader(each.person_id, each.at, {"uses": each.uses, "downloads": each.downloads, "rows": each.rows})
        for each in busy
    ]
    told, least = {each.subject for each in found}, rule.limits["networks_min"]
    spread = roamers(session, since=since, until=until, within=window_of(rule), networks_min=least)
    many = [UnusualReader(each.person_id, each.at, {"networks": each.networks}) for each in spread]
    return found + [each for each in many if each.subject not in told]
