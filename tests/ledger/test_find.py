"""Statements of a period, page by page, and the trial balance by kind of account."""

import csv
import io
from datetime import timedelta

from polidat.ledger import Leg, find_accounts, post, statement, trial_csv, trial_lines
from tests.conftest import NOON

DAY = timedelta(days=1)


def five_days(session) -> None:
    """1.00 on the first day, 2.00 on the second and so on; the last one is posted first."""
    for day in (5, 1, 2, 3, 4):
        legs = [Leg("A:stripe", 100 * day, "usd"), Leg(f"C:order:o{day}", -100 * day, "usd")]
        post(session, f"day {day}", "charge", legs, occurred_at=NOON + day * DAY)


def test_a_period_opens_and_closes_with_the_balance_and_has_its_lines_by_time(session):
    five_days(session)

    found = statement(session, "A:stripe", "usd", since=NOON + 2 * DAY, until=NOON + 5 * DAY)

    assert (found.opening_minor, found.closing_minor, found.count) == (100, 1_000, 3)
    assert [(each.minor, each.balance_minor) for each in found.lines] == [(200, 300), (300, 600), (400, 1_000)]
    whole = statement(session, "A:stripe", "usd")
    assert (whole.opening_minor, whole.closing_minor, whole.count) == (0, 1_500, 5)
    assert whole.lines[-1].occurred_at == NOON + 5 * DAY


def test_pages_go_on_where_the_last_one_ended(session):
    five_days(session)

    pages = [statement(session, "A:stripe", "usd", page=page, size=2) for page in (1, 2, 3, 4)]

    assert [[each.balance_minor for each in page.lines] for page in pages] == [[100, 300], [600, 1_000], [1_500], []]
    assert {(page.opening_minor, page.closing_minor, page.count) for page in pages} == {(0, 1_500, 5)}


def test_a_period_without_movements_keeps_its_balance(session):
    five_days(session)

    found = statement(session, "A:stripe", "usd", since=NOON + 9 * DAY)

    assert (found.opening_minor, found.closing_minor, found.count, found.lines) == (1_500, 1_500, 0, [])


def test_accounts_of_one_subject_each_are_one_line_of_the_trial_balance(session):
    five_days(session)
    back = [Leg("C:order:o1", 700, "usd"), Leg("R:commission", -700, "usd")]
    post(session, "back", "sale", back, occurred_at=NOON)
    post(session, "yen", "sale", [Leg("A:stripe", 5, "jpy"), Leg("R:commission", -5, "jpy")], occurred_at=NOON)

    lines = trial_lines(session)

    assert [(each.kind, each.code, each.currency, each.accounts, each.debit_minor, each.credit_minor)
            for each in lines] == [
        ("asset", "A:stripe", "jpy", 1, 5, 0),
        ("revenue", "R:commission", "jpy", 1, 0, 5),
        ("asset", "A:stripe", "usd", 1, 1_500, 0),
        ("clearing", "C:order", "usd", 5, 600, 1_400),
        ("revenue", "R:commission", "usd", 1, 0, 700),
    ]  # fmt: skip
    rows = list(csv.reader(io.StringIO(trial_csv(lines))))
    assert rows[4] == ["clearing", "C:order", "5", "6.00", "14.00", "usd"]
    assert rows[-2:] == [["total", "", "", "5", "5", "jpy"], ["total", "", "", "21.00", "21.00", "usd"]]


def test_accounts_are_found_by_a_part_of_their_code_the_house_s_own_first(session):
    five_days(session)

    assert find_accounts(session)[0] == ("A:stripe", "usd")
    assert find_accounts(session, " O3 ") == [("C:order:o3", "usd")]
    assert find_accounts(session, "%") == []
    assert len(find_accounts(session, limit=2)) == 2
