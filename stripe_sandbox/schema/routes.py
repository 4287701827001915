"""The route table of the whole API, read from the source of the installed SDK.

Every method of an SDK service holds one call `self._request("post", "/v1/...".format(...), params=...)` and one
annotation for its parameters. That is all a router and a validator need, and it is exactly as new as the SDK.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import stripe

_REQUESTS = frozenset({"_request", "_request_stream"})
_PARAMS = re.compile(r"[A-Za-z]+Params")


@dataclass(frozen=True, slots=True)
class Route:
    """One method of the API: how it is called, and where the SDK says which parameters it takes."""

    method: str
    path: str
    params_module: str | None
    params_class: str | None

    @property
    def name(self) -> str:
        """How people write it: `POST /v1/payment_links/{payment_link}`."""
        return f"{self.method} {self.path}"

    @property
    def is_v2(self) -> bool:
        """Whether the route speaks JSON."""
        return self.path.startswith("/v2/")


@dataclass(frozen=True, slots=True)
class RouteTable:
    """All routes, found by method and path."""

    fixed: dict[tuple[str, str], Route]
    patterns: dict[tuple[str, int], list[tuple[re.Pattern[str], Route]]]

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """Give the route of a request and the ids in its path, or nothing for an address Stripe does not have."""
        if route := self.fixed.get((method, path)):
            return route, ()
        for pattern, route in self.patterns.get((method, path.count("/")), []):
            if found := pattern.fullmatch(path):
                return route, found.groups()
        return None

    def __iter__(self) -> Iterator[Route]:
        yield from self.fixed.values()
        for group in self.patterns.values():
            yield from (route for _, route in group)


@lru_cache(maxsize=1)
def route_table() -> RouteTable:
    """Read the table once per process: about 0.2 s for some 220 files."""
    root = Path(stripe.__file__).parent
    files = sorted(root.rglob("*_service.py"))
    return _table(route for file in files for route in _routes_of(file.read_text(encoding="utf-8")))


def _table(routes: Iterable[Route]) -> RouteTable:
    table = RouteTable({}, {})
    for route in sorted(set(routes), key=lambda each: (each.path.count("{"), each.path, each.method)):
        if "{" not in route.path:
            table.fixed[route.method, route.path] = route
            continue
        pattern = re.compile(re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(route.path)))
        table.patterns.setdefault((route.method, route.path.count("/")), []).append((pattern, route))
    return table


def _routes_of(source: str) -> list[Route]:
    """Read one service file. Asynchronous twins are skipped: they name the same routes."""
    tree = ast.parse(source)
    imported = {
        name.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for name in node.names
    }
    routes: list[Route] = []
    for owner in tree.body:
        if not isinstance(owner, ast.ClassDef):
            continue
        for method in owner.body:
            if isinstance(method, ast.FunctionDef) and (call := _request_in(method)):
                params = _params_of(method)
                routes.append(Route(*call, imported.get(params) if params else None, params))
    return routes


def _request_in(method: ast.FunctionDef) -> tuple[str, str] | None:
    # The body of a service method is its docstring and one return: no need to walk deeper than its calls.
    for node in ast.walk(method.body[-1]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _REQUESTS:
            verb, address = node.args[0], node.args[1]
            if isinstance(address, ast.Call) and isinstance(address.func, ast.Attribute):
                address = address.func.value
            if isinstance(verb, ast.Constant) and isinstance(address, ast.Constant):
                return str(verb.value).upper(), str(address.value)
    return None


def _params_of(method: ast.FunctionDef) -> str | None:
    for argument in method.args.args:
        if argument.arg == "params" and argument.annotation is not None:
            found = _PARAMS.search(ast.unparse(argument.annotation))
            return found.group() if found else None
    return None
