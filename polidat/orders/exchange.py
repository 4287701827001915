"""Payments that settle in another currency while the house goes on owing the first: credit of wallets, hosting.

A sale is shared in the currency it settled in, and nothing is left over. Here what was paid stands against what is
owed, and each part of it that goes back, or to a seller, is reckoned at what Stripe gave for it on average.
"""

from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from polidat.core import Money, half_away
from polidat.ledger import (
    FX_LOSS,
    Refs,
    balance_of,
    credit,
    debit,
    dispute_clearing,
    exchanged,
    fx_clearing,
    order_clearing,
    post,
    refund_clearing,
    refund_owed,
    seller_payable,
    settled_in,
)
from polidat.payments import DisputeMoved, PaymentRefunded, PaymentSettled, RefundFailed


def keep_exchanged(session: Session, fact: PaymentSettled) -> None:
    """Close the exchange of a payment at the rate Stripe gave; nothing where it settled as it was paid."""
    if fact.currency == fact.settled_currency:
        return
    paid, got = Money(fact.amount_minor, fact.currency), Money(fact.settled_minor, fact.settled_currency)
    passes, kept = (name(fact.currency, fact.settled_currency) for name in (fx_clearing, exchanged))
    legs = [credit(passes, paid), debit(kept, paid), debit(passes, got), credit(kept, got)]
    refs = Refs(stripe_object=fact.charge_id, order_ref=fact.subject)
    post(session, f"exchange:{fact.charge_id}", "exchange", legs, occurred_at=fact.at, refs=refs)


def return_paid(session: Session, fact: PaymentRefunded) -> None:
    """Take what went back out of what is kept exchanged; nothing where it settled as it was paid."""
    back, out = Money(fact.amount_minor, fact.currency), Money(fact.settled_minor, fact.settled_currency)
    if back.currency != out.currency:
        via, clearing = exchanged(back.currency, out.currency), refund_clearing(fact.subject)
        _post_back(session, f"exchange:{fact.refund_ref}", (clearing, back), (clearing, out), via, fact)


def return_lost(session: Session, fact: DisputeMoved, lost: Money, out: Money, *, again: str = "") -> None:
    """Take what a bank has kept out of what is kept exchanged; nothing where it settled as it was paid.

    `out` is what Stripe took for what is `lost`; both are less than nothing when the bank gives back, named `again`.
    """
    if lost.currency != out.currency:
        via, clearing = exchanged(lost.currency, out.currency), dispute_clearing(fact.dispute_id)
        _post_back(session, f"exchange:{fact.dispute_id}{again}", (clearing, lost), (clearing, out), via, fact)


def keep_sent_back(session: Session, fact: RefundFailed) -> None:
    """Keep exchanged again what a bank has sent back; nothing where it settled as it was paid."""
    back, came = (
        Money(-fact.amount_minor, fact.currency),
        Money(-fact.settled_minor, fact.settled_currency or fact.currency),
    )
    if back.currency != came.currency:
        via, owed = exchanged(back.currency, came.currency), refund_owed(fact.subject)
        _post_back(session, f"exchange:{fact.refund_ref}:back", (owed, back), (owed, came), via, fact)


def return_unfitting(session: Session, fact: PaymentRefunded) -> None:
    """Post that money which bought nothing went back, through the exchange where it settled in another currency."""
    back, out = Money(fact.amount_minor, fact.currency), Money(fact.settled_minor, fact.settled_currency)
    came, goes = order_clearing(fact.subject), refund_clearing(fact.subject)
    if back.currency != out.currency:
        via = fx_clearing(back.currency, out.currency)
        _post_back(session, f"refund:{fact.refund_ref}", (came, back), (goes, out), via, fact, kind="refund_share")
        return
    refs = Refs(stripe_object=fact.charge_id, order_ref=fact.subject)
    legs = [credit(goes, out), debit(came, back)]
    post(session, f"refund:{fact.refund_ref}", "refund_share", legs, occurred_at=fact.at, refs=refs)


def exchange_for_seller(session: Session, seller_id: int, due: Money, *, subject: str, now: datetime) -> Money | None:
    """Let the house owe a seller in the currency it has what it owes in one that was exchanged; return that.

    None where the currency was not exchanged, or less of it than is due: then it is sent as it is.
    """
    for settled in settled_in(session, due.currency):
        kept = exchanged(due.currency, settled)
        worth = _worth(session, kept, due, settled)
        if worth is None or not worth.minor:
            continue
        payable = seller_payable(seller_id)
        legs = [debit(payable, due), credit(kept, due), debit(kept, worth), credit(payable, worth)]
        post(session, f"exchange:{subject}", "exchange", legs, occurred_at=now, refs=Refs(order_ref=subject))
        return worth
    return None


def _post_back(
    session: Session,
    key: str,
    back: tuple[str, Money],
    out: tuple[str, Money],
    via: str,
    fact: PaymentRefunded | DisputeMoved | RefundFailed,
    *,
    kind: str = "exchange",
) -> None:
    """What goes `back`, as it was paid, and what Stripe took for it (`out`) leave their accounts through the exchange.

    What the rate has changed since is the house's loss, or gain.
    """
    then = _worth(session, via, back[1], out[1].currency)
    then = out[1] if then is None else then
    legs = [debit(*back), credit(via, back[1]), credit(*out), debit(via, then), debit(FX_LOSS, out[1] - then)]
    refs = Refs(stripe_object=fact.charge_id, order_ref=fact.subject)
    post(session, key, kind, [leg for leg in legs if leg.minor], occurred_at=fact.at, refs=refs)


def _worth(session: Session, account: str, part: Money, code: str) -> Money | None:
    """What a part of what the account holds was worth on average; None where it does not hold so much."""
    whole, given = balance_of(session, account, part.currency), -balance_of(session, account, code)
    if whole < part.minor or given <= 0:
        return None
    return Money(half_away(Fraction(given * part.minor, whole)), code)
