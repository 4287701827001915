"""The log of facts: told in the writer's transaction, put in order by one sequencer, read by position."""

from polidat.events.audit import audit_entries, audit_head, record, seal_audit, verify_audit
from polidat.events.emit import Fact, Reaction, emit
from polidat.events.models import AuditEntry, LogEvent
from polidat.events.read import advance, events_after
from polidat.events.sequence import run_sequencer, sequence_once

__all__ = [
    "AuditEntry",
    "Fact",
    "LogEvent",
    "Reaction",
    "advance",
    "audit_entries",
    "audit_head",
    "emit",
    "events_after",
    "record",
    "run_sequencer",
    "seal_audit",
    "sequence_once",
    "verify_audit",
]
