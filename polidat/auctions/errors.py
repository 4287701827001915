"""What can stop a bid.

NotFound
└── NoSuchAuction
Conflict
├── AuctionRuns
├── AuctionOver
└── BidTooLow
"""

from polidat.core import Conflict, Money, NotFound


class NoSuchAuction(NotFound):
    """No auction has this id, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__("There is no such auction.")


class AuctionRuns(Conflict):
    """A listing is in one auction at a time, and one with bids goes on to its end."""

    def __init__(self, why: str) -> None:
        super().__init__(why)


class AuctionOver(Conflict):
    """The time to bid is over."""

    def __init__(self) -> None:
        super().__init__("This auction is over. Your bid was not taken, and nothing was charged.")


class BidTooLow(Conflict):
    """Somebody else offers as much already."""

    def __init__(self, least: Money) -> None:
        super().__init__(f"That is not enough: bid at least {least}.")
