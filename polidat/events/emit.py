"""Tell a fact: into the log and to its reactions, all in the writer's transaction."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar, Protocol

from sqlalchemy.orm import Session

from polidat.events.models import StagedEvent


class Fact(Protocol):
    """A frozen dataclass in some room's `events.py`, named in the past tense."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Reaction = Callable[[Session, Any], None]
Reactions = Mapping[type, Sequence[Reaction]]


def emit(session: Session, fact: Fact) -> None:
    """Write the fact and run the reactions wired to it. What a reaction raises takes everything back."""
    payload = json.loads(json.dumps(asdict(fact), default=str))
    session.add(StagedEvent(kind=kind_of(type(fact)), payload=payload))
    session.flush()
    reactions: Reactions = session.info.get("reactions", {})
    for react in reactions.get(type(fact), ()):
        react(session, fact)


def kind_of(fact: type) -> str:
    """Return the name a fact has in the log: its room and its class, such as `orders.OrderPaid`."""
    return f"{fact.__module__.split('.')[1]}.{fact.__name__}"
