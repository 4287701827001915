"""The pages of figures, over orders that were really paid: the operator's, and each seller's own."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from polidat.core import Money
from polidat.insights import RevenueAlert
from polidat.payments import mirror_payouts, pay_out, payouts_of
from polidat.people import make_operator
from tests.factories import person
from tests.pages.test_money_pages import bought, sold_by_somebody_paid, stripe
from tests.pages.test_pages import shown, words

__all__ = ["stripe"]


@pytest.fixture(scope="module")
def operator(house):
    who = person(house, "figures-operator")
    with house.unit_of_work() as session:
        return make_operator(session, who)


@pytest.fixture(scope="module")
def seller(house, stripe, tmp_path_factory):
    """Somebody who sold twice for 19.00 and was paid out 20.00."""
    listing = sold_by_somebody_paid(house, stripe, tmp_path_factory.mktemp("figures"), "Figures polls")
    for name in ("figures-ada", "figures-bob"):
        bought(house, stripe, listing, person(house, name), card="4000 0000 0000 0077")
    who = person(house, "seller-of-figures-polls")
    pay_out(house.database, house.gateway, who, Money(2_000, "usd"), method="standard", key="figures")
    mirror_payouts(house.database, house.gateway)
    return who


def value(page, label: str) -> str:
    return next(each.value for each in page.metric if each.label == label)


def test_the_operator_sees_what_was_sold_and_earned(house, seller, operator, monkeypatch):
    with house.unit_of_work() as session:
        today = house.now().date()
        session.add(
            RevenueAlert(
                day=today - timedelta(days=1), currency="usd", gross_minor=90_000, usual_minor=1_900, score_milli=9_000,
                found_at=house.now(),
            )
        )  # fmt: skip
    page = shown("admin_revenue.py", house, monkeypatch, operator)

    sold = Money.parse(value(page, "Sold").removesuffix(" USD"), "usd")
    assert sold.minor >= 3_800
    assert 10 < float(value(page, "Take rate").removesuffix(" %")) < 20  # other tests sell here, too
    assert int(value(page, "Payments")) >= 2
    assert value(page, "Paid out to banks") != "0.00 USD"
    assert "sold much more than usual: 900.00 USD" in words(page)
    sellers = next(each.value for each in page.dataframe if "seller" in each.value.columns)
    assert sellers.loc[sellers["seller"] == "Seller-Of-Figures-Polls", "sold"].tolist() == [38.0]
    assert sellers["sold"].sum() == pytest.approx(sold.minor / 100)


def test_a_period_without_sales_and_one_that_is_none_say_so(house, seller, operator, monkeypatch):
    page = shown("admin_revenue.py", house, monkeypatch, operator)
    page.selectbox(key="period").select("Last month").run()
    assert value(page, "Sold") == "0.00 USD"
    assert "Nothing was sold in this period." in words(page)

    page.selectbox(key="period").select("Other days").run()
    page.date_input(key="period_from").set_value(house.now().date() + timedelta(days=9)).run()

    assert "The period ends before it begins" in words(page)
    assert "for operators" in words(shown("admin_revenue.py", house, monkeypatch, seller))


def test_a_seller_reads_the_month_and_nobody_else_does(house, seller, monkeypatch):
    page = shown("sell_statement.py", house, monkeypatch, seller)

    assert (value(page, "Sold"), value(page, "Commission")) == ("38.00 USD", "-5.70 USD")
    assert (value(page, "Sent to Stripe"), value(page, "Owed now")) == ("32.30 USD", "0.00 USD")
    assert page.dataframe[0].value["what"].tolist().count("Sale") == 2
    page.selectbox(key="month").select_index(1).run()
    assert "Nothing was sold" in words(page)
    stranger = shown("sell_statement.py", house, monkeypatch, person(house, "figures-stranger"))
    assert "nothing to state yet" in words(stranger)
    assert not stranger.dataframe


def test_a_seller_finds_a_customer_and_what_they_bought(house, seller, monkeypatch):
    page = shown("sell_customers.py", house, monkeypatch, seller)
    assert sorted(page.dataframe[0].value["e-mail"]) == ["figures-ada@example.org", "figures-bob@example.org"]
    page.text_input(key="customer_words").set_value("nobody").run()
    assert "Nobody fits." in words(page)

    ada = person(house, "figures-ada")
    one = shown("sell_customers.py", house, monkeypatch, seller, customer=str(ada.id))
    assert (value(one, "Orders"), value(one, "Paid, USD")) == ("1", "19.00 USD")
    assert "figures-ada@example.org" in words(one)
    for who, wanted in ((person(house, "figures-stranger"), str(ada.id)), (seller, "1 or 1=1"), (seller, "99999999")):
        refused = shown("sell_customers.py", house, monkeypatch, who, customer=wanted)
        assert "There is no such customer" in words(refused)
        assert not refused.dataframe
    assert "Nobody has bought" in words(
        shown("sell_customers.py", house, monkeypatch, person(house, "figures-stranger"))
    )


def test_payouts_are_shown_with_what_waits_for_the_next(house, seller, monkeypatch):
    page = shown("sell_payouts.py", house, monkeypatch, seller)

    assert [each.label for each in page.expander] == ["Not paid out yet: 12.30 USD"]
    waiting, history = (each.value for each in page.dataframe)
    assert waiting["in this payout"].tolist() == [12.3]
    assert history["amount"].tolist() == ["20.00 USD"]


def one_payout(ref: str, seller_id: int):
    """A page of its own: the grid's row cannot be chosen without a browser."""
    from pages.parts.page import house
    from pages.parts.payouts import show_statement
    from polidat.insights import payout_statement
    from polidat.people import Person

    with house().reading() as session:
        who = session.get_one(Person, seller_id)
        found = payout_statement(session, who, ref, now=house().now())
    show_statement(found)


def test_a_payout_says_which_sales_are_in_it(house, seller):
    with house.reading() as session:
        (payout,) = payouts_of(session, seller)

    page = AppTest.from_function(one_payout, args=(payout.id, seller.id), default_timeout=30).run()

    assert not page.exception
    (lines,) = (each.value for each in page.dataframe)
    assert lines["what"].tolist() == ["Sale", "Sale"]
    assert lines["sold for"].tolist() == [19.0, 19.0]
    assert lines["came to Stripe"].tolist() == [16.15, 16.15]
    assert lines["in this payout"].tolist() == [16.15, 3.85]


def test_the_books_have_a_trial_balance_and_a_page_of_a_statement(house, seller, operator, monkeypatch):
    page = shown("admin_ledger.py", house, monkeypatch, operator)
    trial = page.dataframe[0].value
    total = trial[trial["kind"] == "total"]
    assert total["debit"].tolist() == total["credit"].tolist()
    assert total["debit"].iloc[0] > 0

    page.text_input(key="account_words").set_value(f"seller:{seller.id}").run()
    assert page.selectbox(key="account").value == (f"L:seller:{seller.id}", "usd")
    assert "closes with 0.00 USD" in words(page)
    page.text_input(key="account_words").set_value("no such account").run()
    assert "No account fits." in words(page)
