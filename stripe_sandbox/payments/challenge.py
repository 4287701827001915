"""Whether a card's owner must confirm, and where: the step between asking for money and the bank's answer."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from stripe_sandbox.addresses import check_url
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.ids import random_text
from stripe_sandbox.payments.cards import OUTCOMES, Outcome
from stripe_sandbox.store import Row

AWAY: Final = Outcome(
    "authentication_required", "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)  # fmt: skip
_MUST_RETURN: Final = (
    "This {} is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods "
    "might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept "
    "redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)
BANK_OPTIONS: Final = {"us_bank_account": {"verification_method": ("automatic", "microdeposits")}}
_ARRIVE_S: Final = 2 * 86_400
NOUNS: Final = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}


def answer_of(method: Row, *, off_session: bool) -> Outcome:
    """Give what this card does now, with `challenge` only when its owner is there and must confirm."""
    outcome = OUTCOMES[method.hidden["card"]["outcome"]]
    if not outcome.challenge or not off_session:
        return outcome
    is_known = outcome.set_up_before or bool(method.hidden.get("set_up"))
    return replace(outcome, challenge=False) if is_known and not outcome.off_session_too else AWAY


def check_return(intent: Row, params: Body) -> str | None:
    """Give where the customer comes back to; raises 400 when redirects are allowed and nobody said where to."""
    url = params.get("return_url")
    if url:
        return check_url(url, param="return_url")
    automatic = intent.body["automatic_payment_methods"]
    if automatic and automatic["enabled"] and automatic["allow_redirects"] != "never":
        raise invalid(_MUST_RETURN.format(NOUNS[intent.kind]), param="return_url")
    return None


def send_to_bank(call: Call, intent: Row, method: Row, return_url: str | None) -> None:
    """Let the intent wait until the owner has confirmed on the bank's page."""
    token = random_text(32)
    intent.hidden.update(token=token, method=method.id, return_url=return_url)
    action: Body = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    if return_url:
        url = f"{call.base_url}/3ds/{token}"
        action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": return_url}}
    intent.body.update(status="requires_action", payment_method=method.id, next_action=action)
    call.tx.save(intent)


def ask_for_deposits(call: Call, intent: Row, method: Row, params: Body) -> bool:
    """Let an intent wait for its owner to say which small deposits arrived, if they are to prove the bank account."""
    options = intent.body["payment_method_options"] or {}
    if (options.get("us_bank_account") or {}).get("verification_method") != "microdeposits":
        return False
    if method.hidden.get("verified"):
        return False
    action = {"arrival_date": call.now + _ARRIVE_S, "hosted_verification_url": f"{call.base_url}/control",
              "microdeposit_type": "amounts"}  # fmt: skip
    intent.hidden.update(method=method.id, confirmed_with=params, tries=0)
    intent.body.update(
        status="requires_action", payment_method=method.id,
        next_action={"type": "verify_with_microdeposits", "verify_with_microdeposits": action},
    )  # fmt: skip
    call.tx.save(intent)
    return True


def way_back(intent: Row, *, passed: bool) -> str | None:
    """Give where the bank's page leads: the address given, with what Stripe adds to it."""
    url = intent.hidden.get("return_url")
    if not url:
        return None
    said = {
        intent.kind: intent.id,
        f"{intent.kind}_client_secret": intent.body["client_secret"],
        "redirect_status": "succeeded" if passed else "failed",
    }
    return f"{url}{'&' if '?' in url else '?'}{urlencode(said)}"


def unexpected(intent: Row, done: str, wanted: tuple[str, ...]) -> ApiFailure:
    """Give the 400 for an intent that is not where it would have to be."""
    noun = NOUNS[intent.kind]
    message = (
        f"This {noun} could not be {done} because it has a status of {intent.body['status']}. "
        f"Only a {noun} with one of the following statuses may be {done}: {', '.join(wanted)}."
    )
    return invalid(message, code=f"{intent.kind}_unexpected_state")


def refused(intent: Row, outcome: Outcome, error: Body) -> ApiFailure:
    """Give the 402 of a card that was declined; what the attempt left behind stays."""
    more = {name: error[name] for name in ("charge", "decline_code", "payment_method") if name in error}
    more[intent.kind] = dict(intent.body)
    return ApiFailure(402, outcome.message, kind="card_error", code=outcome.code, more=more, stays=True)


def automatic_methods(params: Body) -> Body | None:
    """Give how the methods of payment are chosen: by Stripe, unless they are named."""
    given = params.get("automatic_payment_methods")
    if given is None:
        return None if params.get("allowed_payment_method_types") else {"allow_redirects": "always", "enabled": True}
    if not given["enabled"]:
        return None
    return {"allow_redirects": given.get("allow_redirects", "always"), "enabled": True}
