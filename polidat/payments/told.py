"""Members of Stripe's JSON: an object within an object, an id that may be expanded, a time."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast


def part(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object within an object; empty when it is missing, null, or only an id."""
    value = holder.get(name)
    return cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}


def id_of(value: Any) -> str | None:
    """Return an object's id, whether it was expanded or not."""
    return cast(Mapping[str, Any], value).get("id") if isinstance(value, Mapping) else value


def at(seconds: int) -> datetime:
    """Return a time of API v1."""
    return datetime.fromtimestamp(seconds, UTC)
