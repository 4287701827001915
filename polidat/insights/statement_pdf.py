"""A seller's statement as PDF: balances, sums, and every line."""

import io
from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm

from polidat.core import Money
from polidat.insights.statement import MOVED, SellerStatement, StatementLine
from polidat.insights.tables import decimal

_FONT, _BOLD = "Vera", "VeraBd"
_LEFT, _RIGHT, _TOP = 15 * mm, 195 * mm, 280 * mm
_GREY = 0.4
_FIRST_PAGE, _NEXT_PAGES = 30, 44  # rows; a line whose commission is explained takes more than one
_EXPLAINED = 1.6
_ROW = 5.5 * mm
_TITLE_CHARS_MAX = 36
_EXPLAINED_CHARS_MAX = 130
_COLUMNS = (("Sold for", 123), ("Commission", 143), ("Card fee", 160), ("Yours", 178), ("Moved", 195))  # right, in mm
SAYS = {
    "sale": "Sale",
    "period": "Subscription",
    "use": "Single uses",
    "refund": "Refund",
    "dispute": "Dispute lost",
    "sent": "Sent to your Stripe account",
    "taken_back": "Taken back from your Stripe account",
    "hosting": "Hosting, out of what you earned",
}


def statement_pdf(statement: SellerStatement) -> bytes:
    """Return the statement as PDF, the same bytes each time for the same lines."""
    from reportlab.lib.pagesizes import A4  # what draws is loaded by the first PDF
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    fonts: Any = pdfmetrics  # the library has no types
    for name in (_FONT, _BOLD):
        fonts.registerFont(TTFont(name, f"{name}.ttf"))
    target = io.BytesIO()
    page: Any = Canvas(target, pagesize=A4, invariant=True)
    page.setTitle(f"PoliDat statement {statement.period.first:%Y-%m} {statement.currency.upper()}")
    sheets = _sheets(statement.lines)
    for number, lines in enumerate(sheets, start=1):
        y = _summary(page, statement) if number == 1 else _TOP
        _table(page, y, lines, statement.currency)
        page.setFont(_FONT, 7)
        page.drawRightString(_RIGHT, 12 * mm, f"Page {number} of {len(sheets)}")
        page.showPage()
    page.save()
    return target.getvalue()


def _sheets(lines: Sequence[StatementLine]) -> list[Sequence[StatementLine]]:
    sheets: list[list[StatementLine]] = [[]]
    room = float(_FIRST_PAGE)
    for each in lines:
        rows = _EXPLAINED if each.rate else 1.0
        if rows > room:
            sheets.append([])
            room = float(_NEXT_PAGES)
        sheets[-1].append(each)
        room -= rows
    return [*sheets]


def _summary(page: Any, statement: SellerStatement) -> float:
    page.setFont(_BOLD, 18)
    page.drawString(_LEFT, _TOP, "PoliDat statement")
    page.setFont(_FONT, 9)
    page.setFillGray(_GREY)
    period = f"{statement.period.first:%d %B %Y} to {statement.period.last:%d %B %Y}, {statement.currency.upper()}"
    page.drawString(_LEFT, _TOP - 8 * mm, period)
    page.drawString(_LEFT, _TOP - 13 * mm, f"Seller {statement.seller.shown_name}, {statement.seller.email}")
    page.setFillGray(0)
    y = _TOP - 24 * mm
    for label, minor, is_sum in _sums(statement):
        page.setFont(_BOLD if is_sum else _FONT, 10)
        page.drawString(_LEFT, y, label)
        page.drawRightString(160 * mm, y, str(Money(minor, statement.currency)))
        y -= 6 * mm
    return y - 6 * mm


def _sums(statement: SellerStatement) -> list[tuple[str, int, bool]]:
    sold = ("sale", "period", "use")
    back = ("refund", "dispute")
    hosting = statement.total("moved_minor", "hosting")
    return [
        ("Owed to you when it began", statement.opening_minor, True),
        ("Sold", statement.total("gross_minor", *sold), False),
        ("Given back or lost to disputes", statement.total("gross_minor", *back), False),
        ("Commission", statement.total("commission_minor"), False),
        ("Card fees passed on", statement.total("card_fee_minor"), False),
        ("Exchange losses the house bore", statement.total("borne_minor"), False),
        ("Sent to your Stripe account, less what was taken back", statement.total("moved_minor", *MOVED), False),
        *([("Hosting, out of what you earned", hosting, False)] if hosting else []),
        ("Owed to you when it ended", statement.closing_minor, True),
    ]


def _table(page: Any, y: float, lines: Sequence[StatementLine], code: str) -> None:
    page.setFont(_BOLD, 7.5)
    page.drawString(_LEFT, y, "Date")
    page.drawString(_LEFT + 18 * mm, y, "What")
    for label, right in _COLUMNS:
        page.drawRightString(right * mm, y, label)
    page.line(_LEFT, y - 1.5 * mm, _RIGHT, y - 1.5 * mm)
    page.setFont(_FONT, 7.5)
    if not lines:
        page.drawString(_LEFT, y - 7 * mm, "Nothing was sold, given back or sent.")
    for each in lines:
        y -= _ROW
        page.drawString(_LEFT, y, f"{each.at:%d.%m.%Y}")
        page.drawString(_LEFT + 18 * mm, y, _label(each, code))
        amounts = (each.gross_minor, each.commission_minor, each.card_fee_minor, each.yours_minor, each.moved_minor)
        for minor, (_, right) in zip(amounts, _COLUMNS, strict=True):
            page.drawRightString(right * mm, y, decimal(minor, code) if minor else "")
        if each.rate:
            y -= (_EXPLAINED - 1) * _ROW
            _explain(page, y, each)


def _explain(page: Any, y: float, line: StatementLine) -> None:
    rule = f", by the rule for {line.rule}" if line.rule else ""
    page.setFont(_FONT, 6.5)
    page.setFillGray(_GREY)
    page.drawString(_LEFT + 18 * mm, y, f"Commission {line.rate}{rule}"[:_EXPLAINED_CHARS_MAX])
    page.setFillGray(0)
    page.setFont(_FONT, 7.5)


def _label(line: StatementLine, code: str) -> str:
    title = f"{line.many(code)} {line.title}".strip()
    title = title if len(title) <= _TITLE_CHARS_MAX else f"{title[: _TITLE_CHARS_MAX - 1]}…"
    return f"{SAYS[line.what]}: {title}" if title else SAYS[line.what]
