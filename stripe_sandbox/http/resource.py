"""Resources that are only kept: created, found, listed, changed and deleted, with their events.

One declaration gives the operations of all their routes. What has a behaviour of its own has a module of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from stripe_sandbox.call import Body, Call
from stripe_sandbox.events.write import emit, emit_thin, rfc3339
from stripe_sandbox.http.listing import list_v2
from stripe_sandbox.http.operation import ANY, Operation, Takes
from stripe_sandbox.http.plain import DATED, Show, change, find, list_of, retrieve_of, show_plain
from stripe_sandbox.http.steps import Step, nothing_more
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

_PAGED_V2: Takes = {"limit": ANY, "page": ANY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A kind of object. `name` is that of its id in the addresses, `told` the events Stripe has for it.

    `body` gives what a new one has beside id, creation time, mode and metadata; without it none is created by the API.
    `merge` is asked before a change is taken over, to refuse it or to change what is not a plain member. An address of
    API v2 is served in the manner of API v2: times as text, pages by address, thin events.
    """

    kind: str
    url: str
    name: str
    body: Callable[[Call, Body], Body] | None = None
    takes: Takes = field(default_factory=dict[str, object])
    changes: Takes | None = None
    merge: Callable[[Call, Row, Body], None] = nothing_more
    plain: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    lists: Takes = field(default_factory=lambda: dict(DATED))
    event: str = ""
    told: tuple[str, ...] = ()
    deletes: bool = False
    steps: tuple[Step, ...] = ()
    show: Show = show_plain
    noun: str | None = None

    @property
    def is_v2(self) -> bool:
        """Whether it is served by API v2."""
        return self.url.startswith("/v2/")

    def create(self, call: Call, params: Body) -> Body:
        """Create one."""
        return self.show(call, self.store(call, params))

    def store(self, call: Call, params: Body) -> Row:
        """Create one, and give it as it is kept."""
        assert self.body is not None, "only what has a body is created"
        stamp = rfc3339(call.now) if self.is_v2 else call.now
        body = {**nothing_of(self.kind), "created": stamp, "livemode": False, **self.body(call, params)}
        if "metadata" in body:
            body["metadata"] = merge_metadata({}, _texts(params.get("metadata")))
        row = call.add(self.kind, body)
        self.tell(call, row, "created")
        return row

    def update(self, call: Call, params: Body, object_id: str) -> Body:
        """Change one."""
        row = find(call, self.kind, object_id, noun=self.noun)
        self.merge(call, row, params)
        given = {**params, "metadata": _texts(params["metadata"])} if "metadata" in params else params
        previous = change(row, given, self.plain)
        call.tx.save(row)
        self.tell(call, row, "updated", previous)
        return self.show(call, row)

    def delete(self, call: Call, params: Body, object_id: str) -> Body:
        """Delete one; what still names it says of it only that it was."""
        del params
        row = find(call, self.kind, object_id, noun=self.noun)
        row.hidden["deleted"] = True
        call.tx.save(row)
        self.tell(call, row, "deleted")
        return {"id": row.id, "object": self.kind} | ({} if self.is_v2 else {"deleted": True})

    def tell(self, call: Call, row: Row, what: str, previous: Body | None = None) -> None:
        """Send the event of this name, if Stripe has one."""
        if what not in self.told:
            return
        name = what if "." in what else f"{self.event or self.kind}.{what}"
        if self.is_v2:
            emit_thin(call, name, related=(row.id, row.kind, f"{self.url}/{row.id}"))
        else:
            emit(call, name, self.show(call, row), previous=previous)

    def page(self, call: Call, params: Body) -> Body:
        """Give a page in the manner of API v2."""
        asked = [name for name in self.filters if name in params]
        where = " AND ".join(["hidden ->> '$.deleted' IS NULL", *(f"body ->> '$.{name}' = ?" for name in asked)])
        return list_v2(
            call, self.kind, params, self.url, lambda row: self.show(call, row), where=where,
            values=[params[name] for name in asked], account=call.account,
        )  # fmt: skip

    def _taking(self, step: Step) -> Callable[[Call, Body, str], Body]:
        def take(call: Call, params: Body, object_id: str) -> Body:
            row = find(call, self.kind, object_id, noun=self.noun)
            step.take(call, row, params, self.noun or self.kind.rpartition(".")[2].replace("_", " "))
            self.tell(call, row, step.told)
            return self.show(call, row)

        return take

    def operations(self) -> dict[str, Operation]:
        """Give the operations by the names of their routes."""
        one = f"{self.url}/{{{self.name}}}"
        filters = dict.fromkeys(self.filters, ANY)
        listed = list_of(self.kind, self.url, self.filters, show=self.show)
        made = {
            f"GET {self.url}": Operation(self.page, {**_PAGED_V2, **filters})
            if self.is_v2
            else Operation(listed, {**self.lists, **filters}),
            f"GET {one}": Operation(retrieve_of(self.kind, noun=self.noun, show=self.show)),
        }
        if self.body is not None:
            made[f"POST {self.url}"] = Operation(self.create, {**self.takes, "metadata": ANY})
        if self.changes is not None:
            made[f"POST {one}"] = Operation(self.update, {**self.changes, "metadata": ANY})
        if self.deletes:
            made[f"DELETE {one}"] = Operation(self.delete)
        for step in self.steps:
            made[f"POST {step.url or f'{one}/{step.path}'}"] = Operation(self._taking(step), step.takes)
        return made


def _texts(metadata: Body | str | None) -> Body | str | None:
    """API v2 takes a key away with null, API v1 with an empty text."""
    if not isinstance(metadata, dict):
        return metadata
    return {key: "" if value is None else value for key, value in metadata.items()}
