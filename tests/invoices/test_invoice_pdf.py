"""The PDF of an invoice says what was kept, however long, in every currency, and nothing of a card."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth

from polidat.invoices import CHARS_MAX, Invoice, InvoiceKind, InvoiceLine, Party, invoice_pdf
from polidat.invoices.invoice_pdf import COLUMNS
from tests.conftest import NOON
from tests.invoices.conftest import ACME


def invoice_of(*lines: InvoiceLine, kind=InvoiceKind.ORDER, code="usd", buyer=ACME, **given) -> Invoice:
    for number, each in enumerate(lines, start=1):
        each.number = number
    return Invoice(
        number="PD-2026-000123", kind=kind, subject="ord_1", billed_to=buyer.kept(),
        currency=code, total_minor=sum(each.amount_minor for each in lines), payment_ref="pay_1",
        issued_at=NOON + timedelta(days=1), lines=[*lines],
        **{"paid_at": NOON, "issued_by": Party("PoliDat").kept(), **given},
    )  # fmt: skip


def line(title="Polls", *, unit=1_000, quantity=1, discount=0, shipping=0, seller: Party | None = None, **given):
    return InvoiceLine(
        title=title, quantity=quantity, unit_minor=unit, discount_minor=discount, shipping_minor=shipping,
        amount_minor=quantity * unit - discount + shipping, seller_id=1 if seller else None,
        sold_by=seller.kept() if seller else None, **given,
    )  # fmt: skip


def told_by(invoice: Invoice) -> str:
    pages = PdfReader(io.BytesIO(invoice_pdf(invoice))).pages
    return " ".join("\n".join(page.extract_text() for page in pages).split())


def test_it_names_everything_an_invoice_has_to():
    seller = Party("Ann OG", "Weg 3", "", "8010", "Graz", "AT", "ATU87654321")
    told = told_by(
        invoice_of(line("Polls – Überblick", quantity=3, discount=500, shipping=250, seller=seller, supplied_at=NOON))
    )

    for words in (
        "Invoice", "PD-2026-000123", "21 November 2026", "Acme GmbH", "Ring 1", "1010 Wien", "Tax id ATU12345678",
        "PO-7", "ord_1", "pay_1", "Polls – Überblick", "3", "10.00", "-5.00", "2.50", "27.50 USD", "amounts in USD",
        "Sold by Ann OG, Weg 3, 8010 Graz, AT, tax id ATU87654321", "Supplied on 20 November 2026",
        "Paid in full on 20 November 2026", "Issued by PoliDat in the name and for the account of the sellers",
        "No tax is shown separately", "Page 1 of 1",
    ):  # fmt: skip
        assert words in told, words


def test_a_credit_note_names_its_invoice_and_gives_back():
    note = invoice_of(line(unit=-1_000), kind=InvoiceKind.CREDIT, corrects=invoice_of(line()))
    note.number = "PD-CN-2026-000007"

    told = told_by(note)

    for words in (
        "Credit note",
        "PD-CN-2026-000007",
        "PD-2026-000123 Invoice of 21 November 2026",
        "-10.00 USD",
        "Given back",
    ):
        assert words in told, words
    assert "Paid in full" not in told


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (InvoiceKind.SUBSCRIPTION, "For 20 November 2026 to 20 December 2026"),
        (InvoiceKind.HOSTING, "your next sales pay what was not earned"),
        (InvoiceKind.TOP_UP, "Prepayment invoice"),
    ],
)
def test_a_period_hosting_and_money_paid_ahead_say_what_they_are(kind, words):
    period = {"period_start": NOON, "period_end": NOON + timedelta(days=30)} if kind != InvoiceKind.TOP_UP else {}
    paid_at = None if kind == InvoiceKind.HOSTING else NOON

    assert words in told_by(invoice_of(line(**period), kind=kind, paid_at=paid_at))


@pytest.mark.parametrize(("code", "shown"), [("jpy", "1,000 JPY"), ("kwd", "1.000 KWD")])
def test_currencies_without_and_with_three_decimals(code, shown):
    assert shown in told_by(invoice_of(line(), code=code))


@pytest.mark.parametrize("count", [1, 9, 10, 11, 12, 13, 40])
def test_however_many_lines_all_are_drawn_once_and_the_total_once(count):
    lines = [line(f"Polls number {at} " + "of a county " * (at % 5), seller=ACME) for at in range(1, count + 1)]
    invoice = invoice_of(*lines)

    told = told_by(invoice)

    assert [told.count(f"Polls number {at} ") for at in range(1, count + 1)] == [1] * count
    assert told.count("Paid in full") == 1
    assert invoice_pdf(invoice) == invoice_pdf(invoice)


def test_the_largest_amounts_stay_in_their_columns_and_a_long_reference_in_its_place():
    widths = [stringWidth("-999,999.99", "Vera", 9) / mm for _ in COLUMNS]
    rights = [right for _, right in COLUMNS]

    assert all(right - width > before for before, right, width in zip(rights, rights[1:], widths[1:], strict=False))
    told = told_by(invoice_of(line(), buyer=Party("A", "B", order_reference="x" * 60)))
    assert max(len(word) for word in told.split() if set(word) == {"x"}) < 40


def test_a_foot_has_all_of_who_issued_it_however_long_and_moves_lines_to_the_next_sheet():
    longest = {name: "W" * most for name, most in CHARS_MAX.items()} | {"tax_id": "IE1234567AB", "order_reference": ""}
    lines = [line(f"Polls {number}", seller=ACME) for number in range(9)]

    short, long = (invoice_pdf(invoice_of(*lines, issued_by=each.kept())) for each in (ACME, Party(**longest)))

    assert [len(PdfReader(io.BytesIO(pdf)).pages) for pdf in (short, long)] == [1, 2]
    assert "IE1234567AB" in told_by(invoice_of(line(), issued_by=Party(**longest).kept())).replace(" ", "")


def test_letters_without_a_glyph_lose_their_accents_only():
    told = told_by(invoice_of(line(), buyer=Party("Łódź Čapek", "Náměstí 1", city="Praha", country="CZ")))

    assert "Łódz Čapek Námestí 1" in told


def test_names_that_draw_nothing_are_blank_lines():
    nothing = Party("\u0301", "Ring 1", city="Wien", country="AT", order_reference="\u0301")
    told = told_by(invoice_of(line("\u0301"), buyer=nothing, issued_by=nothing.kept()))
    assert "Your reference" in told
    assert "Total 10.00 USD" in told
