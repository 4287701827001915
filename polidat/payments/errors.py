"""What can go wrong with money from outside.

Refused
├── BadSignature       400, the body was not signed by Stripe, or is too old
├── Conflict
│   ├── RefundTooLarge
│   ├── RefundWhileDisputed
│   ├── SellerNotReady
│   └── StripeSaysNo
├── TooMuch
│   └── TooManyCalls
└── Invalid
    ├── PaymentDeclined
    └── UnsafeStripeSetup
Unavailable
└── StripeAway
Broken
└── StripeRefused
"""

from polidat.core import Broken, Conflict, Invalid, Money, Refused, TooMuch, Unavailable


class BadSignature(Refused):
    """An event that Stripe did not sign, signed too long ago, or that belongs to the other mode."""

    def __init__(self, why: str) -> None:
        super().__init__("This event is not signed by Stripe for us. It was not read.", why=why)


class RefundTooLarge(Conflict):
    """More than is left of the payment, or nothing, or another currency."""

    def __init__(self, wanted: Money, left: Money) -> None:
        super().__init__(f"{wanted} cannot be given back: {left} of this payment is left. Choose up to that.")


class RefundWhileDisputed(Conflict):
    """The buyer's bank has taken the money already."""

    def __init__(self) -> None:
        super().__init__(
            "The buyer's bank is disputing this payment and has taken the money back. A refund now would pay twice: "
            "answer the dispute, or accept it."
        )


class SellerNotReady(Conflict):
    """The seller cannot receive money now."""

    def __init__(self) -> None:
        super().__init__(
            "This seller cannot be paid at the moment: the payout account is not set up, or Stripe asks for more. "
            "You have not been charged. Try again later."
        )


class StripeSaysNo(Conflict):
    """The thing at Stripe is in a state that does not allow the request."""

    def __init__(self, why: str, code: str | None = None) -> None:
        super().__init__("The payment provider does not allow this now. Reload the page and look again.", why=why)
        self.code = code


class TooManyCalls(TooMuch):
    """A quota at Stripe is used up."""

    def __init__(self, why: str) -> None:
        super().__init__("The payment provider takes no more requests of this kind for now. Try later.", why=why)


class PaymentDeclined(Invalid):
    """The bank said no."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The payment was declined: {why} Try another card.")


class UnsafeStripeSetup(Invalid):
    """A key and an address that must not meet."""

    def __init__(self, why: str) -> None:
        super().__init__(f"These Stripe settings are not safe together: {why}")


class StripeAway(Unavailable):
    """Stripe did not answer, or asked us to slow down more than once."""

    def __init__(self, why: str) -> None:
        super().__init__("The payment provider does not answer. Nothing was lost; try again in a moment.", why=why)


class StripeRefused(Broken):
    """Stripe did not understand us, or does not know us: a mistake on our side."""

    def __init__(self, why: str, code: str | None = None, request_id: str | None = None) -> None:
        super().__init__(
            "Something went wrong with the payment provider. You have not been charged; we have been told.",
            why=why,
            code=code,
            request_id=request_id,
        )
        self.code = code
