"""Mails that need no payment: free orders, and how sellers want to hear of sales."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.core import Money
from polidat.orders import Order, OrderPaid, tell_sales
from polidat.orders.tell import tell_failed, tell_paid
from polidat.orders.wallet import note_top_up
from polidat.payments import PaymentFailed
from polidat.people import SaleMails, choose_sale_mails, mails, queue_mail_once, register
from tests.conftest import NOON
from tests.factories import ordered
from tests.orders.test_place import listed

FREE = ("Your PoliDat order", "buyer@example.org")


@pytest.fixture(autouse=True)
def telling(session):
    session.info["reactions"] = {OrderPaid: (tell_paid,)}
    session.info["base_url"] = "https://polidat.example"


def told(session) -> list[tuple[str, str]]:
    return [(each.subject, each.to) for each in reversed(mails(session))]


def paid(session, buyer, seller, title: str, minor: int) -> Order:
    """An order as a payment leaves it; the money itself is tested elsewhere."""
    listing = listed(session, seller, title, price_minor=minor)
    order = ordered(session, buyer, [listing.id], key=title, now=NOON)
    order.lines[0].seller_minor = minor - minor // 10
    session.flush()
    tell_paid(session, OrderPaid(order.public_id, buyer.id, (), minor, "usd", NOON))
    return order


def test_a_free_order_is_confirmed_once_and_no_sale(session, buyer, seller):
    order = ordered(session, buyer, [listed(session, seller, price_minor=0).id], key="k", now=NOON)
    tell_paid(session, OrderPaid(order.public_id, buyer.id, (), 0, "usd", NOON))

    assert told(session) == [FREE]
    assert f"https://polidat.example/order?order={order.public_id}" in mails(session)[0].body


def test_a_note_to_the_seller_of_something_free_is_told(session, buyer, seller):
    listing = listed(session, seller, price_minor=0)
    ordered(session, buyer, [listing.id], key="k", now=NOON, notes={listing.id: "Thank you"})

    assert told(session) == [FREE, ("You sold “Polls”", "seller@example.org")]
    assert "buyer@" not in mails(session)[0].body


def test_a_seller_hears_once_a_day_or_not_at_all(session, buyer, seller):
    choose_sale_mails(session, seller, SaleMails.DAILY)
    for number, minor in enumerate((1_000, 2_500)):
        paid(session, buyer, seller, f"Polls {number}", minor)
    quiet = choose_sale_mails(session, register(session, "quiet@example.org", now=NOON), SaleMails.NONE)
    paid(session, buyer, quiet, "Votes", 1_000)
    assert {to for _, to in told(session)} == {"buyer@example.org"}

    assert tell_sales(session, now=NOON + timedelta(hours=18)) == 1
    assert tell_sales(session, now=NOON + timedelta(days=1)) == 0

    (mail,) = [each for each in mails(session) if each.to == "seller@example.org"]
    assert mail.subject == "2 sales on PoliDat"
    assert "“Polls 1”: 25.00 USD paid" in mail.body
    assert "Together 31.50 USD is yours." in mail.body
    assert session.scalar(text("select count(*) from untold_sale")) == 0


def test_a_debit_for_a_wallet_that_fails_days_later_is_told_and_a_declined_card_is_not(session, buyer):
    top_up = note_top_up(session, buyer, Money(5_000, "usd"), key="k", now=NOON)
    for was_processing in (False, True, True):
        tell_failed(session, PaymentFailed(top_up.public_id, "pay_1", "No funds", NOON, was_processing, "ch_1"))

    assert told(session) == [("A payment of 50.00 USD into your wallet failed", "buyer@example.org")]
    assert "No funds. Nothing was charged" in mails(session)[0].body


def test_what_is_told_once_is_not_told_again_however_it_is_worded(session):
    for words in ("first", "second"):
        queue_mail_once(session, "a@example.org", words, words, once="x", now=NOON)

    assert [(each.subject, each.once) for each in mails(session)] == [("first", "x")]
