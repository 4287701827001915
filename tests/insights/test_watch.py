"""Days that sell far more or less than the weeks before them are told, once."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from polidat.insights import (
    HISTORY_DAYS,
    OperatorsOnly,
    Period,
    RevenueUnusual,
    is_unusual,
    revenue_alerts,
    robust_score,
    tell_unusual,
    watch_revenue,
)
from polidat.people import mails
from tests.conftest import NOON
from tests.insights.books import Books

MIDNIGHT = NOON.replace(hour=0, minute=31)
WHOLE = Period(date(2026, 10, 1), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("value", "history", "score"),
    [
        (100, [100, 90, 110, 95, 105], 0.0),
        (110, [100, 90, 110, 95, 105], 1.349),  # the median distance is 5: 10 * 0.6745 / 5
        (85, [100, 90, 110, 95, 105], -2.0235),
        (50, [0, 0, 0, 0, 20], 9.9733),  # more than half equal: the mean distance is 4, 50 / (4 * 1.253314)
        (7, [7, 7, 7], 0.0),
        (8, [7, 7, 7], float("inf")),
        (6, [7, 7, 7], float("-inf")),
    ],
)
def test_the_score_counts_robust_standard_deviations(value, history, score):
    assert robust_score(value, history) == pytest.approx(score, abs=1e-3)


def test_one_wild_day_in_the_history_hides_nothing():
    calm = [100, 104, 96, 101, 99, 103, 97] * 4
    wild = [*calm[:-1], 90_000]

    assert is_unusual(300, wild, payments=50)
    assert not is_unusual(105, wild, payments=50)


def test_a_short_or_thin_history_says_nothing():
    calm = [100] * HISTORY_DAYS

    assert is_unusual(300, calm, payments=10)
    assert not is_unusual(300, calm, payments=9)
    assert not is_unusual(300, calm[1:], payments=50)


@pytest.fixture
def sold(books: Books):
    """About 100.00 a day for 31 days, ending yesterday with 900.00."""
    seller, buyer = books.person("seller"), books.person("buyer")
    listing = books.listing(seller, "Polls")
    for back in range(1, 32):
        price = 90_000 if back == 1 else 10_000 + 100 * (back % 5)
        books.sale(f"ord_{back}", buyer, NOON - timedelta(days=back), (listing, price, price // 10, 0))
    return books.operator()


def told(session):
    rows = session.execute(text("SELECT payload FROM event_staging WHERE kind = 'insights.RevenueUnusual'"))
    return [row.payload for row in rows]


def test_an_unusual_day_is_told_once_however_often_the_night_runs(session, sold):
    session.info["reactions"] = {RevenueUnusual: (tell_unusual,)}
    (alert,) = watch_revenue(session, now=MIDNIGHT)
    assert (alert.day, str(alert.gross), str(alert.usual)) == (date(2026, 11, 19), "900.00 USD", "102.00 USD")
    assert watch_revenue(session, now=MIDNIGHT) == []
    assert watch_revenue(session, now=MIDNIGHT + timedelta(days=1)) != [alert]

    (fact,) = [each for each in told(session) if each["day"] == "2026-11-19"]
    assert (fact["gross_minor"], fact["usual_minor"], fact["currency"]) == (90_000, 10_200, "usd")
    assert fact["score"] > 100
    assert alert.day in [each.day for each in revenue_alerts(session, sold, WHOLE, "usd")]
    assert revenue_alerts(session, sold, WHOLE, "eur") == []
    (mail,) = [each for each in mails(session) if each.subject == "PoliDat: 19 November sold much more than usual"]
    assert mail.to == sold.email
    assert "900.00 USD, where 102.00 USD is usual" in mail.body


def test_a_day_that_sells_nothing_is_unusual_too(session, sold):
    watch_revenue(session, now=MIDNIGHT + timedelta(days=1))

    quiet = [each for each in told(session) if each["gross_minor"] == 0]
    assert [each["day"] for each in quiet] == ["2026-11-20"]
    assert quiet[0]["score"] < -3.5


def test_usual_days_and_days_without_a_history_are_not_told(session, books: Books, sold):
    assert watch_revenue(session, now=MIDNIGHT - timedelta(days=1)) == []
    assert watch_revenue(session, now=MIDNIGHT - timedelta(days=28)) == []
    with pytest.raises(OperatorsOnly):
        revenue_alerts(session, books.person("nosy"), WHOLE, "usd")
