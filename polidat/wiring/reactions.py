"""Who reacts to which fact, in the transaction of the fact."""

from collections.abc import Mapping, Sequence

from polidat.events import Reaction
from polidat.orders import follow_dispute, fulfil_paid, note_failure, note_refund_failure, take_refund
from polidat.payments import (
    DisputeMoved,
    PaymentFailed,
    PaymentRefunded,
    PaymentSettled,
    RefundFailed,
    SellerStandingChanged,
    resume_transfers,
)

REACTIONS: Mapping[type, Sequence[Reaction]] = {
    PaymentSettled: (fulfil_paid,),
    PaymentFailed: (note_failure,),
    PaymentRefunded: (take_refund,),
    RefundFailed: (note_refund_failure,),
    DisputeMoved: (follow_dispute,),
    SellerStandingChanged: (resume_transfers,),
}
