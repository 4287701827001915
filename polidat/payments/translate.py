"""Stripe's exceptions in our tree: what the person sees, whether a job tries again, who is called."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import stripe
from stripe import oauth_error

from polidat.core import PoliDatError
from polidat.payments.errors import (
    BadSignature,
    PaymentDeclined,
    StripeAway,
    StripeRefused,
    StripeSaysNo,
    TooManyCalls,
)

_Made = Callable[[stripe.StripeError], PoliDatError]


def _away(error: stripe.StripeError) -> PoliDatError:
    return StripeAway(_why(error))


def _mistake(error: stripe.StripeError) -> PoliDatError:
    return StripeRefused(_why(error), error.code, error.request_id)


def _no(error: stripe.StripeError) -> PoliDatError:
    return StripeSaysNo(_why(error), error.code)


def _quota(error: stripe.StripeError) -> PoliDatError:
    return TooManyCalls(_why(error))


def _declined(error: stripe.StripeError) -> PoliDatError:
    return PaymentDeclined(error.user_message or "The bank gave no reason.")


def _unsigned(error: stripe.StripeError) -> PoliDatError:
    return BadSignature(_why(error))


TRANSLATIONS: Mapping[type[stripe.StripeError], _Made] = {
    stripe.APIConnectionError: _away,
    stripe.APIError: _away,
    stripe.RateLimitError: _away,
    stripe.TemporarySessionExpiredError: _away,
    stripe.FxQuoteNeedsRefreshError: _away,
    stripe.CardError: _declined,
    stripe.InvalidPaymentMethodError: _declined,
    stripe.InvalidVaultedCredentialError: _declined,
    stripe.SignatureVerificationError: _unsigned,
    stripe.QuotaExceededError: _quota,
    stripe.AlreadyCanceledError: _no,
    stripe.BlockedByStripeError: _no,
    stripe.CannotProceedError: _no,
    stripe.CapabilityNotEnabledError: _no,
    stripe.ControlledByAlternateResourceError: _no,
    stripe.FeatureNotEnabledError: _no,
    stripe.FinancialAccountNotOpenError: _no,
    stripe.InsufficientFundsError: _no,
    stripe.InvalidPayoutMethodError: _no,
    stripe.NotCancelableError: _no,
    stripe.RecipientNotNotifiableError: _no,
    stripe.VerificationAttemptFailedError: _no,
    stripe.VerificationExpiredError: _no,
    stripe.VerificationNotInitiatedError: _no,
    stripe.AuthenticationError: _mistake,
    stripe.PermissionError: _mistake,
    stripe.InvalidRequestError: _mistake,
    stripe.IdempotencyError: _mistake,
    oauth_error.OAuthError: _mistake,
    oauth_error.InvalidClientError: _mistake,
    oauth_error.InvalidGrantError: _mistake,
    oauth_error.InvalidRequestError: _mistake,
    oauth_error.InvalidScopeError: _mistake,
    oauth_error.UnsupportedGrantTypeError: _mistake,
    oauth_error.UnsupportedResponseTypeError: _mistake,
}


def translate(error: stripe.StripeError) -> PoliDatError:
    """Return our error for Stripe's; a class that nobody has met yet is treated as a mistake of ours."""
    return TRANSLATIONS.get(type(error), _mistake)(error)


def _why(error: stripe.StripeError) -> str:
    # the full text of the error repeats the request's body, which may hold people's names
    return cast(Any, error).user_message or type(error).__name__
