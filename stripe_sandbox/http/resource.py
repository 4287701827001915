"""Resources that are only kept: created, found, listed, changed and deleted, with their events.

One declaration gives the operations of all their routes. What has a behaviour of its own has a module of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from stripe_sandbox.call import Body, Call
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation, Takes
from stripe_sandbox.http.plain import DATED, Show, change, find, list_of, retrieve_of, show_plain
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row


def _nothing_more(call: Call, row: Row, params: Body) -> None:
    del call, row, params


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A kind of object. `name` is that of its id in the addresses, `told` the events Stripe has for it.

    `body` gives what a new one has beside id, creation time, mode and metadata. `merge` is asked before a change is
    taken over, to refuse it or to change what is not a plain member.
    """

    kind: str
    url: str
    name: str
    body: Callable[[Call, Body], Body]
    takes: Takes
    changes: Takes | None = None
    merge: Callable[[Call, Row, Body], None] = _nothing_more
    plain: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    lists: Takes = field(default_factory=lambda: dict(DATED))
    event: str = ""
    told: tuple[str, ...] = ()
    deletes: bool = False
    show: Show = show_plain
    noun: str | None = None

    def create(self, call: Call, params: Body) -> Body:
        """Create one."""
        body = {**nothing_of(self.kind), "created": call.now, "livemode": False, **self.body(call, params)}
        if "metadata" in body:
            body["metadata"] = merge_metadata({}, params.get("metadata"))
        row = call.add(self.kind, body)
        self._tell(call, row, "created")
        return self.show(call, row)

    def update(self, call: Call, params: Body, object_id: str) -> Body:
        """Change one."""
        row = find(call, self.kind, object_id, noun=self.noun)
        self.merge(call, row, params)
        previous = change(row, params, self.plain)
        call.tx.save(row)
        self._tell(call, row, "updated", previous)
        return self.show(call, row)

    def delete(self, call: Call, params: Body, object_id: str) -> Body:
        """Delete one; what still names it says of it only that it was."""
        del params
        row = find(call, self.kind, object_id, noun=self.noun)
        row.hidden["deleted"] = True
        call.tx.save(row)
        self._tell(call, row, "deleted")
        return {"id": row.id, "object": self.kind, "deleted": True}

    def _tell(self, call: Call, row: Row, what: str, previous: Body | None = None) -> None:
        if what in self.told:
            emit(
                call, f"{self.event or self.kind}.{what}", self.show(call, row), account=call.account, previous=previous
            )

    def operations(self) -> dict[str, Operation]:
        """Give the operations by the names of their routes."""
        one = f"{self.url}/{{{self.name}}}"
        made = {
            f"POST {self.url}": Operation(self.create, {**self.takes, "metadata": ANY}),
            f"GET {self.url}": Operation(
                list_of(self.kind, self.url, self.filters, show=self.show),
                {**self.lists, **dict.fromkeys(self.filters, ANY)},
            ),
            f"GET {one}": Operation(retrieve_of(self.kind, noun=self.noun, show=self.show)),
        }
        if self.changes is not None:
            made[f"POST {one}"] = Operation(self.update, {**self.changes, "metadata": ANY})
        if self.deletes:
            made[f"DELETE {one}"] = Operation(self.delete)
        return made
