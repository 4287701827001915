"""3D Secure on its own, for payments made elsewhere: by what the test card is for, and where its owner says so.

A card that asks for 3D Secure leads to the page of its bank, all others are authenticated without it. The control
surface can answer in the owner's place.
"""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, find, list_of, retrieve_of, show_plain
from stripe_sandbox.ids import random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.cards import OUTCOMES
from stripe_sandbox.payments.methods import card_of, find_method
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "three_d_secure.authentication"
_NOUN: Final = "authentication"
_SERVERS: Final = {"amex": "american_express", "mastercard": "mastercard", "visa": "visa"}
_OPEN: Final = ("requires_submission", "requires_challenge")


def create_authentication(call: Call, params: Body) -> Body:
    """Begin; unless `submit` says never it is submitted at once."""
    method = _method(call, params)
    if "card" not in method.hidden:
        raise invalid("Only cards are authenticated.", param="payment_method")
    if params["message_category"] == "payment_authentication" and not {"amount", "currency"} <= set(params):
        raise invalid("Missing required param: amount.", param="amount", code="parameter_missing")
    channel, acquirer = params["channel"], params.get("acquirer_details")
    names = ("acquirer_bin", "acquirer_country", "acquirer_merchant_id", "mcc", "merchant_name", "requestor_id")
    body: Body = {
        **nothing_of(KIND),
        **{name: params.get(name) for name in ("amount", "currency", "flow_preference", "reason")},
        "acquirer_details": {name: acquirer.get(name) for name in names} if acquirer else None,
        "channel": _channel(channel),
        "created": call.now,
        "directory_server": params.get("directory_server") or _SERVERS[method.hidden["card"]["brand"]],
        "livemode": False,
        "message_category": params["message_category"],
        "metadata": merge_metadata({}, params.get("metadata")),
        "payment_method": method.id,
        "status": "requires_submission",
    }
    row = call.add(KIND, body, hidden={"outcome": method.hidden["card"]["outcome"]})
    if params.get("submit", "never") == "never":
        emit(call, f"{KIND}.requires_submission", row.body)
        return show_plain(call, row)
    return _submit(call, row)


def _channel(given: Body) -> Body:
    shown: Body = {"type": given["type"]}
    if "browser" in given:
        shown["browser"] = {name: value for name, value in given["browser"].items() if name != "device_id"}
    if "three_r_i" in given:
        shown["three_r_i"] = given["three_r_i"]
    return shown


def _method(call: Call, params: Body) -> Row:
    if "payment_method" in params:
        return find_method(call, params["payment_method"])
    card = params.get("payment_method_data", {}).get("card", {})
    if "number" in card:
        raise not_built("card numbers; send payment_method_data[card][token]")
    if card_of(call, card.get("token", "")) is None:
        raise missing("token", card.get("token", ""), param="payment_method_data[card][token]", status=400)
    return find_method(call, f"pm_card_{card['token'].removeprefix('tok_')}")


def _submit(call: Call, row: Row) -> Body:
    if OUTCOMES[row.hidden["outcome"]].challenge:
        row.body.update(status="requires_challenge", challenge_url=f"{call.base_url}/control")
        call.tx.save(row)
        emit(call, f"{KIND}.requires_challenge", row.body)
        return show_plain(call, row)
    return dict(finish(call, row, passed=True).body)


def finish(call: Call, row: Row, *, passed: bool) -> Row:
    """Note what the bank says."""
    if row.body["status"] not in _OPEN:
        raise invalid(f"This authentication is {row.body['status']}.")
    trans = "Y" if passed else "N"
    details: Any = {
        "acs_transaction_id": random_text(32), "ares": None, "ares_trans_status": trans,
        "cryptogram": random_text(28) if passed else None, "ds_transaction_id": random_text(32),
        "eci": "05" if passed else "07", "network_details": None, "protocol_version": "2.2.0",
        "requestor_challenge_indicator": None, "rreq": None, "rreq_trans_status": None,
        "three_ds_server_transaction_id": random_text(32),
    }  # fmt: skip
    row.body.update(
        status="succeeded" if passed else "failed", outcome="authenticated" if passed else "denied",
        outcome_details=details, challenge_url=None,
    )  # fmt: skip
    call.tx.save(row)
    emit(call, f"{KIND}.{row.body['status']}", row.body, account=row.account)
    return row


def submit(call: Call, params: Body, authentication_id: str) -> Body:
    """Send what was begun to the bank."""
    del params
    row = find(call, KIND, authentication_id, noun=_NOUN)
    if row.body["status"] != "requires_submission":
        raise invalid(f"This authentication is {row.body['status']} and cannot be submitted.")
    return _submit(call, row)


def cancel(call: Call, params: Body, authentication_id: str) -> Body:
    """Give up what is not over."""
    del params
    row = find(call, KIND, authentication_id, noun=_NOUN)
    if row.body["status"] not in _OPEN:
        raise invalid(f"This authentication is {row.body['status']} and cannot be canceled.")
    row.body.update(status="canceled", outcome="canceled", challenge_url=None)
    call.tx.save(row)
    emit(call, f"{KIND}.canceled", row.body)
    return show_plain(call, row)


_ALL: Final = "/v1/three_d_secure/authentications"
_CREATES = {
    **dict.fromkeys(
        ("acquirer_details", "amount", "channel", "currency", "directory_server", "flow_preference", "message_category",
         "metadata", "payment_method", "reason", "submit"), ANY,
    ),
    "payment_method_data": {"type": ANY, "card": ANY},
}  # fmt: skip
OPERATIONS = {
    f"POST {_ALL}": Operation(create_authentication, _CREATES),
    f"GET {_ALL}": Operation(list_of(KIND, _ALL, ["status"]), {**DATED, "status": ANY}),
    f"GET {_ALL}/{{authentication}}": Operation(retrieve_of(KIND, noun=_NOUN)),
    f"POST {_ALL}/{{authentication}}/submit": Operation(submit, {"fingerprinting_result": ANY}),
    f"POST {_ALL}/{{authentication}}/cancel": Operation(cancel),
}
