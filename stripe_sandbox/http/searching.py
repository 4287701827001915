"""Search: a query language over the fields Stripe names for each resource. Source: docs.stripe.com/search.

`email:"a@b.c" AND -metadata["k"]:"v"`, with `~` for a part of a text, `<` and `>` for numbers, `null` for nothing, and
clauses joined by AND or by OR, never by both.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.http.operation import ANY
from stripe_sandbox.http.plain import Show, show_plain

TAKES: Final = {"query": ANY, "limit": ANY, "page": ANY}
_CLAUSE = re.compile(
    r"""\s*(-?)([\w.]+)(?:\["([^"]*)"\]|\['([^']*)'\])?\s*([:~<>]=?)\s*(?:"([^"]*)"|'([^']*)'|(-?\d{1,15})|(null))\s*"""
)
_JOINED = re.compile(r"""\s+(AND|OR)\s+(?=(?:[^"']|"[^"]*"|'[^']*')*$)""", re.IGNORECASE)
_COMPARES: Final = {":": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_PART_MIN: Final = 3


@dataclass(frozen=True, slots=True)
class Fields:
    """What a resource can be searched by: whole texts, texts of which a part is enough, numbers, and what is hidden.

    `elsewhere` maps a field to its place in the body, where that is not its own name.
    """

    tokens: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ("created",)
    elsewhere: Mapping[str, str] = field(default_factory=dict[str, str])

    def path(self, name: str) -> str:
        """Give the place of a field in the body."""
        return f"$.{self.elsewhere.get(name, name)}"


def search_of(kind: str, url: str, fields: Fields, *, show: Show = show_plain) -> Callable[[Call, Body], Body]:
    """Give the function that answers `GET .../search`."""

    def search(call: Call, params: Body) -> Body:
        where, values = condition(params["query"], fields)
        page = str(params.get("page", ""))
        if page and not (page.isascii() and page.isdecimal() and len(page) < 16):
            raise invalid("Invalid page token.", param="page")
        limit = params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise invalid("limit must be between 1 and 100", param="limit", code="parameter_invalid_integer")
        found = call.tx.page(kind, call.account, where, values, limit=limit, after=int(page) if page else None)
        last = call.tx.place_of(found.rows[-1].id, kind, call.account) if found.has_more else None
        return {
            "object": "search_result",
            "data": [show(call, row) for row in found.rows],
            "has_more": found.has_more,
            "next_page": str(last) if last else None,
            "url": f"{url}/search",
        }

    return search


def condition(query: str, fields: Fields) -> tuple[str, list[Any]]:
    """Give the SQL condition of a query with its values; raises 400 for one that cannot be read."""
    parts = _JOINED.split(query.strip())
    joins = {each.upper() for each in parts[1::2]}
    if len(joins) > 1:
        raise invalid("A search query cannot combine AND and OR.", param="query")
    values: list[Any] = []
    clauses = [f"({_clause(each, query, fields, values)})" for each in parts[::2]]
    joined = f" {joins.pop() if joins else 'AND'} ".join(clauses)
    return f"hidden ->> '$.deleted' IS NULL AND ({joined})", values


def _clause(text: str, query: str, fields: Fields, values: list[Any]) -> str:
    found = _CLAUSE.fullmatch(text)
    if found is None:
        raise invalid(f"We were unable to parse your search query: {query[:100]}", param="query")
    negated, field, key, key_too, sign, quoted, quoted_too, number, nothing = found.groups()
    key = key if key is not None else key_too
    given = next((each for each in (quoted, quoted_too, number) if each is not None), "")
    if nothing:
        made = _is_null(field, key, sign, fields, values)
    elif field == "metadata" and key is not None and sign == ":":
        values += [f"$.metadata.{_quoted(key)}", given]
        made = "body ->> ? = ?"
    elif key is None and field in fields.numbers and sign in _COMPARES and _is_number(given):
        values += [fields.path(field), int(given)]
        made = f"body ->> ? {_COMPARES[sign]} ?"
    elif key is None:
        made = _text(field, sign, given, fields, values)
    else:
        raise _unsupported(field)
    return f"NOT coalesce({made}, 0)" if negated else made


def _is_null(field: str, key: str | None, sign: str, fields: Fields, values: list[Any]) -> str:
    known = key is not None if field == "metadata" else field in (*fields.tokens, *fields.texts, *fields.numbers)
    if sign != ":" or not known:
        raise _unsupported(field)
    values.append(f"$.metadata.{_quoted(key)}" if key is not None else fields.path(field))
    return "body ->> ? IS NULL"


def _text(field: str, sign: str, given: str, fields: Fields, values: list[Any]) -> str:
    if sign == ":" and field in (*fields.tokens, *fields.texts):
        values += [fields.path(field), {"true": "1", "false": "0"}.get(given, given)]
        return "lower(CAST(body ->> ? AS TEXT)) = lower(?)"
    if sign == "~" and field in fields.texts:
        if len(given) < _PART_MIN:
            raise invalid(f"A part of a text must have at least {_PART_MIN} characters.", param="query")
        values += [fields.path(field), given]
        return "instr(lower(body ->> ?), lower(?)) > 0"
    raise _unsupported(field)


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdecimal() and len(digits) <= 15


def _unsupported(field: str) -> ApiFailure:
    return invalid(f"Field `{field[:40]}` is an unsupported search field or comparison.", param="query")


def _quoted(key: str) -> str:
    return '"' + key.replace('"', "") + '"'
