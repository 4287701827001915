"""A seller's statement, customers and payouts, by hand; nobody sees another seller's."""

import csv
import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader

from polidat.core import Invalid, Money
from polidat.insights import (
    NoSuchCustomer,
    NoSuchPayout,
    Period,
    attributed,
    customer_of,
    customers_csv,
    customers_of,
    month_of,
    not_paid_out,
    payout_csv,
    payout_statement,
    seller_statement,
    statement_csv,
    statement_currencies,
    statement_pdf,
)
from polidat.ledger import balance_of
from polidat.payments import Billing, Payout
from tests.conftest import NOON
from tests.insights.books import Books

NOVEMBER = month_of(date(2026, 11, 20))
LATER = NOON + timedelta(days=30)


def lines(statement) -> list[tuple]:
    return [
        (each.at.day, each.what, each.gross_minor, each.commission_minor, each.card_fee_minor, each.yours_minor,
         each.moved_minor)
        for each in statement.lines
    ]  # fmt: skip


def test_a_month_of_a_seller_line_by_line(session, books: Books, traded):
    found = seller_statement(session, traded.ann, NOVEMBER, "usd")

    assert found.opening_minor == 4_250  # October's 50.00 less 15 %, not sent yet
    assert lines(found) == [
        (3, "sale", 10_000, -1_500, 0, 8_500, 0),
        (3, "sent", 0, 0, 0, 0, -8_500),
        (5, "sale", 6_000, -900, -192, 4_908, 0),
        (5, "sent", 0, 0, 0, 0, -4_908),
        (7, "refund", -2_000, 300, 64, -1_636, 0),
        (7, "taken_back", 0, 0, 0, 0, 1_636),
        (10, "sale", 4_000, -600, 0, 3_400, 0),
        (10, "sent", 0, 0, 0, 0, -3_400),
        (15, "dispute", -4_000, 600, 0, -3_400, 0),
    ]
    assert found.closing_minor == 850
    assert found.adds_up
    assert found.closing_minor == -sum(
        balance_of(session, f"{kind}:{traded.ann.id}", "usd") for kind in ("L:seller", "L:seller_hold", "A:seller_recv")
    )
    assert {each.title for each in found.lines} == {"Polls", ""}


def test_uses_are_a_line_a_day_and_the_next_month_opens_where_this_one_closed(session, books: Books, traded):
    for whole, theirs in ((200, 170), (300, 255)):
        books.use(traded.wallet, traded.bob, traded.ben, traded.day[12] + timedelta(hours=1), whole, theirs)
    november = seller_statement(session, traded.ben, NOVEMBER, "usd")
    december = seller_statement(session, traded.ben, month_of(date(2026, 12, 1)), "usd")

    (used,) = [each for each in november.lines if each.what == "use"]
    assert (used.gross_minor, used.commission_minor, used.yours_minor) == (662, -99, 563)
    assert (december.opening_minor, december.closing_minor) == (november.closing_minor, november.closing_minor)
    assert (december.lines, december.adds_up) == ([], True)


def test_an_open_dispute_holds_what_was_taken_back(session, books: Books, traded):
    held = f"L:seller_hold:{traded.ann.id}"
    books.send("ord_one", traded.ann, traded.day[16], -8_500, kind="reversal", holder="L:seller_hold")
    found = seller_statement(session, traded.ann, NOVEMBER, "usd")

    assert balance_of(session, held, "usd") == -8_500
    assert (found.closing_minor, found.adds_up) == (9_350, True)
    assert lines(found)[-1] == (16, "taken_back", 0, 0, 0, 0, 8_500)


def test_a_statement_is_of_one_seller_one_period_and_one_currency(session, books: Books, traded):
    stranger = books.person("stranger")
    empty = seller_statement(session, stranger, NOVEMBER, "usd")

    assert (empty.opening_minor, empty.closing_minor, empty.lines) == (0, 0, [])
    assert not {"ord_one", "ord_three"} & {
        each.order_ref for each in seller_statement(session, traded.ben, NOVEMBER, "usd").lines
    }
    assert seller_statement(session, traded.ann, NOVEMBER, "eur").lines == []
    assert lines(seller_statement(session, traded.ann, Period(date(2026, 11, 7), date(2026, 11, 7)), "usd")) == [
        (7, "refund", -2_000, 300, 64, -1_636, 0),
        (7, "taken_back", 0, 0, 0, 0, 1_636),
    ]
    assert statement_currencies(session, traded.ann) == ["usd"]
    assert statement_currencies(session, stranger) == []
    with pytest.raises(Invalid):
        seller_statement(session, traded.ann, NOVEMBER, "gold")


def test_the_statement_as_csv_can_be_added_up(session, traded):
    statement = seller_statement(session, traded.ann, NOVEMBER, "usd")
    rows = list(csv.DictReader(io.StringIO(statement_csv(statement))))

    assert (rows[0]["what"], rows[0]["owed_afterwards"]) == ("opening_balance", "42.50")
    assert rows[1] | {"at": ""} == {
        "at": "", "what": "sale", "order": "ord_one", "line": "1", "title": "Polls", "quantity": "1",
        "unit_price": "100.00", "sold_for": "100.00", "commission": "-15.00", "card_fee": "0.00",
        "exchange_borne_by_the_house": "0.00", "yours": "85.00", "moved_at_stripe": "0.00", "owed_afterwards": "127.50",
        "currency": "usd", "commission_rate": "0 %", "commission_rule": "",
    }  # fmt: skip
    assert (rows[-1]["what"], rows[-1]["owed_afterwards"], rows[-1]["yours"]) == ("closing_balance", "8.50", "117.72")
    assert rows[-2]["owed_afterwards"] == "8.50"


def test_the_statement_as_pdf_says_the_same_on_as_many_pages_as_it_takes(session, books: Books, traded):
    for number in range(60):
        books.sale(f"ord_p{number}", traded.bea, NOON + timedelta(minutes=number), (traded.polls, 1_000, 150, 0))
    statement = seller_statement(session, traded.ann, NOVEMBER, "usd")

    made = statement_pdf(statement)

    told = [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]
    assert len(told) == 3
    for words in (
        "42.50 USD",
        "Owed to you when it ended",
        "518.50 USD",
        "Page 1 of 3",
        "Sale: Polls",
        "ann@example.org",
    ):
        assert words in told[0], words
    assert made == statement_pdf(statement)
    empty = statement_pdf(seller_statement(session, books.person("new"), NOVEMBER, "usd"))
    assert "Nothing was sold" in PdfReader(io.BytesIO(empty)).pages[0].extract_text()


def test_customers_are_those_who_bought_with_what_they_spent(session, books: Books, traded):
    session.add(
        Billing(
            subject="sbs_x", person_id=traded.bea.id, seller_id=traded.ann.id, title="Polls", price_minor=1,
            currency="usd", interval="month", trial_days=0, fee_bps=0, return_url="", state="open",
            customer_id="cus_bea", ends_with_period=False, asked_at=NOON,
        )
    )  # fmt: skip
    session.flush()

    bob, bea = customers_of(session, traded.ann, now=LATER)

    assert (bob.email, bob.name, bob.orders, bob.stripe_ids) == ("bob@example.org", "Bob", 2, ())
    assert [(str(each.paid), str(each.refunded), str(each.disputed), str(each.kept)) for each in bob.spent] == [
        ("100.00 USD", "20.00 USD", "40.00 USD", "40.00 USD")
    ]
    assert (bob.first_at, bob.last_at) == (traded.day[5], traded.day[10])
    assert (bea.orders, bea.stripe_ids, bea.spent[0].paid) == (2, ("cus_bea",), Money(15_000, "usd"))
    (of_ben,) = customers_of(session, traded.ben, now=LATER)
    assert (of_ben.email, of_ben.orders, of_ben.spent[0].paid) == ("bob@example.org", 2, Money(2_662, "usd"))
    assert [each.email for each in customers_of(session, traded.ann, now=LATER, words="BEA")] == ["bea@example.org"]
    assert customers_of(session, traded.ann, now=LATER, words="nobody") == []
    assert [each.email for each in customers_of(session, traded.ann, now=LATER, limit=1, offset=1)] == [bea.email]


def test_a_customer_is_shown_with_every_line_to_their_seller_alone(session, books: Books, traded):
    customer, told = customer_of(session, traded.ben, traded.bob.id, now=LATER)

    assert [(each.line.what, each.line.gross_minor, each.line.order_ref) for each in told] == [
        ("use", 162, ""),
        ("sale", 0, "ord_free"),
        ("refund", -2_500, "ord_two"),
        ("sale", 2_500, "ord_two"),
    ]
    assert customer.spent[0].kept == Money(162, "usd")
    for seller, person in ((traded.ben, traded.bea), (books.person("stranger"), traded.bob), (traded.ann, traded.ann)):
        with pytest.raises(NoSuchCustomer):
            customer_of(session, seller, person.id, now=LATER)
    assert customers_of(session, books.person("stranger"), now=LATER) == []


def test_a_name_that_is_a_formula_stays_a_text(session, books: Books, traded):
    traded.bea.name = "=cmd|' /C calc'!A0"
    session.flush()

    told = customers_csv(customers_of(session, traded.ann, now=LATER))

    rows = list(csv.DictReader(io.StringIO(told)))
    assert rows[1]["name"] == "'=cmd|' /C calc'!A0"
    assert (rows[0]["paid"], rows[0]["refunded"], rows[0]["currency"]) == ("100.00", "20.00", "usd")


def paid_out(session, seller, ref, day, minor, fee=0, state="paid", currency="usd"):
    session.add(
        Payout(
            id=ref, seller_id=seller.id, amount_minor=minor, fee_minor=fee, currency=currency, method="standard",
            state=state, problem="", created_at=day, arrives_at=day,
        )
    )  # fmt: skip
    session.flush()


def test_payouts_take_the_oldest_first_and_refunds_as_soon_as_they_are_there(session, traded):
    paid_out(session, traded.ann, "po_1", traded.day[4], 5_000)
    paid_out(session, traded.ann, "po_gone", traded.day[6], 2_000, state="failed")
    paid_out(session, traded.ann, "po_2", traded.day[8], 6_000, fee=60)

    first, second = (payout_statement(session, traded.ann, ref, now=LATER) for ref in ("po_1", "po_2"))

    assert [(each.what, each.order_ref, each.moved_minor, each.paid_minor) for each in first.lines] == [
        ("sale", "ord_one", 8_500, 5_000)
    ]
    assert [(each.what, each.order_ref, each.moved_minor, each.paid_minor) for each in second.lines] == [
        ("sale", "ord_one", 8_500, 3_500),
        ("sale", "ord_two", 4_908, 4_196),
        ("refund", "ord_two", -1_636, -1_636),
    ]
    assert (second.lines[1].gross_minor, second.lines[1].commission_minor, second.lines[1].card_fee_minor) == (
        6_000, -900, -192,
    )  # fmt: skip
    assert (first.other_minor, second.other_minor) == (0, 0)
    assert payout_statement(session, traded.ann, "po_gone", now=LATER).lines == []
    left = not_paid_out(session, traded.ann, "usd", now=LATER)
    assert [(each.order_ref, each.paid_minor) for each in left] == [("ord_two", 712), ("ord_three", 3_400)]
    for seller in (traded.ben, traded.bea):
        with pytest.raises(NoSuchPayout):
            payout_statement(session, seller, "po_1", now=LATER)


def test_a_payout_as_csv_sums_to_what_the_bank_got(session, traded):
    paid_out(session, traded.ann, "po_1", traded.day[8], 10_000, fee=100)

    rows = list(csv.DictReader(io.StringIO(payout_csv(payout_statement(session, traded.ann, "po_1", now=LATER)))))

    *parts, total = (round(100 * float(each["in_this_payout"])) for each in rows)
    assert sum(parts) == total == 10_000
    assert [each["what"] for each in rows] == ["sale", "sale", "refund", "payout_fee", "payout"]


def test_money_at_stripe_that_nothing_explains_is_said(session, traded):
    paid_out(session, traded.ben, "po_b", traded.day[6], 3_000)

    found = payout_statement(session, traded.ben, "po_b", now=LATER)

    assert ([each.paid_minor for each in found.lines], found.other_minor) == ([2_170], 830)
    assert attributed([], []) == ([], [])


def test_what_was_owed_and_kept_back_of_a_sale_is_in_its_line(session, books: Books, traded):
    """The commission taken at Stripe is larger than the sale's: the rest paid a debt."""
    books.sale("ord_debt", traded.bea, traded.day[17], (traded.polls, 10_000, 1_500, 0))
    books.send("ord_debt", traded.ann, traded.day[17], 10_000)
    books.send("ord_debt", traded.ann, traded.day[17], -3_500, kind="application_fee")

    line = not_paid_out(session, traded.ann, "usd", now=LATER)[-1]

    assert (line.gross_minor, line.commission_minor, line.kept_minor, line.moved_minor) == (
        10_000,
        -1_500,
        -2_000,
        6_500,
    )
