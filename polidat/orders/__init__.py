"""What people buy: orders, what their payments mean, and who sees them."""

from polidat.orders.alert import give_back_unfitting, settle_alert
from polidat.orders.cart import CartItem, add_to_cart, cart_of, cart_size, order_cart, remove_from_cart
from polidat.orders.dispute import answer_for_sale, follow_dispute, give_up_sale
from polidat.orders.errors import (
    AlreadyYours,
    KeyOfAnotherOrder,
    NoSuchOrder,
    NoSuchTopUp,
    NothingToPay,
    NothingToRefund,
    OneCurrencyPerOrder,
    OwnListing,
)
from polidat.orders.events import (
    AlertSettled,
    CreditAdded,
    OrderExpired,
    OrderFlagged,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
)
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
from polidat.orders.models import CartLine, Order, OrderLine, OrderState, RefundLine, TopUp
from polidat.orders.pay import start_payment, sync_order
from polidat.orders.place import place_order
from polidat.orders.receipt import receipt_pdf
from polidat.orders.refund import note_refund_failure, paid_lines, refund_order, take_refund
from polidat.orders.usage import pay_usage
from polidat.orders.wallet import (
    MOST_MAJOR,
    follow_top_up_dispute,
    keep_unrefunded,
    refund_top_up,
    start_top_up,
    sync_top_up,
    take_top_up,
    take_top_up_refund,
    top_ups_of,
)
from polidat.orders.warning import heed_warning

__all__ = [
    "MOST_MAJOR",
    "AlertSettled",
    "AlreadyYours",
    "CartItem",
    "CartLine",
    "CreditAdded",
    "KeyOfAnotherOrder",
    "NoSuchOrder",
    "NoSuchTopUp",
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
    "TopUp",
    "add_to_cart",
    "answer_for_sale",
    "cart_of",
    "cart_size",
    "disputes_about",
    "expire_orders",
    "flagged_orders",
    "follow_dispute",
    "follow_top_up_dispute",
    "fulfil_paid",
    "give_back_unfitting",
    "give_up_sale",
    "heed_warning",
    "held_from",
    "keep_unrefunded",
    "my_orders",
    "note_failure",
    "note_refund_failure",
    "order_cart",
    "order_of",
    "owed_by",
    "owed_to",
    "paid_lines",
    "pay_usage",
    "place_order",
    "receipt_pdf",
    "receipts_of",
    "refund_order",
    "refund_top_up",
    "remove_from_cart",
    "sales_of",
    "settle_alert",
    "start_payment",
    "start_top_up",
    "sync_order",
    "sync_top_up",
    "take_refund",
    "take_top_up",
    "take_top_up_refund",
    "top_ups_of",
]
