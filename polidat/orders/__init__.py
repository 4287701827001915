"""What people buy: orders, what their payments mean, and who sees them."""

from polidat.orders.dispute import follow_dispute
from polidat.orders.errors import (
    AlreadyYours,
    KeyOfAnotherOrder,
    NoSuchOrder,
    NothingToPay,
    NothingToRefund,
    OneSellerPerOrder,
    OwnListing,
)
from polidat.orders.events import OrderExpired, OrderFlagged, OrderPaid, OrderPlaced, OrderRefunded
from polidat.orders.find import Sale, flagged_orders, my_orders, order_of, owed_to, receipts_of, sales_of
from polidat.orders.fulfil import expire_orders, fulfil_paid, note_failure
from polidat.orders.models import Order, OrderLine, OrderState, RefundLine
from polidat.orders.pay import start_payment, sync_order
from polidat.orders.place import place_order
from polidat.orders.refund import note_refund_failure, paid_lines, refund_order, take_refund

__all__ = [
    "AlreadyYours",
    "KeyOfAnotherOrder",
    "NoSuchOrder",
    "NothingToPay",
    "NothingToRefund",
    "OneSellerPerOrder",
    "Order",
    "OrderExpired",
    "OrderFlagged",
    "OrderLine",
    "OrderPaid",
    "OrderPlaced",
    "OrderRefunded",
    "OrderState",
    "OwnListing",
    "RefundLine",
    "Sale",
    "expire_orders",
    "flagged_orders",
    "follow_dispute",
    "fulfil_paid",
    "my_orders",
    "note_failure",
    "note_refund_failure",
    "order_of",
    "owed_to",
    "paid_lines",
    "place_order",
    "receipts_of",
    "refund_order",
    "sales_of",
    "start_payment",
    "sync_order",
    "take_refund",
]
