"""The pages of hosting that is asked for, and of links somebody else pays by."""

import pytest

from polidat.catalog import hosting_policy, open_store, set_hosting_policy
from polidat.core import Money
from polidat.orders import Subscription
from polidat.people import make_operator
from tests.factories import person
from tests.pages.test_pages import shown, words


@pytest.fixture(scope="module")
def operator(house):
    who = person(house, "hosting-operator")
    with house.unit_of_work() as session:
        return make_operator(session, who)


@pytest.fixture
def nothing_asked(house, operator):
    """Whatever the test asks, the house of the run asks nothing afterwards."""
    yield
    with house.unit_of_work() as session:
        set_hosting_policy(session, operator, required=False, trial_days=0, price=Money(2_900, "usd"), now=house.now())


@pytest.fixture(scope="module")
def seller(house):
    who = person(house, "hosted-seller")
    with house.unit_of_work() as session:
        open_store(session, who, "Hosted House", now=house.now())
    return who


def test_an_operator_asks_for_hosting_and_the_seller_sees_until_when_it_is_free(
    house, operator, seller, nothing_asked, monkeypatch
):
    page = shown("admin_hosting.py", house, monkeypatch, operator)
    page.text_input(key="hosting_days").set_value("soon")
    page.button(key="keep_hosting").click().run()
    assert "whole number" in words(page)

    page.checkbox(key="hosting_required").check()
    page.text_input(key="hosting_days").set_value("30")
    page.text_input(key="hosting_price").set_value("15.00")
    page.button(key="keep_hosting").click().run()
    assert "Kept." in words(page)
    with house.reading() as session:
        policy = hosting_policy(session)
    assert (policy.required, policy.trial_days, policy.price) == (True, 30, Money(1_500, "usd"))

    overview = shown("sell_overview.py", house, monkeypatch, seller)
    assert "hosted for free until" in words(overview)
    overview.button(key="net_hosted-house").click().run()
    assert "15.00 USD a month out of what you earn" in words(overview)
    overview.button(key="end_netting_hosted-house").click().run()
    assert "net_hosted-house" in [each.key for each in overview.button]


def test_a_seller_without_earnings_owes_a_month_and_is_told(house, operator, nothing_asked, monkeypatch):
    who = person(house, "poor-seller")
    with house.unit_of_work() as session:
        open_store(session, who, "Poor House", now=house.now())
    overview = shown("sell_overview.py", house, monkeypatch, who)

    overview.button(key="net_poor-house").click().run()

    assert "your next sales pay it first" in words(overview)
    assert "You owe 29.00 USD" in words(overview)
    assert "every payment below has its invoice" in words(overview)
    for name, text in (("name", "Poor House OG"), ("line1", "Weg 3"), ("city", "Graz"), ("tax_id", "DE123456789")):
        overview.text_input(key=f"billing_{name}").set_value(text)
    overview.selectbox(key="billing_country").select("AT")
    overview.button(key="billing_keep").click().run()
    assert "begins with AT, this one with DE" in words(overview)
    overview.text_input(key="billing_tax_id").set_value("ATU12345678")
    overview.button(key="billing_keep").click().run()
    for page in (overview, shown("shop_subscriptions.py", house, monkeypatch, who)):
        assert [each.proto.label for each in page.get("download_button")] == ["Invoice (PDF)"]
        assert "Hosting of Poor House" in words(page)
    statement = shown("sell_statement.py", house, monkeypatch, who)
    assert not statement.exception


def test_a_store_that_is_paid_by_card_can_still_end_what_is_taken_from_earnings(
    house, operator, nothing_asked, monkeypatch
):
    who = person(house, "twice-seller")
    with house.unit_of_work() as session:
        store = open_store(session, who, "Twice House", now=house.now())
    overview = shown("sell_overview.py", house, monkeypatch, who)
    overview.button(key="net_twice-house").click().run()
    with house.unit_of_work() as session:
        running = {
            "kind": "hosting", "store_id": store.id, "title": "Hosting", "price_minor": 2_900, "currency": "usd",
            "interval": "month", "trial_days": 0, "commission_bps": 0, "commission_version": 0,
            "public_id": "sbs_twice", "person_id": who.id, "key": "twice", "state": "active", "ends_with_period": False,
            "asked_at": house.now(),
        }  # fmt: skip
        session.add(Subscription(**running))

    overview = shown("sell_overview.py", house, monkeypatch, who)
    assert "29.00 USD a month, active" in words(overview)
    overview.button(key="end_netting_twice-house").click().run()

    assert "end_netting_twice-house" not in [each.key for each in overview.button]
    assert not overview.exception


def test_hosting_is_for_operators(house, seller, monkeypatch):
    assert "for operators" in words(shown("admin_hosting.py", house, monkeypatch, seller))


def test_a_link_for_somebody_else_is_made_and_closed(house, monkeypatch):
    owner = person(house, "asking-owner")
    page = shown("shop_wallet.py", house, monkeypatch, owner)
    page.text_input(key="top_up_amount").set_value("0.10")
    page.button(key="ask_top_up").click().run()
    assert "Pay in 1.00 USD" in words(page)

    page.text_input(key="top_up_amount").set_value("35.00")
    page.button(key="ask_top_up").click().run()
    assert "35.00 USD" in words(page)
    assert page.code[0].value.startswith(house.sandbox_url)
    (close,) = [each.key for each in page.button if each.key and each.key.startswith("close_")]
    page.button(key=close).click().run()
    assert not page.code
