"""The one sequencer: gives committed facts their place in the log."""

import threading

from sqlalchemy import text
from sqlalchemy.orm import Session

from polidat.core import Unavailable
from polidat.db import Database, sql_text

_LOCK = 0x65766E74  # "evnt": whoever holds it is the sequencer
_POLL_S = 0.02
_IDLE_POLL_S = 0.25


def sequence_once(session: Session) -> int:
    """Move what is committed to the log and return how many facts were moved; 0 when another sequencer is at work."""
    if not session.scalar(text("select pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}):
        return 0
    return session.execute(sql_text("polidat.events", "sequence")).one().moved


def run_sequencer(database: Database, stop: threading.Event) -> None:
    """Sequence until `stop` is set. A database that is away for a while is waited for."""
    while not stop.is_set():
        try:
            with database.unit_of_work() as session:
                moved = sequence_once(session)
        except Unavailable:
            moved = 0
        stop.wait(_POLL_S if moved else _IDLE_POLL_S)
