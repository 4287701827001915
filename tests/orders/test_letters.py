"""What mails about orders say: all that was bought, what comes next, and to a seller nothing but their own part."""

from datetime import timedelta

import pytest

from polidat.catalog import Attestation, AttestationState
from polidat.core import Money
from polidat.orders import Order, OrderLine, Shipment
from polidat.orders.letters import Places, SoldLine, letter, order_paid, payment_failed, sales_of_day, sentence, sold
from tests.conftest import NOON

AT = Places("https://x.example/order?order=ord_1", "https://x.example/library", "https://x.example/sales", "")


def line(number=1, title="Polls", price=3_600, seller=7, **more):
    given = {"acceptance_id": 1, "shipping_minor": 0, "discount_minor": 0, "quantity": 1, "commission_minor": 540}
    given |= {"note": "", "for_others": False, "currency": "usd", "seller_minor": 3_060, "passed_fee_minor": 0, **more}
    return OrderLine(number=number, title=title, price_minor=price, seller_id=seller, **given)


def order(*lines, **more):
    return Order(public_id="ord_1", currency="usd", lines=list(lines), payable_until=NOON, **more)


def test_a_confirmation_lists_lines_discounts_delivery_and_the_total():
    map_ = line(2, "Map", 2_500, shipping_minor=500, shipment=Shipment(with_data=False))

    subject, body = order_paid(order(line(quantity=2, discount_minor=400), map_, line(3, "Votes", 0)), AT)

    assert subject == "Your PoliDat order over 61.00 USD is paid"
    assert "- 2 × “Polls”: 40.00 USD (20.00 USD each)\n  less 4.00 USD by your coupon\n" in body
    assert "- “Map”: 20.00 USD\n  and 5.00 USD for delivery\n- “Votes”: free\n" in body
    assert "Total: 61.00 USD, paid." in body
    assert "- “Polls” is in your library: https://x.example/library" in body
    assert "give the other away" in body
    assert "“Map” is sent within 30 days" in body
    assert "“Map” is in your library" not in body
    assert body.endswith("https://x.example/order?order=ord_1\n\nOrder ord_1\n")


def test_what_is_free_is_confirmed_too_and_what_waits_says_for_what():
    asked = Attestation(state=AttestationState.WAITING, due_at=NOON)

    subject, body = order_paid(order(line(price=0, attestation=asked), line(2, "Votes", 0, acceptance_id=None)), AT)

    assert subject == "Your PoliDat order"
    assert "Total: nothing, it is free." in body
    assert "“Polls”: its seller decides until 20 November 2026, 12:00 UTC." in body
    assert "“Votes” opens once you accept its licence" in body
    assert "library" not in body


def test_licences_for_others_are_to_be_given_away_and_not_in_the_library():
    _, body = order_paid(order(line(for_others=True), line(2, "Votes", quantity=3, for_others=True)), AT)

    assert "- Give the licence of “Polls” away by e-mail: https://x.example/order" in body
    assert "- Give the 3 licences of “Votes”" in body
    assert "library" not in body


def test_a_seller_hears_the_price_commission_card_fee_and_the_note():
    mine = [
        SoldLine(line(note="For my thesis"), Money(3_060, "usd"), Money(88, "usd")),
        SoldLine(line(2, "Votes", 0), None, None),
    ]

    subject, body = sold(order(line(), line(9, "Somebody else's", seller=8)), mine, AT)

    assert subject == "You sold “Polls” and 1 more"
    assert "- “Polls”: 36.00 USD paid, 5.40 USD commission, 0.88 USD of the card fee; 30.60 USD is yours\n" in body
    assert "- “Votes”: free" in body
    assert "The buyer wrote about “Polls”: For my thesis" in body
    assert "Somebody else" not in body


@pytest.mark.parametrize(
    ("left", "says"), [(timedelta(hours=2), "you can pay it another way"), (-timedelta(hours=2), "order it again")]
)
def test_a_debit_that_failed_can_be_paid_again_while_the_order_is_open(left, says):
    _, body = payment_failed(order(line()), "The account could not be debited", AT, now=NOON - left)

    assert says in body
    assert "could not be debited. You were charged nothing." in body


def test_a_day_is_one_mail_with_a_sum_for_each_currency():
    subject, body = sales_of_day(["a", "b"], [Money(100, "eur"), Money(200, "usd")], AT.sales)

    assert subject == "2 sales on PoliDat"
    assert "Together 1.00 EUR and 2.00 USD is yours." in body


def test_empty_paragraphs_and_unfinished_sentences_leave_no_trace():
    assert letter("s", "a", "", "b", about="c").body == "a\n\nb\n\nc\n"
    assert [sentence(each) for each in ("no funds", "No!", " ")] == ["no funds.", "No!", "no reason given."]
