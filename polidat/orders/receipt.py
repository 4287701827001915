"""A receipt as PDF: what was bought, what was paid, what went back, and who bears which fee."""

from collections.abc import Sequence

from polidat.core import Money
from polidat.orders.models import Order
from polidat.paper import Paper
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
_TITLE_CHARS_MAX = 62
_LINES_A_PAGE = 30
_GAP = 9  # millimetres between the heading and the first line


def receipt_pdf(order: Order, buyer: Person, refunds: Sequence[Refund] = ()) -> bytes:
    """Return the receipt of an order as PDF, the same bytes each time for the same order."""
    paper = Paper(f"Receipt {order.public_id}")
    rows = _rows(order, refunds)
    paid = f"{order.paid_at:%d %B %Y, %H:%M} UTC" if order.paid_at else "not paid"
    for start in range(0, len(rows), _LINES_A_PAGE):
        y = paper.heading("PoliDat receipt", (f"Order {order.public_id}", f"Paid {paid}", f"Buyer {buyer.email}"))
        y -= _GAP
        for label, amount, is_sum in rows[start : start + _LINES_A_PAGE]:
            if is_sum:
                paper.rule(y + 5)
            y = paper.row(y, label, str(amount), is_sum=is_sum)
        policy = SELLER_BEARS if all(line.keeps_fee for line in order.lines) else POLICY
        middle = policy.index(";") + 1
        paper.foot(policy[:middle], policy[middle:].strip())
        paper.end_sheet()
    return paper.finished()


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
