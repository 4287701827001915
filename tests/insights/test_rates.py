"""By which rule and rate each line of a statement was reckoned: page, CSV and PDF say the same."""

import csv
import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from polidat.catalog import CommissionKind, NewRule, RuleScope, add_rule
from polidat.insights import month_of, seller_statement, statement_csv, statement_pdf
from tests.conftest import NOON
from tests.insights.books import Books

NOVEMBER = month_of(date(2026, 11, 20))


@pytest.fixture
def ruled(session, books: Books, traded):
    """Ann's sale of the 10th was made by a rule of her store's; the others are older than the rules."""
    order = books.sale("ord_ruled", traded.bob, traded.day[20], (traded.polls, 10_000, 530, 0))
    wanted = NewRule(
        scope=RuleScope.STORE,
        target=traded.polls.store.slug,
        kind=CommissionKind.SALE,
        bps=500,
        fixed_minor=30,
        currency="usd",
    )
    rule = add_rule(session, traded.operator, wanted, now=NOON)
    line = order.lines[0]
    line.commission_bps, line.commission_fixed_minor = 500, 30
    line.commission_rule_id, line.commission_version = rule.id, rule.version
    session.flush()
    return traded


def test_a_line_says_its_rate_and_its_rule(session, ruled):
    found = seller_statement(session, ruled.ann, NOVEMBER, "usd")

    by = {each.order_ref: (each.rate, each.rule) for each in found.lines if each.what == "sale"}
    assert by.pop("ord_ruled") == ("5 % + 0.30 USD", f"store {ruled.polls.store.name}, version 1")
    assert set(by.values()) == {("0 %", "")}
    assert {(each.rate, each.rule) for each in found.lines if each.what in ("sent", "taken_back")} == {("", "")}


def test_csv_and_pdf_say_it_too(session, ruled):
    found = seller_statement(session, ruled.ann, NOVEMBER, "usd")

    (row,) = [each for each in csv.DictReader(io.StringIO(statement_csv(found))) if each["order"] == "ord_ruled"]
    assert (row["commission_rate"], row["commission_rule"]) == (
        "5 % + 0.30 USD", f"store {ruled.polls.store.name}, version 1",
    )  # fmt: skip
    words = PdfReader(io.BytesIO(statement_pdf(found))).pages[0].extract_text()
    assert f"Commission 5 % + 0.30 USD, by the rule for store {ruled.polls.store.name}, version 1" in words
    assert "Commission 0 %" in words


def test_a_day_of_single_uses_names_every_rate_that_held(session, books: Books, traded):
    books.use(traded.wallet, traded.bob, traded.ben, traded.day[12] + timedelta(hours=1), 200, 170)

    (used,) = [each for each in seller_statement(session, traded.ben, NOVEMBER, "usd").lines if each.what == "use"]

    assert (used.rate, used.rule) == ("15 %", "")


def test_single_uses_name_the_rules_they_were_charged_by(session, books: Books, traded):
    rule = add_rule(session, traded.operator, NewRule(kind=CommissionKind.USAGE, bps=1_500), now=NOON)
    session.execute(
        text(
            "INSERT INTO usage_charge (key, wallet_id, dataset_id, seller_id, kind, micros, share_bps, "
            "commission_rule_id, charged_at) VALUES ('run_1', :wallet, :dataset, :seller, 'query', 1, 1500, :rule, :at)"
        ),
        {
            "wallet": traded.wallet, "dataset": traded.votes.dataset_id, "seller": traded.ben.id, "rule": rule.id,
            "at": traded.day[12],
        },
    )  # fmt: skip

    (used,) = [each for each in seller_statement(session, traded.ben, NOVEMBER, "usd").lines if each.what == "use"]

    assert (used.rate, used.rule) == ("15 %", f"everything else, version {rule.version}")
