"""What people buy: orders, what their payments mean, and who sees them."""

from polidat.orders.errors import (
    AlreadyYours,
    KeyOfAnotherOrder,
    NoSuchOrder,
    NothingToPay,
    OneSellerPerOrder,
    OwnListing,
)
from polidat.orders.events import OrderExpired, OrderFlagged, OrderPaid, OrderPlaced
from polidat.orders.find import Sale, flagged_orders, my_orders, order_of, owed_to, receipts_of, sales_of
from polidat.orders.fulfil import expire_orders, fulfil_paid, note_failure
from polidat.orders.models import Order, OrderLine, OrderState
from polidat.orders.pay import start_payment, sync_order
from polidat.orders.place import place_order

__all__ = [
    "AlreadyYours",
    "KeyOfAnotherOrder",
    "NoSuchOrder",
    "NothingToPay",
    "OneSellerPerOrder",
    "Order",
    "OrderExpired",
    "OrderFlagged",
    "OrderLine",
    "OrderPaid",
    "OrderPlaced",
    "OrderState",
    "OwnListing",
    "Sale",
    "expire_orders",
    "flagged_orders",
    "fulfil_paid",
    "my_orders",
    "note_failure",
    "order_of",
    "owed_to",
    "place_order",
    "receipts_of",
    "sales_of",
    "start_payment",
    "sync_order",
]
