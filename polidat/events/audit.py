"""The audit log: who changed what, before and after. Written with the change, never changed, sealed in a chain."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.db import Chain, ChainCheck, Head, sql_text
from polidat.events.models import AuditEntry

_TEXT_CHARS_MAX = 200
_NEVER = ("secret", "token", "digest", "password", "key", "card", "link_url")


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

    Values are kept as short text; what could be a secret by its name is left out.
    """
    session.add(AuditEntry(actor_id=by, action=action, object=of, before=_kept(before), after=_kept(after)))
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


def _kept(values: Mapping[str, Any] | None) -> dict[str, str]:
    told = (values or {}).items()
    return {name: str(value)[:_TEXT_CHARS_MAX] for name, value in told if not any(word in name for word in _NEVER)}


def _chain() -> Chain:
    return Chain("audit_seal", "entry_id", sql_text("polidat.events", "audit_lines").text, "Entry")
