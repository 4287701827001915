"""An intent made through the API goes on after its bank's page."""

from stripe_sandbox.call import Call
from stripe_sandbox.invoicing.pay import note_payment
from stripe_sandbox.payments.cards import Outcome
from stripe_sandbox.payments.charging import fail
from stripe_sandbox.payments.intents import pay
from stripe_sandbox.store import Row

NOT_CONFIRMED = Outcome(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)


def answer_intent(call: Call, intent: Row, *, passed: bool) -> None:
    """Take the payment its owner has confirmed, or note that they did not; raises 402 when the bank refuses it."""
    method = call.tx.get(intent.hidden["method"], "payment_method")
    assert method is not None, "an intent under challenge has a card"
    intent.hidden.pop("token")
    intent.body["next_action"] = None
    if passed:
        pay(call, intent, method, challenged=True)
        invoice = call.tx.get(intent.hidden.get("invoice", ""), "invoice")
        if invoice is not None and invoice.body["status"] == "open":
            note_payment(call, invoice, intent)
    else:
        fail(call, intent, NOT_CONFIRMED, None, method)
