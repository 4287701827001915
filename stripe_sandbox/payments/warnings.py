"""Early fraud warnings: a card's bank says that a payment may be fraud, before anybody disputes it."""

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.store import Row

KIND = "radar.early_fraud_warning"


def warn(call: Call, charge: Row) -> Row:
    """Let the bank of a paid charge warn of fraud."""
    body: Body = {
        "actionable": True,
        "charge": charge.id,
        "created": call.now,
        "fraud_type": "made_with_stolen_card",
        "livemode": False,
        "payment_intent": charge.body["payment_intent"],
    }
    warning = call.add(KIND, body)
    emit(call, "radar.early_fraud_warning.created", warning.body, account=call.account)
    return warning


def show_warning(call: Call, row: Row) -> Body:
    """Give a warning; nothing can be done any more about a charge that was refunded or disputed."""
    charge = call.tx.get(row.body["charge"], "charge")
    is_over = charge is not None and (charge.body["refunded"] or charge.body["disputed"])
    return {**row.body, "actionable": not is_over}


def retrieve_warning(call: Call, params: Body, warning_id: str) -> Body:
    """Give one warning."""
    del params
    row = call.tx.get(warning_id, KIND, call.account)
    if row is None:
        raise missing("early fraud warning", warning_id)
    return show_warning(call, row)


def list_warnings(call: Call, params: Body) -> Body:
    """Give a page of warnings, also by charge or payment intent."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("charge", "payment_intent")}
    return list_objects(call, KIND, params, "/v1/radar/early_fraud_warnings", show_warning, filters=filters)


_LISTS = {
    "limit": ANY,
    "starting_after": ANY,
    "ending_before": ANY,
    "created": ANY,
    "charge": ANY,
    "payment_intent": ANY,
}
OPERATIONS = {
    "GET /v1/radar/early_fraud_warnings": Operation(list_warnings, _LISTS),
    "GET /v1/radar/early_fraud_warnings/{early_fraud_warning}": Operation(retrieve_warning),
}
