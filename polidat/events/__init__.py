"""The log of facts: told in the writer's transaction, put in order by one sequencer, read by position."""

from polidat.events.emit import Fact, Reaction, emit
from polidat.events.models import LogEvent
from polidat.events.read import advance, events_after
from polidat.events.sequence import run_sequencer, sequence_once

__all__ = ["Fact", "LogEvent", "Reaction", "advance", "emit", "events_after", "run_sequencer", "sequence_once"]
