"""What a payout must be before Stripe is asked, and what its refusals mean for the seller."""

from collections.abc import Sequence

from polidat.core import Conflict, Invalid, Money, currency
from polidat.payments.models import SellerBank

METHODS = ("standard", "instant")
_TOO_MUCH = ("balance_insufficient", "insufficient_funds")
_NOT_AT_ONCE = ("instant_payouts_unsupported", "instant_payouts_config_disabled", "instant_payouts_currency_disabled")
_OFF = "payouts_not_allowed"
_LIMIT = ("payouts_limit_exceeded", "instant_payouts_limit_exceeded")


class NotEnoughToPayOut(Conflict):
    """More than the seller has at Stripe for this kind of payout."""

    def __init__(self, amount: Money) -> None:
        super().__init__(
            f"{amount} is more than can be paid out this way now, its fee included. Choose less, or wait until more is "
            "available."
        )


class PayoutsOff(Conflict):
    """Stripe does not pay this seller out."""

    def __init__(self) -> None:
        super().__init__("Stripe does not pay you out at the moment. Your payout account says what it waits for.")


class NoBankForCurrency(Conflict):
    """No bank account takes this currency."""

    def __init__(self, code: str) -> None:
        super().__init__(
            f"None of your bank accounts takes {code.upper()}. Add one on Stripe's pages, from your payout account."
        )


class NotAtOnce(Conflict):
    """Instant payouts are not possible to where this seller is paid out."""

    def __init__(self) -> None:
        super().__init__(
            "Your bank account takes no instant payouts. Choose a standard one, or add a debit card or another bank "
            "account on Stripe's pages."
        )


class PayoutLimitReached(Conflict):
    """Stripe pays out no more at once today."""

    def __init__(self) -> None:
        super().__init__("Stripe's limit for payouts of this kind is used up for today. Choose a standard payout.")


def check_payout(amount: Money, method: str, banks: Sequence[SellerBank]) -> SellerBank | None:
    """Return where a payout goes; None for where Stripe sends it, as it has told us of no bank account yet.

    Raises what stops it whatever there is to pay out: Invalid, NoBankForCurrency, NotAtOnce. One at once goes to a bank
    or card that takes it, the default before the others.
    """
    known = currency(amount.currency)
    if method not in METHODS:
        raise Invalid(f"A payout is one of {', '.join(METHODS)}.")
    if amount.minor <= 0:
        raise Invalid("Choose an amount above zero.")
    if amount.minor % known.charge_step:
        raise Invalid(f"Choose an amount in steps of {Money(known.charge_step, known.code)}.")
    least = Money(known.charge_min_minor, known.code)
    if method == "instant" and amount < least:
        raise Invalid(f"An instant payout is at least {least}.")
    fitting = [each for each in banks if each.currency == amount.currency]
    if banks and not fitting:
        raise NoBankForCurrency(amount.currency)
    able = [each for each in fitting if each.takes_instant or method == "standard"]
    if fitting and not able:
        raise NotAtOnce
    return min(able, key=lambda each: not each.is_default, default=None)


def refusal_of(code: str | None, amount: Money) -> Conflict | None:
    """Return what Stripe's refusal of a payout means for the seller; None when it is a mistake of ours."""
    if code in _TOO_MUCH:
        return NotEnoughToPayOut(amount)
    if code in _NOT_AT_ONCE:
        return NotAtOnce()
    if code == _OFF:
        return PayoutsOff()
    return PayoutLimitReached() if code in _LIMIT else None
