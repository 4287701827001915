"""What can stop somebody who asks for figures.

NotAllowed
└── OperatorsOnly
NotFound
├── NoSuchCustomer
└── NoSuchPayout
"""

from polidat.core import NotAllowed, NotFound


class OperatorsOnly(NotAllowed):
    """Somebody who does not run the marketplace asked for its figures."""

    def __init__(self) -> None:
        super().__init__("Only operators see the figures of the whole marketplace.")


class NoSuchCustomer(NotFound):
    """Nobody with this id has bought from this seller."""

    def __init__(self) -> None:
        super().__init__("There is no such customer of yours. Look at your customers.")


class NoSuchPayout(NotFound):
    """This seller was never paid out under this id."""

    def __init__(self) -> None:
        super().__init__("There is no such payout of yours. Look at your payouts.")
