"""The audit log: who changed what, before and after. Written with the change, never changed, sealed in a chain."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Broken
from polidat.db import Chain, ChainCheck, Head, sql_text
from polidat.events.audit_kinds import KINDS, kept_fields
from polidat.events.models import AuditEntry

_TEXT_CHARS_MAX = 200


def record(
    session: Session,
    action: str,
    of: str,
    *,
    by: int | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note that `by` (nobody: the house itself) did `action` to `of`, in the transaction of the change.

    What of it is kept is named in `audit_kinds`; texts are cut, their digests are over the whole. Raises Broken for an
    action that is not named there.
    """
    if action not in KINDS:
        raise Broken("The audit log does not know this action.", action=action)
    was, became = kept_fields(action, before), kept_fields(action, after)
    entry = AuditEntry(actor_id=by, action=action, object=of, before=_short(was), after=_short(became))
    entry.before_hash, entry.after_hash = _digest(was), _digest(became)
    session.add(entry)
    session.flush()


def audit_entries(
    session: Session,
    *,
    actor_id: int | None = None,
    action: str = "",
    of: str = "",
    before_id: int | None = None,
    limit: int = 100,
) -> Sequence[AuditEntry]:
    """Return entries, newest first: of a person, of actions that begin so, of objects that begin so, older than one."""
    found = select(AuditEntry)
    if actor_id is not None:
        found = found.where(AuditEntry.actor_id == actor_id)
    if action:
        found = found.where(AuditEntry.action.startswith(action, autoescape=True))
    if of:
        found = found.where(AuditEntry.object.startswith(of, autoescape=True))
    if before_id is not None:
        found = found.where(AuditEntry.id < before_id)
    return session.scalars(found.order_by(AuditEntry.id.desc()).limit(limit)).all()


def seal_audit(session: Session, *, now: datetime) -> int:
    """Seal every committed entry that is not sealed yet; return how many."""
    return _chain().seal(session, now=now)


def audit_head(session: Session) -> Head:
    """Return the newest link of the audit log's chain."""
    return _chain().head(session)


def verify_audit(session: Session, *, anchor: Head | None = None) -> ChainCheck:
    """Compute the chain again and name the first entry that is not as it was sealed."""
    return _chain().verify(session, anchor=anchor)


def _short(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value[:_TEXT_CHARS_MAX] for name, value in values.items()}


def _digest(values: Mapping[str, str]) -> str:
    told = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest() if values else ""


def _chain() -> Chain:
    return Chain("audit_seal", "entry_id", sql_text("polidat.events", "audit_lines").text, "Entry")
