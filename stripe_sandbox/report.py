"""How much of the API the sandbox plays: `python -m stripe_sandbox routes`."""

from collections import Counter
from collections.abc import Iterable

import stripe

from stripe_sandbox.operations import OPERATIONS
from stripe_sandbox.schema.routes import Route, route_table


def table_of_routes() -> str:
    """Give the implemented routes as the table of the README: a line for each resource, with its verbs and paths."""
    tops = {route.path for route in route_table()}
    known = Counter(resource_of(route, tops) for route in route_table())
    rows: dict[str, dict[str, list[str]]] = {}
    for route in sorted({each.name: each for each in route_table()}.values(), key=lambda each: each.path):
        if route.name in OPERATIONS:
            name = resource_of(route, tops)
            rest = route.path.removeprefix(f"/{name}") or "/"
            rows.setdefault(name, {}).setdefault(rest, []).append(_VERBS[route.method])
    lines = ["| resource | built | routes |", "|---|---|---|"]
    for name, paths in sorted(rows.items()):
        shown = ", ".join(f"{'+'.join(sorted(verbs))} `{path}`" for path, verbs in paths.items())
        built = sum(len(verbs) for verbs in paths.values())
        lines.append(f"| `{name}` | {'all' if built == known[name] else f'{built} of {known[name]}'} | {shown} |")
    return "\n".join(lines)


_VERBS = {"GET": "get", "POST": "post", "DELETE": "delete"}


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
