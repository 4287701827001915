"""An operation: what answers one route, and which of the parameters Stripe knows it really honours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.call import Body
from stripe_sandbox.errors import not_built

ANY = object()
"""In `takes`: the parameter is honoured, whatever its value."""

Takes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """An answer that is no JSON: the bytes of a file."""

    content: bytes
    media: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`takes` names the parameters: ANY, a tuple of the only values that work here, or the inner parameters."""

    run: Callable[..., Body | Document]
    takes: Takes = field(default_factory=dict[str, Any])


def refuse_unbuilt(params: Mapping[str, Any], takes: Takes, path: str = "") -> None:
    """Raise 501 for a parameter that Stripe would honour and the sandbox would have to ignore."""
    for key, value in params.items():
        name = f"{path}[{key}]" if path else key
        rule = takes.get(key)
        if rule is None and key != "expand":
            raise not_built(f"the parameter {name}")
        if isinstance(rule, tuple) and value not in rule:
            raise not_built(f"{name}={str(value)[:50]}")
        if isinstance(rule, Mapping):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, Mapping):
                    refuse_unbuilt(each, rule, name)
