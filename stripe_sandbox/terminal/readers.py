"""Readers, simulated ones only, and what they are told to do. Tests present the card and press the buttons.

Source: docs.stripe.com/terminal/payments/collect-card-payment. A presented card is charged like one of the pay page.
"""

from collections.abc import Mapping
from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.ids import random_text
from stripe_sandbox.payments.cards import read_card
from stripe_sandbox.payments.intents import KIND as INTENT
from stripe_sandbox.payments.intents import pay
from stripe_sandbox.payments.methods import find_method
from stripe_sandbox.payments.refunds import create_refund
from stripe_sandbox.payments.setups import confirm as confirm_setup
from stripe_sandbox.store import Row
from stripe_sandbox.terminal.places import LOCATION

KIND: Final = "terminal.reader"
_CODES: Final[Mapping[str, str]] = {
    "simulated-s700": "simulated_stripe_s700", "simulated-wpe": "simulated_wisepos_e",
    "simulated-m425": "simulated_verifone_m425", "simulated-p630": "simulated_verifone_p630",
}  # fmt: skip
_WAITING: Final = ("requires_payment_method", "requires_confirmation")
_VALUES: Final = {"email": "ada@example.com", "numeric": "42", "phone": "+15551234567", "text": "Test"}


def _body(call: Call, params: Body) -> Body:
    code = params["registration_code"]
    if code not in _CODES:
        raise invalid("This registration code is not one of a simulated reader.", param="registration_code")
    if "location" in params:
        find(call, LOCATION, params["location"], noun="terminal location", param="location", status=400)
    serial = random_text(10).upper()
    return {
        "action": None, "device_sw_version": "2.37.2.0", "device_type": _CODES[code], "ip_address": "127.0.0.1",
        "label": params.get("label") or serial, "last_seen_at": call.now * 1000, "location": params.get("location"),
        "metadata": {}, "serial_number": serial, "status": "online",
    }  # fmt: skip


def _show(call: Call, row: Row) -> Body:
    del call
    return {name: value for name, value in row.body.items() if name != "created"}


def _merge(call: Call, row: Row, params: Body) -> None:
    del call
    if params.get("label") == "":
        params["label"] = row.body["serial_number"]


def _begin(call: Call, reader_id: str, kind: str, details: Body) -> Body:
    """Tell a reader what to do; raises 400 while it does something else."""
    row = find(call, KIND, reader_id, noun="reader", param="reader")
    action = row.body["action"]
    if action and action["status"] == "in_progress" and action["type"] != "set_reader_display":
        raise invalid("Reader is currently busy processing another request.", code="terminal_reader_busy")
    row.body["action"] = {"failure_code": None, "failure_message": None, "status": "in_progress", "type": kind,
                          kind: details}  # fmt: skip
    call.tx.save(row)
    emit(call, f"{KIND}.action_updated", _show(call, row))
    return _show(call, row)


def _end(call: Call, row: Row, failure: ApiFailure | None = None) -> Body:
    action = row.body["action"]
    action["status"] = "failed" if failure else "succeeded"
    if failure:
        action.update(failure_code=failure.code, failure_message=failure.message)
    call.tx.save(row)
    emit(call, f"{KIND}.action_{action['status']}", _show(call, row))
    return _show(call, row)


def _intent(call: Call, params: Body) -> Row:
    intent = find(call, INTENT, params["payment_intent"], param="payment_intent", status=400)
    if intent.body["status"] not in _WAITING:
        raise invalid(f"This PaymentIntent has a status of {intent.body['status']}.",
                      code="payment_intent_unexpected_state")  # fmt: skip
    return intent


def process_payment(call: Call, params: Body, reader_id: str) -> Body:
    """Let a reader take a card and charge it."""
    details = {"payment_intent": _intent(call, params).id, "process_config": params.get("process_config")}
    return _begin(call, reader_id, "process_payment_intent", details)


def collect_method(call: Call, params: Body, reader_id: str) -> Body:
    """Let a reader take a card, to be charged later."""
    details = {"payment_intent": _intent(call, params).id, "collect_config": params.get("collect_config")}
    return _begin(call, reader_id, "collect_payment_method", details)


def confirm_payment(call: Call, params: Body, reader_id: str) -> Body:
    """Let a reader charge the card it has taken."""
    intent = _intent(call, params)
    if not intent.body["payment_method"]:
        raise invalid("This PaymentIntent has no payment method; collect one first.", param="payment_intent")
    details = {"payment_intent": intent.id, "confirm_config": params.get("confirm_config")}
    _begin(call, reader_id, "confirm_payment_intent", details)
    row = find(call, KIND, reader_id)
    return _charged(call, row, intent, find(call, "payment_method", intent.body["payment_method"]))


def _charged(call: Call, row: Row, intent: Row, method: Row) -> Body:
    try:
        pay(call, intent, method, challenged=False)
    except ApiFailure as refused:
        return _end(call, row, refused)
    return _end(call, row)


def process_setup(call: Call, params: Body, reader_id: str) -> Body:
    """Let a reader take a card and keep it."""
    setup = find(call, "setup_intent", params["setup_intent"], noun="setupintent", param="setup_intent", status=400)
    details = {"generated_card": None, "process_config": params.get("process_config"), "setup_intent": setup.id}
    return _begin(call, reader_id, "process_setup_intent", details)


def refund(call: Call, params: Body, reader_id: str) -> Body:
    """Let a reader give a charge back to the card that is presented."""
    if ("charge" in params) == ("payment_intent" in params):
        raise invalid("You must give either `charge` or `payment_intent`.", param="charge")
    names = ("amount", "charge", "payment_intent", "refund_application_fee", "reverse_transfer")
    details = {name: params[name] for name in names if name in params} | {"metadata": params.get("metadata") or {}}
    return _begin(call, reader_id, "refund_payment", details)


def display(call: Call, params: Body, reader_id: str) -> Body:
    """Let a reader show a cart."""
    cart = params.get("cart")
    if cart is None:
        raise invalid("Missing required param: cart.", param="cart", code="parameter_missing")
    shown = {"cart": {"tax": None, **cart}, "type": "cart"}
    _begin(call, reader_id, "set_reader_display", shown)
    return _end(call, find(call, KIND, reader_id))


def collect_inputs(call: Call, params: Body, reader_id: str) -> Body:
    """Let a reader ask its customer for something."""
    inputs = [_input(each) for each in params["inputs"]]
    return _begin(call, reader_id, "collect_inputs", {"inputs": inputs, "metadata": params.get("metadata") or {}})


def _input(given: Body) -> Body:
    text = dict.fromkeys(("description", "skip_button", "submit_button", "title")) | given["custom_text"]
    shown: Body = {
        "custom_text": text,
        "required": given.get("required", False),
        "skipped": None,
        "type": given["type"],
    }
    if given["type"] == "selection":
        shown["selection"] = {"choices": [{"style": None, **each} for each in given["selection"]["choices"]],
                              "id": None, "text": None}  # fmt: skip
    toggles = [{"default_value": None, "description": None, "title": None, "value": None, **each}
               for each in given.get("toggles", [])]  # fmt: skip
    return {**shown, "toggles": toggles}


def cancel_action(call: Call, params: Body, reader_id: str) -> Body:
    """Let a reader do nothing any more."""
    del params
    row = find(call, KIND, reader_id, noun="reader", param="reader")
    row.body["action"] = None
    call.tx.save(row)
    return _show(call, row)


def _doing(call: Call, reader_id: str, *kinds: str) -> Row:
    row = find(call, KIND, reader_id, noun="reader", param="reader")
    action = row.body["action"]
    if not action or action["status"] != "in_progress" or action["type"] not in kinds:
        raise invalid("This reader does not wait for that.")
    return row


def present(call: Call, params: Body, reader_id: str) -> Body:
    """Play a customer who holds a card to the reader; with a tip they may pay more."""
    kinds = ("process_payment_intent", "collect_payment_method", "process_setup_intent", "refund_payment")
    row = _doing(call, reader_id, *kinds)
    action, method = row.body["action"], _presented(call, params)
    details = action[action["type"]]
    if action["type"] == "refund_payment":
        asked = {name: value for name, value in details.items() if name != "metadata"}
        try:
            details["refund"] = create_refund(call, asked)["id"]
        except ApiFailure as refused:
            return _end(call, row, refused)
        return _end(call, row)
    if action["type"] == "process_setup_intent":
        setup = find(call, "setup_intent", details["setup_intent"])
        try:
            confirm_setup(call, setup, {"payment_method": method.id, "return_url": call.base_url})
        except ApiFailure as refused:
            return _end(call, row, refused)
        return _end(call, row)
    intent = find(call, INTENT, details["payment_intent"])
    if tip := params.get("amount_tip"):
        intent.body["amount"] += tip
        intent.body["amount_details"] = {"tip": {"amount": tip}}
    if action["type"] == "process_payment_intent":
        return _charged(call, row, intent, method)
    intent.body.update(payment_method=method.id, status="requires_confirmation")
    call.tx.save(intent)
    details["payment_method"] = dict(method.body)
    return _end(call, row)


def _presented(call: Call, params: Body) -> Row:
    kind = params.get("type", "card_present")
    number = (params.get(kind) or {}).get("number")
    method = find_method(call, "pm_card_visa")
    if number:
        card = read_card(number, "12/34", "1234" if number.startswith("37") else "123", now=call.now).kept()
        method.hidden["card"] = card
        method.body["card"].update({name: card[name] for name in ("brand", "fingerprint", "last4")})
        call.tx.save(method)
    return method


def succeed_inputs(call: Call, params: Body, reader_id: str) -> Body:
    """Play a customer who enters what is asked for, or skips what is not required."""
    row = _doing(call, reader_id, "collect_inputs")
    for each in row.body["action"]["collect_inputs"]["inputs"]:
        each["skipped"] = params.get("skip_non_required_inputs") == "all" and not each["required"]
        if each["skipped"]:
            continue
        if each["type"] == "selection":
            each["selection"].update({name: each["selection"]["choices"][0].get(name) for name in ("id", "text")})
        elif each["type"] in _VALUES:
            each[each["type"]] = {"value": _VALUES[each["type"]]}
        else:
            each["signature"] = {"value": None}
        for toggle in each["toggles"]:
            toggle["value"] = toggle["default_value"] or "disabled"
    return _end(call, row)


def time_out_inputs(call: Call, params: Body, reader_id: str) -> Body:
    """Play a customer who walks away."""
    del params
    row = _doing(call, reader_id, "collect_inputs")
    return _end(call, row, ApiFailure(400, "The customer did not answer in time.", code="terminal_reader_timeout"))


_READERS = Resource(
    kind=KIND, url="/v1/terminal/readers", name="reader", body=_body, merge=_merge, show=_show, noun="reader",
    takes={"label": ANY, "location": ANY, "registration_code": ANY}, changes={"label": ANY}, plain=("label",),
    filters=("device_type", "location", "serial_number", "status"), lists=PAGED, deletes=True,
)  # fmt: skip
_ONE: Final = "/v1/terminal/readers/{reader}"
_TEST: Final = "/v1/test_helpers/terminal/readers/{reader}"
_CARD: dict[str, Any] = {"number": ANY, "cvc": ANY, "exp_month": ANY, "exp_year": ANY}
OPERATIONS = {
    **_READERS.operations(),
    f"POST {_ONE}/cancel_action": Operation(cancel_action),
    f"POST {_ONE}/collect_inputs": Operation(collect_inputs, {"inputs": ANY, "metadata": ANY}),
    f"POST {_ONE}/collect_payment_method": Operation(
        collect_method,
        {"payment_intent": ANY, "collect_config": {"enable_customer_cancellation": ANY, "skip_tipping": ANY}},
    ),
    f"POST {_ONE}/confirm_payment_intent": Operation(
        confirm_payment, {"payment_intent": ANY, "confirm_config": {"return_url": ANY}}
    ),
    f"POST {_ONE}/process_payment_intent": Operation(
        process_payment,
        {"payment_intent": ANY, "process_config": {"enable_customer_cancellation": ANY, "skip_tipping": ANY}},
    ),
    f"POST {_ONE}/process_setup_intent": Operation(
        process_setup,
        {"setup_intent": ANY, "allow_redisplay": ANY, "process_config": {"enable_customer_cancellation": ANY}},
    ),
    f"POST {_ONE}/refund_payment": Operation(
        refund,
        dict.fromkeys(
            ("amount", "charge", "metadata", "payment_intent", "refund_application_fee", "reverse_transfer"), ANY
        ),
    ),
    f"POST {_ONE}/set_reader_display": Operation(display, {"cart": ANY, "type": ANY}),
    f"POST {_TEST}/present_payment_method": Operation(
        present, {"amount_tip": ANY, "type": ANY, "card": _CARD, "card_present": _CARD, "interac_present": _CARD}
    ),
    f"POST {_TEST}/succeed_input_collection": Operation(succeed_inputs, {"skip_non_required_inputs": ANY}),
    f"POST {_TEST}/timeout_input_collection": Operation(time_out_inputs),
}
