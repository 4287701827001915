"""Payment intents, charges, fees and payment methods as the API gives them back."""

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.searching import TAKES as SEARCH
from stripe_sandbox.http.searching import Fields, search_of
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row


def show(call: Call, row: Row) -> Body:
    """Give an object as it is stored; the receipt address follows the sandbox when it moves to another port."""
    if row.body.get("receipt_url"):
        return {**row.body, "receipt_url": f"{call.base_url}/receipts/{row.id}"}
    return dict(row.body)


def _find(call: Call, kind: str, object_id: str) -> Row:
    row = call.tx.get(object_id, kind, call.account)
    if row is None:
        raise missing(kind, object_id, param="intent" if kind == "payment_intent" else "id")
    return row


def retrieve_intent(call: Call, params: Body, intent_id: str) -> Body:
    """Give one payment intent."""
    del params
    return show(call, _find(call, "payment_intent", intent_id))


def list_intents(call: Call, params: Body) -> Body:
    """Give a page of payment intents, also by customer."""
    filters = {"customer": "body ->> '$.customer' = ?"}
    return list_objects(call, "payment_intent", params, "/v1/payment_intents", show, filters=filters)


def retrieve_charge(call: Call, params: Body, charge_id: str) -> Body:
    """Give one charge, failed ones too."""
    del params
    return show(call, _find(call, "charge", charge_id))


def update_charge(call: Call, params: Body, charge_id: str) -> Body:
    """Change metadata, description or receipt e-mail of a charge."""
    return _change(call, _find(call, "charge", charge_id), params, "charge.updated")


def _change(call: Call, row: Row, params: Body, event: str | None) -> Body:
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    for name in ("description", "receipt_email"):
        if name in params:
            row.body[name] = params[name] or None
    call.tx.save(row)
    if event:
        emit(call, event, show(call, row), account=call.account)
    return show(call, row)


def list_charges(call: Call, params: Body) -> Body:
    """Give a page of charges, also by payment intent or transfer group."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("customer", "payment_intent", "transfer_group")}
    return list_objects(call, "charge", params, "/v1/charges", show, filters=filters)


def retrieve_fee(call: Call, params: Body, fee_id: str) -> Body:
    """Give one application fee."""
    del params
    return show(call, _find(call, "application_fee", fee_id))


def list_fees(call: Call, params: Body) -> Body:
    """Give a page of application fees, also by the payment they were taken from."""
    filters = {"charge": "? IN (body ->> '$.charge', body ->> '$.originating_transaction')"}
    return list_objects(call, "application_fee", params, "/v1/application_fees", show, filters=filters)


def retrieve_method(call: Call, params: Body, method_id: str) -> Body:
    """Give one payment method: brand and last four digits of a card."""
    del params
    return show(call, _find(call, "payment_method", method_id))


_INTENT_FIELDS = Fields(tokens=("currency", "customer", "status"), numbers=("amount", "created"))
_CARD = ("brand", "exp_month", "exp_year", "fingerprint", "last4")
_CHARGE_FIELDS = Fields(
    tokens=(
        "currency", "customer", "disputed", "refunded", "status", "billing_details.address.postal_code",
        *(f"payment_method_details.card.{name}" for name in _CARD),
    ),
    numbers=("amount", "created"),
)  # fmt: skip
_PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY, "created": ANY}
_TEXTS = {"metadata": ANY, "description": ANY, "receipt_email": ANY}
OPERATIONS = {
    "GET /v1/payment_intents": Operation(list_intents, {**_PAGED, "customer": ANY}),
    "GET /v1/payment_intents/search": Operation(
        search_of("payment_intent", "/v1/payment_intents", _INTENT_FIELDS, show=show), SEARCH
    ),
    "GET /v1/charges/search": Operation(search_of("charge", "/v1/charges", _CHARGE_FIELDS, show=show), SEARCH),
    "GET /v1/payment_intents/{intent}": Operation(retrieve_intent),
    "GET /v1/charges": Operation(
        list_charges, {**_PAGED, "customer": ANY, "payment_intent": ANY, "transfer_group": ANY}
    ),
    "GET /v1/charges/{charge}": Operation(retrieve_charge),
    "POST /v1/charges/{charge}": Operation(update_charge, _TEXTS),
    "GET /v1/application_fees": Operation(list_fees, {**_PAGED, "charge": ANY}),
    "GET /v1/application_fees/{id}": Operation(retrieve_fee),
    "GET /v1/payment_methods/{payment_method}": Operation(retrieve_method),
}
