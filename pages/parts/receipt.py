"""A receipt as text."""

from collections.abc import Sequence

from polidat.core import Money
from polidat.orders import Order
from polidat.payments import Refund, RefundState
from polidat.people import Person


def receipt_text(order: Order, buyer: Person, refunds: Sequence[Refund] = ()) -> str:
    """Return the receipt of a paid order, with what went back of it."""
    lines = [f"  {each.title}: {Money(each.price_minor, order.currency)}" for each in order.lines]
    paid = f"{order.paid_at:%Y-%m-%d %H:%M} UTC" if order.paid_at else "nothing was charged"
    head = ["PoliDat receipt", f"Order {order.public_id}", f"Buyer {buyer.email}", f"Paid {paid}", ""]
    back = [
        f"Refund of {each.requested_at:%Y-%m-%d}: {each.amount}"
        for each in refunds
        if each.state in (RefundState.PENDING, RefundState.SUCCEEDED)
    ]
    return "\n".join([*head, *lines, "", f"Total {order.total}", *back, ""])
