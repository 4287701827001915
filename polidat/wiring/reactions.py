"""Who reacts to which fact, in the transaction of the fact."""

from collections.abc import Mapping, Sequence

from polidat.auctions import AuctionWon, BidLost, count_bid, drop_bid
from polidat.catalog import ListingPublished, PriceAsked
from polidat.events import Reaction
from polidat.insights import RevenueUnusual, tell_unbooked, tell_unusual
from polidat.invoices import credit_month, credit_refund
from polidat.orders import (
    TELLS,
    HostingGivenBack,
    OrderFlagged,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    end_returned,
    follow_dispute,
    follow_subscription,
    follow_subscription_dispute,
    follow_top_up_dispute,
    fulfil_paid,
    heed_warning,
    keep_unrefunded,
    note_failure,
    note_hold_ended,
    note_refund_failure,
    take_refund,
    take_subscription_payment,
    take_subscription_refund,
    take_top_up,
    take_top_up_refund,
    watch_bank,
    watch_declined,
    watch_flagged,
    watch_paid,
    watch_placed,
    watch_price,
    watch_warned,
)
from polidat.payments import (
    DisputeMoved,
    FraudWarned,
    HoldEnded,
    MoneyUnbooked,
    PaymentFailed,
    PaymentHeld,
    PaymentRefunded,
    PaymentSettled,
    PayoutBankChanged,
    RefundFailed,
    RefundRefused,
    SellerStandingChanged,
    SubscriptionMoved,
    resume_transfers,
)
from polidat.wiring.auctions import charge_winner, drop_lost_bid

_DOES: Mapping[type, Sequence[Reaction]] = {
    PriceAsked: (watch_price,),
    ListingPublished: (watch_price,),
    OrderPlaced: (watch_placed,),
    OrderPaid: (watch_paid,),
    OrderFlagged: (watch_flagged,),
    OrderRefunded: (end_returned,),
    PaymentSettled: (fulfil_paid, take_top_up, take_subscription_payment),
    PaymentHeld: (count_bid,),
    HoldEnded: (note_hold_ended, drop_bid),
    BidLost: (drop_lost_bid,),
    AuctionWon: (charge_winner,),
    PaymentFailed: (note_failure, watch_declined),
    PaymentRefunded: (take_refund, take_top_up_refund, take_subscription_refund, credit_refund),
    HostingGivenBack: (credit_month,),
    RefundFailed: (note_refund_failure, keep_unrefunded),
    RefundRefused: (note_refund_failure, keep_unrefunded),
    DisputeMoved: (follow_dispute, follow_top_up_dispute, follow_subscription_dispute),
    FraudWarned: (heed_warning, watch_warned),
    PayoutBankChanged: (watch_bank,),
    SubscriptionMoved: (follow_subscription,),
    SellerStandingChanged: (resume_transfers,),
    MoneyUnbooked: (tell_unbooked,),
    RevenueUnusual: (tell_unusual,),
}

# mails come last: they say what the others have done
REACTIONS: Mapping[type, Sequence[Reaction]] = {
    fact: (*_DOES.get(fact, ()), *TELLS.get(fact, ())) for fact in (*_DOES, *(TELLS.keys() - _DOES.keys()))
}
