"""Small deposits that prove whose bank account it is. Debits are agreed to at once here, so none is waited for."""

from stripe_sandbox.call import Body, Call
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find
from stripe_sandbox.payments.challenge import unexpected

_TAKES = {"amounts": ANY, "descriptor_code": ANY}


def verify_payment(call: Call, params: Body, intent_id: str) -> Body:
    """Refuse: no payment intent waits for deposits here."""
    del params
    raise unexpected(find(call, "payment_intent", intent_id, param="intent"), "verified", ("requires_action",))


def verify_setup(call: Call, params: Body, setup_id: str) -> Body:
    """Refuse: no setup intent waits for deposits here."""
    del params
    setup = find(call, "setup_intent", setup_id, noun="setupintent", param="intent")
    raise unexpected(setup, "verified", ("requires_action",))


OPERATIONS = {
    "POST /v1/payment_intents/{intent}/verify_microdeposits": Operation(verify_payment, _TAKES),
    "POST /v1/setup_intents/{intent}/verify_microdeposits": Operation(verify_setup, _TAKES),
}
