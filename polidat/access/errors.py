"""What stops somebody from reading.

NotAllowed
└── NoAccess
NotFound
└── NoSuchGrant
"""

from polidat.core import NotAllowed, NotFound


class NoAccess(NotAllowed):
    """This person has no active grant for the dataset."""

    def __init__(self) -> None:
        super().__init__("You do not have access to this dataset. Get it on its page first.")


class NoSuchGrant(NotFound):
    """No grant came from this line of an order."""

    def __init__(self, order_line: str) -> None:
        super().__init__(f"Nothing was granted for {order_line}.")
