"""A seller's money at Stripe, and its way to the seller's bank."""

from collections.abc import Sequence

from polidat.core import Conflict, Invalid, Money
from polidat.db import Database
from polidat.payments.errors import SellerNotReady, StripeRefused
from polidat.payments.facts import PayoutFacts, SellerBalance
from polidat.payments.gateway import Gateway
from polidat.payments.models import SellerAccount
from polidat.people import Person

METHODS = ("standard", "instant")
_TOO_MUCH = ("balance_insufficient", "insufficient_funds")


class NotEnoughToPayOut(Conflict):
    """More than the seller has at Stripe for this kind of payout."""

    def __init__(self, amount: Money) -> None:
        super().__init__(
            f"{amount} is more than can be paid out this way now, its fee included. Choose less, or wait until more is "
            "available."
        )


def seller_balance(database: Database, gateway: Gateway, seller: Person) -> Sequence[SellerBalance]:
    """Return what the seller has at Stripe, one entry per currency. Raises SellerNotReady, StripeAway."""
    return gateway.balance_of(_account_of(database, seller))


def seller_payouts(database: Database, gateway: Gateway, seller: Person) -> Sequence[PayoutFacts]:
    """Return the seller's latest payouts, newest first, as Stripe has them. Raises SellerNotReady, StripeAway."""
    return gateway.payouts_of(_account_of(database, seller))


def pay_out(
    database: Database, gateway: Gateway, seller: Person, amount: Money, *, method: str, key: str
) -> PayoutFacts:
    """Send the seller's money to their bank; `key` names the click, so that two are one payout.

    Raises Invalid, NotEnoughToPayOut, SellerNotReady, StripeAway.
    """
    if method not in METHODS:
        raise Invalid(f"A payout is one of {', '.join(METHODS)}.")
    if amount.minor <= 0:
        raise Invalid("Choose an amount above zero.")
    account = _account_of(database, seller)
    try:
        # another amount is another payout, whatever form it came from
        return gateway.pay_out(account, amount, method=method, key=f"{key}-{method}-{amount.minor}{amount.currency}")
    except StripeRefused as error:
        if error.code in _TOO_MUCH:
            raise NotEnoughToPayOut(amount) from error
        raise


def _account_of(database: Database, seller: Person) -> str:
    with database.reading() as session:
        account = session.get(SellerAccount, seller.id)
    if account is None or account.stripe_id is None:
        raise SellerNotReady
    return account.stripe_id
