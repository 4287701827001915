"""Receipts can be read, and say what was paid and what went back."""

import io

from pypdf import PdfReader

from polidat.orders import Order, OrderLine, Shipment, receipt_pdf
from polidat.payments import Refund
from polidat.people import Person
from tests.conftest import NOON


def order_of(*prices: int) -> Order:
    lines = [
        OrderLine(
            number=number,
            title=f"Polls “{number}” – Überblick",
            quantity=1,
            price_minor=price,
            currency="usd",
            discount_minor=0,
            shipping_minor=0,
            keeps_fee=False,
        )
        for number, price in enumerate(prices, start=1)
    ]
    return Order(public_id="ord_1", currency="usd", paid_at=NOON, lines=lines)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


BUYER = Person(email="bea@example.org", name="Bea")


def test_a_receipt_names_order_buyer_lines_and_total():
    told = text_of(receipt_pdf(order_of(1_900, 550), BUYER))

    for words in ("ord_1", "bea@example.org", "Polls “1” – Überblick", "19.00 USD", "24.50 USD", "bears"):
        assert words in told
    assert "Refunded" not in told


def test_what_went_back_is_on_it_and_what_was_refused_is_not():
    given = Refund(amount_minor=500, currency="usd", state="succeeded", requested_at=NOON)
    refused = Refund(amount_minor=700, currency="usd", state="refused", requested_at=NOON)

    told = text_of(receipt_pdf(order_of(1_900), BUYER, [given, refused]))

    assert "-5.00 USD" in told
    assert "14.00 USD" in told
    assert "7.00 USD" not in told


def test_many_lines_take_more_pages_and_the_same_order_is_the_same_file():
    order = order_of(*[100] * 65)

    pdf = receipt_pdf(order, BUYER)

    assert len(PdfReader(io.BytesIO(pdf)).pages) == 3
    assert pdf == receipt_pdf(order, BUYER)


def test_a_discount_and_who_bears_the_fee_are_on_it():
    order = order_of(900)
    order.lines[0].discount_minor, order.lines[0].keeps_fee = 100, True
    text = text_of(receipt_pdf(order, BUYER))
    assert "10.00 USD" in text
    assert "-1.00 USD" in text
    assert "bears the marketplace" in text


def test_delivery_has_a_line_of_its_own():
    order = order_of(2_400)
    order.lines[0].shipping_minor = 500
    order.lines[0].shipment = Shipment(countries=[], with_data=True)

    told = text_of(receipt_pdf(order, BUYER))

    for words in ("19.00 USD", "Shipping", "5.00 USD", "24.00 USD"):
        assert words in told


def test_several_licences_are_told_as_number_and_price_of_one():
    order = order_of(2_900)
    order.lines[0].quantity, order.lines[0].discount_minor = 3, 100

    text = text_of(receipt_pdf(order, BUYER))

    for words in ("3 × 10.00 USD", "30.00 USD", "-1.00 USD", "29.00 USD"):
        assert words in text
