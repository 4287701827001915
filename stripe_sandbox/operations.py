"""Everything the sandbox implements, by the name of its route: what the modules of these packages call OPERATIONS."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Final

from stripe_sandbox.http.operation import Operation

_PACKAGES: Final = (
    "accounts", "apps", "billing", "catalog", "checkout", "connections", "discounts", "events", "files", "identity",
    "invoicing", "issuing", "kept", "money_v2", "payments", "tax", "terminal", "treasury",
)  # fmt: skip


def _modules() -> Iterator[ModuleType]:
    for name in _PACKAGES:
        package = import_module(f"stripe_sandbox.{name}")
        for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield import_module(each.name)


def _all() -> dict[str, Operation]:
    found: dict[str, Operation] = {}
    for module in _modules():
        operations: Mapping[str, Operation] = getattr(module, "OPERATIONS", {})
        if twice := found.keys() & operations.keys():
            raise RuntimeError(f"{module.__name__} implements {sorted(twice)} once more")
        found.update(operations)
    return found


OPERATIONS: Final[Mapping[str, Operation]] = _all()
