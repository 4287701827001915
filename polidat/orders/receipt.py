"""A receipt as PDF: what was bought, what was paid, what went back, and who bears which fee."""

import io
from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm

from polidat.core import Money
from polidat.orders.models import Order
from polidat.payments import Refund, RefundState
from polidat.people import Person

POLICY = (
    "If a sale is refunded, the seller gives back the seller's part and the marketplace its commission; "
    "the card processor keeps its fee, which the marketplace bears."
)
SELLER_BEARS = (
    "If a sale is refunded, the seller gives all of it back, and bears the marketplace's commission; "
    "the card processor keeps its fee."
)
_FONT, _BOLD = "Vera", "VeraBd"
_LEFT, _RIGHT, _TOP = 20 * mm, 190 * mm, 275 * mm
_GREY = 0.4
_TITLE_CHARS_MAX = 62
_LINES_A_PAGE = 30


def receipt_pdf(order: Order, buyer: Person, refunds: Sequence[Refund] = ()) -> bytes:
    """Return the receipt of an order as PDF, the same bytes each time for the same order."""
    from reportlab.lib.pagesizes import A4  # what draws is loaded by the first PDF
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    fonts: Any = pdfmetrics  # the library has no types
    for name in (_FONT, _BOLD):
        fonts.registerFont(TTFont(name, f"{name}.ttf"))
    target = io.BytesIO()
    page: Any = Canvas(target, pagesize=A4, invariant=True)
    page.setTitle(f"Receipt {order.public_id}")
    rows = _rows(order, refunds)
    for start in range(0, len(rows), _LINES_A_PAGE):
        y = _head(page, order, buyer)
        for label, amount, is_sum in rows[start : start + _LINES_A_PAGE]:
            y = _line(page, y, label, str(amount), bold=is_sum)
        _foot(page, SELLER_BEARS if all(line.keeps_fee for line in order.lines) else POLICY)
        page.showPage()
    page.save()
    return target.getvalue()


def _rows(order: Order, refunds: Sequence[Refund]) -> list[tuple[str, Money, bool]]:
    """Every line with its amount, and whether it is a sum."""
    given = [each for each in refunds if each.state in (RefundState.PENDING, RefundState.SUCCEEDED)]
    rows: list[tuple[str, Money, bool]] = []
    for line in order.lines:
        many = f"{line.quantity} × {line.unit_price}  " if line.quantity > 1 else ""
        rows.append((f"{many}{line.title[: _TITLE_CHARS_MAX - len(many)]}", line.goods + line.discount, False))
        if line.discount_minor:
            rows.append(("Discount", Money(-line.discount_minor, line.currency), False))
        if line.shipment is not None:
            rows.append(("Shipping", Money(line.shipping_minor, line.currency), False))
    rows.append(("Total", order.total, True))
    for each in given:
        rows.append((f"Refunded {each.requested_at:%d %B %Y}", Money(-each.amount_minor, each.currency), False))
    if given:
        back = sum(each.amount_minor for each in given)
        rows.append(("Paid after refunds", Money(order.total.minor - back, order.currency), True))
    return rows


def _head(page: Any, order: Order, buyer: Person) -> float:
    page.setFont(_BOLD, 18)
    page.drawString(_LEFT, _TOP, "PoliDat receipt")
    page.setFont(_FONT, 9)
    page.setFillGray(_GREY)
    paid = f"{order.paid_at:%d %B %Y, %H:%M} UTC" if order.paid_at else "not paid"
    for place, text in enumerate((f"Order {order.public_id}", f"Paid {paid}", f"Buyer {buyer.email}")):
        page.drawString(_LEFT, _TOP - (8 + 5 * place) * mm, text)
    page.setFillGray(0)
    return _TOP - 32 * mm


def _line(page: Any, y: float, label: str, amount: str, *, bold: bool) -> float:
    page.setFont(_BOLD if bold else _FONT, 10)
    page.drawString(_LEFT, y, label)
    page.drawRightString(_RIGHT, y, amount)
    if bold:
        page.line(_LEFT, y + 5 * mm, _RIGHT, y + 5 * mm)
    return y - 7 * mm


def _foot(page: Any, policy: str) -> None:
    page.setFont(_FONT, 7)
    page.setFillGray(_GREY)
    middle = policy.index(";") + 1
    page.drawString(_LEFT, 20 * mm, policy[:middle])
    page.drawString(_LEFT, 16 * mm, policy[middle:].strip())
    page.setFillGray(0)
