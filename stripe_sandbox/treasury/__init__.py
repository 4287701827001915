"""Financial accounts of connected accounts, and what moves in them."""

from collections.abc import Mapping
from typing import Final

from stripe_sandbox.http.operation import Operation
from stripe_sandbox.treasury import accounts, money, transfers
from stripe_sandbox.treasury import credits as received

OPERATIONS: Final[Mapping[str, Operation]] = {
    **accounts.OPERATIONS,
    **received.OPERATIONS,
    **money.OPERATIONS,
    **transfers.OPERATIONS,
}
