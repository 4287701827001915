"""Which facts are told by mail, and by whom: the reactions that come after all others to the same fact."""

from collections.abc import Mapping, Sequence

from polidat.events import Reaction
from polidat.orders.events import OrderFlagged, OrderPaid, RefundAsked
from polidat.orders.tell import (
    tell_failed,
    tell_flagged,
    tell_paid,
    tell_refund_asked,
    tell_refunded,
    tell_unrefunded,
)
from polidat.orders.tell_dispute import tell_dispute
from polidat.orders.tell_subscription import tell_period_paid, tell_period_refunded
from polidat.payments import (
    DisputeMoved,
    PaymentFailed,
    PaymentRefunded,
    PaymentSettled,
    RefundFailed,
    RefundRefused,
)

TELLS: Mapping[type, Sequence[Reaction]] = {
    OrderPaid: (tell_paid,),
    OrderFlagged: (tell_flagged,),
    RefundAsked: (tell_refund_asked,),
    PaymentSettled: (tell_period_paid,),
    PaymentFailed: (tell_failed,),
    PaymentRefunded: (tell_refunded, tell_period_refunded),
    RefundFailed: (tell_unrefunded,),
    RefundRefused: (tell_unrefunded,),
    DisputeMoved: (tell_dispute,),
}
