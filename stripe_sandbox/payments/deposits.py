"""Small deposits that prove whose bank account it is, for intents with `verification_method=microdeposits`.

They are of 32 and 45 cents, or one with the code SM11AA. Three wrong answers are the end of the attempt.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, show_plain
from stripe_sandbox.payments.challenge import unexpected
from stripe_sandbox.payments.debit import debit_intent
from stripe_sandbox.payments.reads import show
from stripe_sandbox.payments.setups import accept_debits
from stripe_sandbox.store import Row

_DEPOSITS: Final = [32, 45]
_CODE: Final = "SM11AA"
_TRIES_MAX: Final = 3
_TAKES = {"amounts": ANY, "descriptor_code": ANY}


def _check(call: Call, intent: Row, params: Body) -> Row:
    """Give the bank account when what was said is right; raises 400, and after three times the intent starts anew."""
    action = intent.body["next_action"] or {}
    if intent.body["status"] != "requires_action" or action.get("type") != "verify_with_microdeposits":
        raise unexpected(intent, "verified", ("requires_action",))
    if ("amounts" in params) == ("descriptor_code" in params):
        raise invalid("You must give either `amounts` or `descriptor_code`.", param="amounts")
    method = find(call, "payment_method", intent.hidden["method"])
    if sorted(params.get("amounts", [])) == _DEPOSITS or params.get("descriptor_code") == _CODE:
        method.hidden["verified"] = True
        call.tx.save(method)
        intent.body["next_action"] = None
        return method
    intent.hidden["tries"] += 1
    code, told = "payment_method_microdeposit_verification_amounts_mismatch", "does not match"
    if intent.hidden["tries"] >= _TRIES_MAX:
        code, told = "payment_method_microdeposit_verification_attempts_exceeded", "was wrong too often"
        intent.body.update(status="requires_payment_method", next_action=None, payment_method=None)
        event = "payment_intent.payment_failed" if intent.kind == "payment_intent" else "setup_intent.setup_failed"
        emit(call, event, intent.body)
    call.tx.save(intent)
    raise ApiFailure(400, f"What you said of the deposits {told}.", code=code, stays=True)


def verify_payment(call: Call, params: Body, intent_id: str) -> Body:
    """Say which deposits arrived; the debit is then under way."""
    intent = find(call, "payment_intent", intent_id, param="intent")
    debit_intent(call, intent, _check(call, intent, params))
    return show(call, intent)


def verify_setup(call: Call, params: Body, setup_id: str) -> Body:
    """Say which deposits arrived; the bank account may then be debited."""
    setup = find(call, "setup_intent", setup_id, noun="setupintent", param="intent")
    accept_debits(call, setup, _check(call, setup, params), setup.hidden["confirmed_with"])
    return show_plain(call, setup)


OPERATIONS = {
    "POST /v1/payment_intents/{intent}/verify_microdeposits": Operation(verify_payment, _TAKES),
    "POST /v1/setup_intents/{intent}/verify_microdeposits": Operation(verify_setup, _TAKES),
}
