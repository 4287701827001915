"""The journal can be added up and checked by somebody else's tools."""

import csv
import hashlib
import io
from datetime import timedelta
from decimal import Decimal

from polidat.ledger import Leg, Refs, journal_csv, post
from tests.conftest import NOON


def journal(session, since=NOON, until=NOON + timedelta(days=1)) -> str:
    return "".join(journal_csv(session, since=since, until=until))


def test_each_leg_is_a_line_and_each_currency_has_a_total(session):
    post(
        session, "a", "sale",
        [Leg("A:stripe", 9_680, "usd"), Leg("X:stripe_fee", 320, "usd"), Leg("C:order:o1", -10_000, "usd")],
        occurred_at=NOON, refs=Refs(order_ref="ord_1", stripe_object="ch_1"),
    )  # fmt: skip
    post(session, "b", "sale", [Leg("A:stripe", 500, "jpy"), Leg("C:order:o2", -500, "jpy")], occurred_at=NOON)
    post(session, "later", "sale", [Leg("A:stripe", 1, "usd"), Leg("C:order:o3", -1, "usd")],
         occurred_at=NOON + timedelta(days=2))  # fmt: skip

    told = journal(session)

    rows = list(csv.DictReader(io.StringIO(told)))
    legs = [each for each in rows if each["account"]]
    assert [(each["account"], each["debit"], each["credit"]) for each in legs[:3]] == [
        ("A:stripe", "96.80", ""),
        ("X:stripe_fee", "3.20", ""),
        ("C:order:o1", "", "100.00"),
    ]
    assert (legs[0]["order"], legs[0]["stripe_object"]) == ("ord_1", "ch_1")
    assert len(legs) == 5
    totals = {each["currency"]: (each["debit"], each["credit"]) for each in rows if each["date"] == "total"}
    assert totals == {"usd": ("100.00", "100.00"), "jpy": ("500", "500")}
    assert sum(Decimal(each["debit"] or 0) for each in legs if each["currency"] == "usd") == Decimal("100.00")


def test_the_last_line_is_the_digest_of_all_before(session):
    post(session, "a", "sale", [Leg("A:stripe", 5, "usd"), Leg("C:order:o1", -5, "usd")], occurred_at=NOON)

    *lines, last = journal(session).splitlines(keepends=True)

    assert last.strip().endswith(hashlib.sha256("".join(lines).encode()).hexdigest())


def test_days_without_postings_are_a_heading_and_a_digest(session):
    assert len(journal(session, NOON + timedelta(days=9), NOON + timedelta(days=10)).splitlines()) == 2
