"""How much of the API the sandbox plays: `python -m stripe_sandbox routes`."""

from collections import Counter
from collections.abc import Iterable

import stripe

from stripe_sandbox.operations import OPERATIONS
from stripe_sandbox.schema.routes import Route, route_table


def coverage(*, missing: bool = False) -> str:
    """Give a table of resources with their implemented and known routes; with `missing` the routes not built, too."""
    table = list(route_table())
    tops = {route.path for route in table}
    built, known = Counter[str](), Counter[str]()
    absent: dict[str, list[str]] = {}
    for route in table:
        name = resource_of(route, tops)
        known[name] += 1
        if route.name in OPERATIONS:
            built[name] += 1
        else:
            absent.setdefault(name, []).append(route.name)
    lines = [f"stripe {stripe.VERSION}, API {stripe.api_version}: {built.total()} of {known.total()} routes", ""]
    for name in sorted(known, key=lambda each: (built[each] == 0, each)):
        lines.append(f"{built[name]:4} of {known[name]:3}  {name}")
        lines += [f"             {each}" for each in sorted(absent.get(name, []))] if missing else []
    return "\n".join(lines)


def resource_of(route: Route, tops: Iterable[str]) -> str:
    """Give the resource a route belongs to: `v1/accounts`, `v1/issuing/cards`, `v2/core/events`."""
    steps = [step for step in route.path.strip("/").split("/") if not step.startswith("{")]
    # v2 and the namespaces of v1 have a step that is no resource of its own.
    depth = 3 if route.is_v2 or f"/{'/'.join(steps[:2])}" not in tops else 2
    return "/".join(steps[:depth])
