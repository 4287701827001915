"""Every error of ours, in three branches that answer: what does the person see, is the job tried again, who is called.

PoliDatError(says, **facts)
├── Refused          the person can act, never retried
│   ├── Invalid      422
│   ├── NotSignedIn  401
│   ├── NotAllowed   403
│   ├── NotFound     404
│   ├── Conflict     409
│   └── TooMuch      429
├── Unavailable      503, the world is down, the only kind a job retries
└── Broken           500, an invariant does not hold, the operator is told, details are never shown

Leaves live in their room's `errors.py`; the status is set on these branches only.
"""

from collections.abc import Callable
from typing import Any, ClassVar


class PoliDatError(Exception):
    """Base of all our errors. `says` is the sentence for the person; `facts` are for the log.

    What raised is taken back, so what must be known of it is written by `afterwards`: it gets a session, in a unit of
    work of its own, once the one that raised is rolled back.
    """

    status: ClassVar[int] = 500

    def __init__(self, says: str, **facts: object) -> None:
        super().__init__(says)
        self.says = says
        self.facts = facts
        self.afterwards: Callable[[Any], object] | None = None


class Refused(PoliDatError):
    """The person can act on it: says what is wrong and what to do."""

    status = 400


class Invalid(Refused):
    """What was sent cannot be used as it is."""

    status = 422


class NotSignedIn(Refused):
    """Nobody is signed in, or the key or session no longer holds."""

    status = 401


class NotAllowed(Refused):
    """This person may not do this."""

    status = 403


class NotFound(Refused):
    """There is no such thing, or none this person may see."""

    status = 404


class Conflict(Refused):
    """The thing is in another state than the request needs."""

    status = 409


class TooMuch(Refused):
    """A limit of size, time or number is reached."""

    status = 429


class Unavailable(PoliDatError):
    """Something outside does not answer; the same call may succeed later."""

    status = 503


class Broken(PoliDatError):
    """An invariant does not hold. Stop, and tell the operator."""

    status = 500
