"""A receipt as text."""

from polidat.core import Money
from polidat.orders import Order
from polidat.people import Person


def receipt_text(order: Order, buyer: Person) -> str:
    """Return the receipt of a paid order."""
    lines = [f"  {each.title}: {Money(each.price_minor, order.currency)}" for each in order.lines]
    paid = f"{order.paid_at:%Y-%m-%d %H:%M} UTC" if order.paid_at else "nothing was charged"
    head = ["PoliDat receipt", f"Order {order.public_id}", f"Buyer {buyer.email}", f"Paid {paid}", ""]
    return "\n".join([*head, *lines, "", f"Total {order.total}", ""])
