"""By which rule and rate the house's part of a seller's lines was reckoned."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from polidat.catalog import CommissionTerms
from polidat.db import sql_text


@dataclass(frozen=True)
class LineRate:
    """The rate of a line in words, "15 % + 0.30 USD", and its rule, "store Polls, version 2"; empty for neither."""

    rate: str = ""
    rule: str = ""


_RECKONED = ("sale", "period", "refund", "dispute")
Key = tuple[str, int | None]
"""An order or subscription with the number of its line; for single uses the day, without one."""


def key_of(what: str, order_ref: str, number: int | None, at: datetime) -> Key | None:
    """Return under which key a line's rate is found; None for a line the house takes nothing of."""
    if what == "use":
        return f"{at.astimezone(UTC):%Y-%m-%d}", None
    return (order_ref, number) if what in _RECKONED else None


def rates_of_lines(session: Session, refs: Iterable[str], window: Mapping[str, Any]) -> Mapping[Key, LineRate]:
    """Return the rates of a seller's orders, subscriptions and days of single uses."""
    asked = {name: window[name] for name in ("since", "until", "currency", "seller_id")}
    found: dict[Key, list[LineRate]] = {}
    for row in session.execute(sql_text("polidat.insights", "rates"), {**asked, "refs": sorted(set(refs))}):
        terms = CommissionTerms(row.bps, row.fixed_minor, row.min_minor, row.max_minor)
        key = (row.order_ref, row.number)
        found.setdefault(key, []).append(
            LineRate(terms.shown(row.currency), f"{row.about}, version {row.version}" if row.about else "")
        )
    return {key: _together(each) for key, each in found.items()}


def _together(rates: Sequence[LineRate]) -> LineRate:
    """Several only for a day of single uses on which more than one rule held."""
    told = [", ".join(dict.fromkeys(each.rate for each in rates))]
    told.append("; ".join(dict.fromkeys(each.rule for each in rates if each.rule)))
    return LineRate(*told)
