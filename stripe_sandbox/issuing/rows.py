"""The kinds of Issuing's objects."""

from typing import Final

CARDHOLDER: Final = "issuing.cardholder"
CARD: Final = "issuing.card"
AUTHORIZATION: Final = "issuing.authorization"
TRANSACTION: Final = "issuing.transaction"
DISPUTE: Final = "issuing.dispute"
