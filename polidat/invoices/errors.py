"""What stops somebody who wants an invoice.

NotFound: NoSuchInvoice
Conflict: NoBillingDetails
NotAllowed: OperatorsOnly
"""

from polidat.core import Conflict, NotAllowed, NotFound


class NoSuchInvoice(NotFound):
    """Nothing this person paid is meant, or no invoice of theirs has this number."""

    def __init__(self) -> None:
        super().__init__("There is no such invoice of yours. Look at your orders and subscriptions.")


class NoBillingDetails(Conflict):
    """An invoice is made out to a name and an address, and we have none."""

    def __init__(self) -> None:
        super().__init__("Give your billing details first: the invoice is made out to them and never changes.")


class OperatorsOnly(NotAllowed):
    """All invoices, and what stands on them for the house, are for operators."""

    def __init__(self) -> None:
        super().__init__("Only operators see all invoices and change the house's details.")
