"""What a resource says when there is nothing to say: its members that may be null, as null."""

from functools import cache

from stripe_sandbox.call import Body
from stripe_sandbox.schema.resources import optional_members


@cache
def _names(kind: str) -> tuple[str, ...]:
    return tuple(name for name in optional_members(kind) if name != "deleted")


def nothing_of(kind: str, *without: str) -> Body:
    """Give every member of the SDK's class that may be null, but those that are only there when they have a value."""
    return dict.fromkeys(name for name in _names(kind) if name not in without)
