"""A change of state by an address of its own: `POST .../{id}/archive`, allowed from some states and not from others."""

from collections.abc import Callable
from dataclasses import dataclass, field

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.operation import Takes
from stripe_sandbox.store import Row


def nothing_more(call: Call, row: Row, params: Body) -> None:
    """Do nothing beside what every step does."""
    del call, row, params


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From which values of a member to which one, what else is done on the way, and the event that tells of it.

    `path` follows the address of the object; a step with an address elsewhere gives it whole as `url`. `told` is the
    last part of the event's name, or all of it when it has a point.
    """

    to: str | bool
    came_from: tuple[str | bool, ...]
    path: str = ""
    url: str = ""
    told: str = ""
    member: str = "status"
    takes: Takes = field(default_factory=dict[str, object])
    does: Callable[[Call, Row, Body], None] = nothing_more

    def take(self, call: Call, row: Row, params: Body, noun: str) -> None:
        """Take the step; raises 400 when the object is not where it would have to be."""
        state = row.body[self.member]
        if state not in self.came_from:
            wanted = " or ".join(str(each) for each in self.came_from)
            raise invalid(f"This {noun} cannot be changed in this way: its {self.member} is {state}, not {wanted}.")
        row.body[self.member] = self.to
        self.does(call, row, params)
        call.tx.save(row)
