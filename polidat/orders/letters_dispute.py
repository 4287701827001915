"""What mails about disputes say: values in, subject and text out; no session, no clock.

To buyers they are neutral: that a bank looks at a payment says nothing about who is right.
"""

from dataclasses import dataclass
from datetime import datetime

from polidat.core import Money
from polidat.orders.letters import Letter, letter, when

_REASONS = {
    "credit_not_processed": "that a refund was promised and did not come",
    "duplicate": "that the buyer paid twice",
    "fraudulent": "that the buyer did not make this payment",
    "product_not_received": "that the buyer did not get what was paid for",
    "product_unacceptable": "that what the buyer got is not what was described",
    "subscription_canceled": "that the subscription was ended before",
    "unrecognized": "that the buyer does not recognise the payment",
}


@dataclass(frozen=True)
class Disputed:
    """What a bank asks about: its title or titles, how much, why in Stripe's word, and where to look at it."""

    what: str
    amount: Money
    reason: str
    about: str
    page: str


def sale_disputed(found: Disputed, respond_by: datetime | None, *, is_inquiry: bool) -> Letter:
    """Return how a seller hears of a dispute, or of a bank that only asks yet, and what to do by when."""
    said = _REASONS.get(found.reason, "nothing more about why")
    until = f" until {when(respond_by)}" if respond_by is not None else ""
    if is_inquiry:
        subject, does = f"A bank asks about a sale of {found.amount}", f"asks about {found.amount}"
        stands = "No money has moved yet. If nobody answers, it can become a dispute."
    else:
        subject, does = f"A sale of {found.amount} is disputed", f"has taken {found.amount} back"
        stands = "Your part is held, where it could be taken back, and the buyer's access rests until the bank decides."
    return letter(
        subject,
        f"The bank of the buyer of {found.what} {does} and says {said}.",
        stands,
        f"Answer once{until}, with what speaks for the sale, or accept it. Who does not answer loses: {found.page}",
        about=found.about,
    )


def sale_lost(found: Disputed, share: Money, owed: Money) -> Letter:
    """Return how a seller hears that a bank has given the buyer the money back."""
    debt = f" {owed} of it is owed to the marketplace now: your next sales pay it." if owed.minor else ""
    return letter(
        f"A dispute over {found.amount} is lost",
        f"The bank has given the buyer of {found.what} the money back. Your part of it, {share}, is gone, and the "
        f"marketplace gives up its commission.{debt}",
        f"Of what was given back in full, the buyer's access has ended. {found.page}",
        about=found.about,
    )


def sale_won(found: Disputed, held: Money, *, is_inquiry: bool) -> Letter:
    """Return how a seller hears that a sale stands."""
    again = f" What was held, {held}, is sent to you again." if held.minor else ""
    over = "The bank asks no more" if is_inquiry else "The bank has decided for the sale"
    return letter(
        f"A dispute over {found.amount} is won" if not is_inquiry else f"A bank asks no more about {found.amount}",
        f"{over}: {found.what} stays sold.{again}",
        found.page,
        about=found.about,
    )


def access_rests(found: Disputed) -> Letter:
    """Return how a buyer hears that access rests while a bank looks at their payment."""
    return letter(
        f"Your access to {found.what} rests",
        f"Your bank is looking at a payment of {found.amount}. Until it has decided, access to {found.what} rests.",
        "If you did not ask your bank to look at it, tell your bank: then access comes back sooner.",
        found.page,
        about=found.about,
    )


def access_ended(found: Disputed, ended: str) -> Letter:
    """Return how a buyer hears that their bank has given money back; `ended` is what they have lost access to."""
    over = f"access to {ended} has ended" if ended else "you keep access to what is still paid"
    return letter(
        f"Your access to {ended} has ended" if ended else f"Your bank has decided about {found.what}",
        f"Your bank has given you {found.amount} back; {over}.",
        found.page,
        about=found.about,
    )


def access_back(found: Disputed) -> Letter:
    """Return how a buyer hears that nothing of this dispute keeps access from them any more."""
    return letter(
        f"Your bank has decided about {found.what}",
        f"Your bank has looked at the payment of {found.amount}, and it stands. Access to {found.what} no longer rests "
        "because of it.",
        found.page,
        about=found.about,
    )


def wallet_decided(amount: Money, page: str, *, is_lost: bool) -> Letter:
    """Return how somebody hears that their bank has decided about a payment into their wallet."""
    if is_lost:
        said = f"Your bank has given you {amount} back, so it has left your wallet."
    else:
        said = f"Your bank has looked at a payment of {amount} into your wallet, and it stands."
    rest = "If nothing else keeps the wallet, it pays again."
    return letter("Your bank has decided about your PoliDat wallet", f"{said} {rest}", page)


def wallet_rests(amount: Money, page: str) -> Letter:
    """Return how somebody hears that their wallet is frozen."""
    return letter(
        "Your PoliDat wallet rests",
        f"Your bank is looking at a payment of {amount} into your wallet. Until it has decided, the wallet pays "
        "nothing.",
        "If you did not ask your bank to look at it, tell your bank.",
        page,
    )
