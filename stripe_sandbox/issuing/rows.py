"""The kinds of Issuing's objects."""

from typing import Final

CARDHOLDER: Final = "issuing.cardholder"
CARD: Final = "issuing.card"
