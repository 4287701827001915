"""Who reacts to which fact, in the transaction of the fact."""

from collections.abc import Mapping, Sequence

from polidat.events import Reaction
from polidat.orders import fulfil_paid, note_failure
from polidat.payments import PaymentFailed, PaymentSettled

REACTIONS: Mapping[type, Sequence[Reaction]] = {
    PaymentSettled: (fulfil_paid,),
    PaymentFailed: (note_failure,),
}
