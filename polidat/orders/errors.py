"""What can stop a buyer.

NotFound
├── NoSuchAttestation
├── NoSuchFinding
├── NoSuchOrder
├── NoSuchShipment
├── NoSuchSeat
├── NoSuchSubscription
└── NoSuchTopUp
Conflict
├── CheckoutLocked
├── PayoutDelayed
├── PayoutUnknown
├── OwnListing
├── AlreadyYours
├── OneCurrencyPerOrder
├── OneLicenceOnly
├── KeyOfAnotherOrder
├── NothingToPay
├── NothingToRefund
├── ShipsNowhere
├── OwnLicenceStays
├── SeatsTaken
└── WaitsAlready
"""

from datetime import datetime

from polidat.core import Conflict, NotFound


class NoSuchOrder(NotFound):
    """No order has this id, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__("There is no such order among yours. Look at your orders.")


class PayoutUnknown(Conflict):
    """Nobody knows what became of a payout that was asked for under this key."""

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key is more than a day old, and nobody knows what came of it. Look at your payouts, and "
            "take a new key if it is not there."
        )


class OwnListing(Conflict):
    """The seller tries to buy from themselves."""

    def __init__(self, title: str) -> None:
        super().__init__(f"“{title}” is your own listing: you can already use it, and cannot buy from yourself.")


class AlreadyYours(Conflict):
    """The buyer has access already."""

    def __init__(self, title: str) -> None:
        super().__init__(
            f"You already have “{title}”. Find it in your library; there is nothing to pay. What you buy on top of it "
            "are licences for others: say so when you order."
        )


class OneCurrencyPerOrder(Conflict):
    """One payment is in one currency."""

    def __init__(self) -> None:
        super().__init__("These datasets are priced in different currencies. Order those of one currency at a time.")


class OneLicenceOnly(Conflict):
    """Several licences of a listing that is free, or whose seller decides about each buyer."""

    def __init__(self, title: str) -> None:
        super().__init__(
            f"Only one licence of “{title}” can be ordered at a time: it is free for everybody, or its seller decides "
            "about each buyer."
        )


class KeyOfAnotherOrder(Conflict):
    """The same key came with other datasets."""

    def __init__(self) -> None:
        super().__init__("This form was already sent for another order. Reload the page and try again.")


class NothingToPay(Conflict):
    """The order is paid, free, or cannot be paid any more."""

    def __init__(self, says: str) -> None:
        super().__init__(says)


class NothingToRefund(Conflict):
    """The order was not paid, or all of it went back."""

    def __init__(self) -> None:
        super().__init__("Nothing of this order is left to give back: it was not paid, or was refunded already.")


class NoSuchTopUp(NotFound):
    """No top-up has this id, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__("There is no such payment into your wallet. Look at “My wallet”.")


class NoSuchSubscription(NotFound):
    """No subscription has this id, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__("There is no such subscription among yours. Look at “My subscriptions”.")


class NoSuchFinding(NotFound):
    """No finding, or no fraud rule, of this name."""

    def __init__(self) -> None:
        super().__init__("There is no such finding or rule. Reload the page.")


class PayoutDelayed(Conflict):
    """Where payouts can go changed a short time ago; `until` is None when an operator has found it to be fraud."""

    def __init__(self, changed_at: datetime, until: datetime | None) -> None:
        waits = f"until {until:%d %B %Y, %H:%M} UTC" if until else "until you have spoken with the operator"
        super().__init__(
            f"A bank account or card of your payouts was added or changed at Stripe on {changed_at:%d %B %Y}. Larger "
            f"payouts wait {waits}, so that nobody else sends your money away. If it was not you, write to the "
            "operator at once."
        )


class CheckoutLocked(Conflict):
    """Too many cards were declined."""

    def __init__(self) -> None:
        super().__init__("Too many cards were declined. Try again in an hour or so, or write to the operator.")


class WaitsAlready(Conflict):
    """The buyer has ordered it already, and somebody has to agree."""

    def __init__(self, title: str) -> None:
        super().__init__(f"You have ordered “{title}” already, and it is not open yet. Look at your orders.")


class NoSuchAttestation(NotFound):
    """No buyer waits under this id, or somebody else decides."""

    def __init__(self) -> None:
        super().__init__("Nobody waits here for your decision. Look at “Requests”.")


class NoSuchShipment(NotFound):
    """No parcel of this line, or it is neither sold nor bought by this person."""

    def __init__(self) -> None:
        super().__init__("There is nothing to send here. Look at “Shipping”, or at your orders.")


class ShipsNowhere(Conflict):
    """Goods of one order are sent to different countries only."""

    def __init__(self) -> None:
        super().__init__("There is no country all of these are sent to. Order those that go to yours together.")


class NoSuchSeat(NotFound):
    """No seat has this id, or it is neither this person's nor given by them."""

    def __init__(self) -> None:
        super().__init__("There is no such licence, or it was taken back. Reload the page.")


class SeatsTaken(Conflict):
    """Every licence of the line is somebody's."""

    def __init__(self, title: str) -> None:
        super().__init__(f"Every licence of “{title}” is given to somebody. Take one back first.")


class OwnLicenceStays(Conflict):
    """The buyer's own licence cannot be given to somebody else; `why` is a sentence."""

    def __init__(self, title: str, why: str) -> None:
        super().__init__(f"Your own licence of “{title}” cannot be given away. {why}")
