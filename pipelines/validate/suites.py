"""Suites by kind of data, and a seller's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb

from pipelines.validate.by_gx import RUN_BY_GX
from pipelines.validate.compile import SUPPORTED
from polidat.core import Invalid
from polidat.lake import StagedTable

SUITES = Path(__file__).parents[2] / "expectations"
_EXPECTATIONS_MAX = 200
_SUITE_CHARS_MAX = 200_000

# Column names that tell a kind of data; the kind with most of its marks in the tables is chosen.
_MARKS: Mapping[str, frozenset[str]] = {
    "polls": frozenset(
        {"pollster", "poll_id", "samplesize", "sample_size", "pct", "polldate", "margin_poll", "population"}
    ),
    "election_results": frozenset(
        {"county_fips", "fips", "votes", "total_votes", "votes_gop", "votes_dem", "precinct"}
    ),
    "people": frozenset({"name", "bio", "birthday", "first_name", "last_name", "gender", "terms", "bioguide"}),
    "orders": frozenset({"quantity", "unit_price", "invoice_date", "order_id", "invoiceno", "customerid", "invoice"}),
    "products": frozenset({"sku", "product_id", "price", "handle", "variant_price", "vendor", "product_name", "asin"}),
    "reviews": frozenset({"rating", "stars", "review", "review_text", "overall", "reviewer_id", "verified", "score"}),
}
_MARKS_MIN = 2


class BadSuite(Invalid):
    """The expectations cannot be used as they are written."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"The expectations cannot be used: {where}: {why}")


@dataclass(frozen=True)
class Suite:
    """Expectations as great-expectations writes them; `meta` is ours: title, blocking, required, columns_any."""

    name: str
    expectations: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """Return the suite as a seller edits it."""
        return {"name": self.name, "expectations": [dict(each) for each in self.expectations]}


def kinds() -> tuple[str, ...]:
    """Return the kinds of data we have suites for."""
    return (*_MARKS, "generic")


def choose_kind(tables: Sequence[StagedTable]) -> str:
    """Return the kind whose marks most of the columns bear; "generic" when none is clear."""
    names = {column.name.lower() for table in tables for column in table.columns}
    score, kind = max((len(marks & names), kind) for kind, marks in _MARKS.items())
    return kind if score >= _MARKS_MIN else "generic"


@cache
def suite_for(kind: str) -> Suite:
    """Return the house's suite for a kind. Raises Invalid for a kind we do not have."""
    if kind not in kinds():
        raise Invalid(f"“{kind[:40]}” is no kind of data we know. Choose one of: {', '.join(kinds())}.")
    return parse_suite(json.loads((SUITES / f"{kind}.json").read_text()))


def parse_suite(raw: Any) -> Suite:
    """Check a suite, ours or a seller's, down to every argument. Raises BadSuite, which says where."""
    if not isinstance(raw, dict) or not isinstance(raw.get("expectations"), list):
        raise BadSuite("the whole", "write an object with a name and a list of expectations.")
    if len(json.dumps(raw, default=str)) > _SUITE_CHARS_MAX or len(raw["expectations"]) > _EXPECTATIONS_MAX:
        raise BadSuite("the whole", f"at most {_EXPECTATIONS_MAX} expectations, please.")
    found = [_parse(place, each) for place, each in enumerate(raw["expectations"], 1)]
    return Suite(str(raw.get("name") or "suite")[:80], tuple(found))


def _parse(place: int, raw: Any) -> dict[str, Any]:
    where = f"expectation {place}"
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str) or not isinstance(raw.get("kwargs"), dict):
        raise BadSuite(where, "write an object with a type and its kwargs.")
    if raw["type"] not in SUPPORTED | RUN_BY_GX:
        raise BadSuite(where, f"{raw['type'][:80]} is not one of {', '.join(sorted(SUPPORTED | RUN_BY_GX))}.")
    meta = raw.get("meta") or {}
    if not isinstance(meta, dict):
        raise BadSuite(where, "its meta must be an object.")
    kwargs = dict(raw["kwargs"])
    if meta.get("columns_any") and "column" not in kwargs:
        kwargs["column"] = str(meta["columns_any"][0])
    _ask_great_expectations(where, raw["type"], kwargs)
    if kwargs.get("regex") is not None:
        _try_regex(where, str(kwargs["regex"]))
    return {"type": raw["type"], "kwargs": kwargs, "meta": meta}


def _ask_great_expectations(where: str, kind: str, kwargs: Mapping[str, Any]) -> None:
    """GX itself judges the arguments: what it takes today is what we take."""
    from great_expectations.expectations.registry import get_expectation_impl  # takes seconds to import

    with redirect_stderr(StringIO()):
        try:
            get_expectation_impl(kind)(**kwargs)
        except (ValueError, TypeError) as error:
            raise BadSuite(where, f"{kind}: {_first_line(error)}") from error


def _try_regex(where: str, regex: str) -> None:
    """RE2 has no backtracking, so a hostile pattern costs nothing; what it cannot read is refused here."""
    try:
        duckdb.connect().execute("select regexp_matches('', ?)", [regex])
    except duckdb.Error as error:
        raise BadSuite(where, f"the pattern cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
