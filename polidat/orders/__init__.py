"""What people buy: orders, what their payments mean, and who sees them."""

from polidat.orders.alert import give_back_unfitting, settle_alert
from polidat.orders.cart import CartItem, add_to_cart, cart_of, cart_size, order_cart, remove_from_cart
from polidat.orders.dispute import answer_for_sale, follow_dispute, give_up_sale
from polidat.orders.errors import (
    AlreadyYours,
    KeyOfAnotherOrder,
    NoSuchOrder,
    NothingToPay,
    NothingToRefund,
    OneCurrencyPerOrder,
    OwnListing,
)
from polidat.orders.events import AlertSettled, OrderExpired, OrderFlagged, OrderPaid, OrderPlaced, OrderRefunded
from polidat.orders.find import (
    Sale,
    disputes_about,
    flagged_orders,
    held_from,
    my_orders,
    order_of,
    owed_by,
    owed_to,
    receipts_of,
    sales_of,
)
from polidat.orders.fulfil import expire_orders, fulfil_paid, note_failure
from polidat.orders.models import CartLine, Order, OrderLine, OrderState, RefundLine
from polidat.orders.pay import start_payment, sync_order
from polidat.orders.place import place_order
from polidat.orders.receipt import receipt_pdf
from polidat.orders.refund import note_refund_failure, paid_lines, refund_order, take_refund

__all__ = [
    "AlertSettled",
    "AlreadyYours",
    "CartItem",
    "CartLine",
    "KeyOfAnotherOrder",
    "NoSuchOrder",
    "NothingToPay",
    "NothingToRefund",
    "OneCurrencyPerOrder",
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
    "add_to_cart",
    "answer_for_sale",
    "cart_of",
    "cart_size",
    "disputes_about",
    "expire_orders",
    "flagged_orders",
    "follow_dispute",
    "fulfil_paid",
    "give_back_unfitting",
    "give_up_sale",
    "held_from",
    "my_orders",
    "note_failure",
    "note_refund_failure",
    "order_cart",
    "order_of",
    "owed_by",
    "owed_to",
    "paid_lines",
    "place_order",
    "receipt_pdf",
    "receipts_of",
    "refund_order",
    "remove_from_cart",
    "sales_of",
    "settle_alert",
    "start_payment",
    "sync_order",
    "take_refund",
]
