"""Form text of API v1 turned into nested values: `line_items[0][price]=p` is a list of hashes."""

from typing import Any
from urllib.parse import parse_qsl

from stripe_sandbox.errors import invalid

_PAIRS_MAX = 2_000
_DEPTH_MAX = 12


def decode_form(text: str) -> dict[str, Any]:
    """Give the nested parameters of a query string or form body; raises a 400 for text that contradicts itself."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_PAIRS_MAX, errors="strict")
    except (ValueError, UnicodeDecodeError) as wrong:
        raise invalid("Invalid request body: not a form of at most 2000 fields in UTF-8.") from wrong
    return nest(pairs)


def nest(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Give the tree of flat names and their values; raises a 400 for names that contradict each other."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        _place(tree, _steps(key), value, key)
    return {key: _lists(each) for key, each in tree.items()}


def _steps(key: str) -> list[str]:
    head, bracket, tail = key.partition("[")
    if not bracket:
        return [key]
    if not head or not tail.endswith("]"):
        raise invalid(f"Invalid parameter name: {key[:100]}", param=key[:100], code="parameter_unknown")
    steps = [head, *tail[:-1].split("][")]
    if len(steps) > _DEPTH_MAX:
        raise invalid(f"Invalid parameter name: {key[:100]} is nested too deep", code="parameter_unknown")
    return steps


def _place(tree: dict[str, Any], steps: list[str], value: Any, key: str) -> None:
    node = tree
    for step in steps[:-1]:
        inner = node.setdefault(step or str(len(node)), {})
        if not isinstance(inner, dict):
            raise invalid(f"Invalid request: {key[:100]} is both a value and a hash", param=key[:100])
        node = inner
    last = steps[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise invalid(f"Invalid request: {key[:100]} is both a value and a hash", param=key[:100])
    node[last] = value


def _lists(node: Any) -> Any:
    """Turn hashes whose keys are 0, 1, 2... into lists, inside out."""
    if not isinstance(node, dict):
        return node
    inner = {key: _lists(each) for key, each in node.items()}
    if inner and all(key.isascii() and key.isdecimal() and len(key) < 6 for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
