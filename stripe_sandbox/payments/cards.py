"""Test cards: the numbers Stripe publishes, and what happens to each. Source: docs.stripe.com/testing.

A card number is looked at once and forgotten: only brand, last four digits and expiry leave this module.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from stripe_sandbox.errors import PageRefusal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a card does. No `code` means that it pays; `disputed` is what its bank asks right afterwards.

    A card with `challenge` wants its owner to confirm: unless the owner is away and has set it up before, which counts
    as done with `set_up_before`, and never counts with `off_session_too`.
    """

    code: str | None = None
    decline_code: str | None = None
    message: str = ""
    challenge: bool = False
    off_session_too: bool = False
    set_up_before: bool = False
    available_at_once: bool = False
    disputed: str = ""
    warned: bool = False
    fails_later: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """All that is kept of a card. `outcome` is a key of OUTCOMES."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str
    outcome: str

    def kept(self) -> dict[str, Any]:
        """Give the card as it may be stored."""
        return asdict(self)


OUTCOMES: Final[Mapping[str, Outcome]] = {
    "pays": Outcome(),
    "available": Outcome(available_at_once=True),
    "challenge": Outcome(challenge=True),
    "challenge_always": Outcome(challenge=True, off_session_too=True),
    "challenge_known": Outcome(challenge=True, set_up_before=True),
    "challenge_poor": Outcome(
        "card_declined", "insufficient_funds", "Your card has insufficient funds.", challenge=True
    ),
    "disputed": Outcome(disputed="dispute"),
    "inquired": Outcome(disputed="inquiry"),
    "warned": Outcome(warned=True),
    "fails_later": Outcome(fails_later=True),
    "declined": Outcome("card_declined", "generic_decline", "Your card was declined."),
    "poor": Outcome("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    "expired": Outcome("expired_card", None, "Your card has expired."),
    "wrong_cvc": Outcome("incorrect_cvc", None, "Your card's security code is incorrect."),
    "broken": Outcome(
        "processing_error", None, "An error occurred while processing your card. Try again in a little bit."
    ),
}
_NUMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "4242424242424242": ("visa", "pays"),
    "4000056655665556": ("visa", "pays"),
    "5555555555554444": ("mastercard", "pays"),
    "378282246310005": ("amex", "pays"),
    "4000000000000077": ("visa", "available"),
    "4000000000000259": ("visa", "disputed"),
    "4000000000001976": ("visa", "inquired"),
    "4000000000005423": ("visa", "warned"),
    "4000000000000341": ("visa", "fails_later"),
    "4000002500003155": ("visa", "challenge"),
    "4000002760003184": ("visa", "challenge_always"),
    "4000003800000446": ("visa", "challenge_known"),
    "4000008260003178": ("visa", "challenge_poor"),
    "4000000000000002": ("visa", "declined"),
    "4000000000009995": ("visa", "poor"),
    "4000000000000069": ("visa", "expired"),
    "4000000000000127": ("visa", "wrong_cvc"),
    "4000000000000119": ("visa", "broken"),
}
SHOWN_CARDS: Final = (
    ("4242 4242 4242 4242", "Pays"),
    ("4000 0025 0000 3155", "Asks for 3D Secure"),
    ("4000 0027 6000 3184", "Asks for 3D Secure, always"),
    ("4000 0038 0000 0446", "Asks for 3D Secure, but not while its owner is away"),
    ("4000 0082 6000 3178", "Asks for 3D Secure, then has insufficient funds"),
    ("4000 0000 0000 0077", "Pays, money available at once"),
    ("4000 0000 0000 0259", "Pays, then disputed"),
    ("4000 0000 0000 1976", "Pays, then an inquiry"),
    ("4000 0000 0000 5423", "Pays, then an early fraud warning"),
    ("4000 0000 0000 0341", "Pays once; a subscription's later charges fail"),
    ("4000 0000 0000 0002", "Declined"),
    ("4000 0000 0000 9995", "Insufficient funds"),
    ("4000 0000 0000 0069", "Expired card"),
    ("4000 0000 0000 0127", "Incorrect security code"),
    ("4000 0000 0000 0119", "Processing error"),
)


class CardRefused(PageRefusal):
    """A form that cannot be sent to the bank. `field` is the input to point at."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__("Check the card", message, status=400)
        self.field = field


def read_card(number: str, expiry: str, cvc: str, *, now: int) -> Card:
    """Give what may be kept of a card; raises CardRefused for a number that is no test number, or other bad input."""
    digits = number.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdecimal() and 12 <= len(digits) <= 19 and _luhn(digits)):
        raise CardRefused("card_number", "Your card number is invalid.")
    if digits not in _NUMBERS:
        message = "This is a test page: only Stripe's test card numbers work here. Never enter a real card."
        raise CardRefused("card_number", message)
    brand, outcome = _NUMBERS[digits]
    month, year = _expiry(expiry, now)
    cvc_length = 4 if brand == "amex" else 3
    if not (cvc.isascii() and cvc.isdecimal() and len(cvc) == cvc_length):
        raise CardRefused("card_cvc", "Your card's security code is incomplete.")
    # A public test number has nothing to hide, so its hash can stand for the card without a salt.
    fingerprint = hashlib.sha256(digits.encode()).hexdigest()[:16]
    return Card(brand, digits[-4:], month, year, fingerprint, outcome)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _expiry(text: str, now: int) -> tuple[int, int]:
    month, _, year = text.replace(" ", "").partition("/")
    if not (month.isascii() and month.isdecimal() and year.isascii() and year.isdecimal() and len(year) in (2, 4)):
        raise CardRefused("card_expiry", "Your card's expiration date is incomplete. Write it as MM / YY.")
    number, full = int(month), int(year) + (2000 if len(year) == 2 else 0)
    today = datetime.fromtimestamp(now, UTC)
    if not 1 <= number <= 12:
        raise CardRefused("card_expiry", "Your card's expiration month is invalid.")
    if (full, number) < (today.year, today.month):
        raise CardRefused("card_expiry", "Your card's expiration date is in the past.")
    if full > today.year + 50:
        raise CardRefused("card_expiry", "Your card's expiration year is invalid.")
    return number, full
