"""Every error Stripe can raise has its place in our tree."""

import importlib
import pkgutil

import pytest
import stripe
from stripe import oauth_error

from polidat.core import Broken, PoliDatError, Refused, Unavailable
from polidat.payments import PaymentDeclined, StripeAway, StripeRefused, TooManyCalls
from polidat.payments.translate import TRANSLATIONS, translate


def every_error() -> list[type[stripe.StripeError]]:
    """Every concrete exception class of the installed SDK, wherever it is defined."""
    for module in pkgutil.iter_modules(stripe.__path__):
        if "error" in module.name:
            importlib.import_module(f"stripe.{module.name}")
    found, waiting = [], [stripe.StripeError]
    while waiting:
        below = waiting.pop().__subclasses__()
        found += below
        waiting += below
    # a base that is never raised itself
    return [each for each in found if each.__name__ != "StripeErrorWithParamCode"]


def made(kind: type[stripe.StripeError]) -> stripe.StripeError:
    if issubclass(kind, oauth_error.OAuthError):
        return kind("code", "description")
    if kind in (stripe.CardError, stripe.InvalidRequestError):
        return kind("The words of Stripe.", "param", code="code")
    if kind is stripe.SignatureVerificationError:
        return kind("The words of Stripe.", "header")
    return kind("The words of Stripe.")


def test_the_sdk_is_as_large_as_it_was():
    assert len(every_error()) >= 28


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_the_class_has_a_translation(kind):
    assert kind in TRANSLATIONS

    ours = translate(made(kind))

    assert isinstance(ours, PoliDatError)
    assert isinstance(ours, Refused | Unavailable | Broken)
    assert ours.says.endswith(".")


@pytest.mark.parametrize(
    ("kind", "ours"),
    [
        (stripe.APIConnectionError, StripeAway),
        (stripe.RateLimitError, StripeAway),
        (stripe.AuthenticationError, StripeRefused),
        (stripe.IdempotencyError, StripeRefused),
        (stripe.CardError, PaymentDeclined),
        (stripe.QuotaExceededError, TooManyCalls),
    ],
)
def test_what_a_job_does_follows_from_the_class(kind, ours):
    assert type(translate(made(kind))) is ours


def test_a_class_nobody_has_met_is_a_mistake_of_ours():
    assert isinstance(translate(stripe.StripeError("?")), StripeRefused)


def test_the_body_of_a_request_does_not_reach_the_log():
    error = stripe.APIError("Nope.", http_body='{"email": "ada@example.org"}')

    assert "ada" not in str(translate(error).facts)
