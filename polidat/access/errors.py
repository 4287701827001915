"""What stops somebody from reading.

NotAllowed
└── NoAccess
NotFound
└── NoSuchGrant
Conflict
├── WalletEmpty
├── WalletFrozen
└── OverSpendingCap
"""

from polidat.core import Conflict, Money, NotAllowed, NotFound, micros_text


class NoAccess(NotAllowed):
    """This person has no active grant for the dataset."""

    def __init__(self) -> None:
        super().__init__("You do not have access to this dataset. Get it on its page first.")


class NoSuchGrant(NotFound):
    """No grant came from this line of an order."""

    def __init__(self, order_line: str) -> None:
        super().__init__(f"Nothing was granted for {order_line}.")


class WalletEmpty(Conflict):
    """What is free in the wallet does not cover the most the run can cost."""

    def __init__(self, needs_micros: int, free_micros: int, code: str) -> None:
        needs, free = micros_text(needs_micros, code), micros_text(free_micros, code)
        super().__init__(f"This can cost up to {needs}, and your wallet has {free} free. Top it up on “My wallet”.")


class WalletFrozen(Conflict):
    """Money of the wallet was taken back or is disputed."""

    def __init__(self) -> None:
        super().__init__(
            "Your wallet is frozen: a payment into it is disputed or was taken back. My wallet says which."
        )


class OverSpendingCap(Conflict):
    """The run could pass the person's own limit of the month."""

    def __init__(self, cap: Money) -> None:
        super().__init__(f"This could pass your limit of {cap} a month. Raise the limit on “My wallet”.")
