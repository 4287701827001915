"""Transfers: money from the platform to connected accounts."""

from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.checkout.split import check_destination
from stripe_sandbox.currency import check_currency, check_step
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects, whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.ids import new_id, random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.balance import available, book, fee_detail
from stripe_sandbox.payments.bodies import seller_payment_body
from stripe_sandbox.store import PLATFORM, Row


def create_transfer(call: Call, params: Body) -> Body:
    """Send money to a connected account, from the available balance or out of a charge."""
    if call.account != PLATFORM:
        raise not_built("transfers from connected accounts")
    if "amount" not in params:
        raise invalid("Missing required param: amount.", param="amount", code="parameter_missing")
    amount, currency = params["amount"], check_currency(params["currency"])
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    check_step(amount, currency, param="amount")
    check_destination(call, params["destination"], param="destination")
    source, available_on = None, call.now
    if "source_transaction" in params:
        source = _source_charge(call, params["source_transaction"], amount, currency)
        booked = call.tx.get(source.body["balance_transaction"])
        available_on = booked.body["available_on"] if booked else call.now
    elif available(call, PLATFORM, currency) < amount:
        message = (
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your available "
            "balance by creating Charges using the 4000000000000077 test card."
        )
        raise invalid(message, code="balance_insufficient")
    row = send(
        call, amount, currency, params["destination"], source, available_on=available_on,
        group=params.get("transfer_group"), description=params.get("description"),
        metadata=merge_metadata({}, params.get("metadata")),
    )  # fmt: skip
    return show_transfer(call, row)


def _source_charge(call: Call, charge_id: str, amount: int, currency: str) -> Row:
    charge = call.tx.get(charge_id, "charge", call.account)
    if charge is None:
        raise missing("charge", charge_id, param="source_transaction", status=400)
    if charge.body["status"] != "succeeded":
        raise invalid("The source charge has not succeeded.", param="source_transaction")
    booked = call.tx.get(charge.body["balance_transaction"])
    assert booked is not None, "a charge that succeeded is booked"
    if booked.body["currency"] != currency:
        message = (
            f"The currency of source_transaction's balance transaction ({booked.body['currency']}) must be the same "
            f"as the transfer currency ({currency})."
        )
        raise invalid(message, param="currency")
    sent = call.tx.find("transfer", "body ->> '$.source_transaction' = ?", (charge.id,))
    left = booked.body["amount"] - sum(each.body["amount"] for each in sent)
    if amount > left:
        message = (
            "Transfers using this transaction as a source must not exceed the source amount of "
            f"{booked.body['amount']}. (There is {left} remaining.)"
        )
        raise invalid(message, param="amount")
    return charge


def send(
    call: Call, amount: int, currency: str, destination: str, charge: Row | None, *, available_on: int,
    group: str | None = None, description: str | None = None, metadata: dict[str, str] | None = None,
    fee: Body | None = None,
) -> Row:  # fmt: skip
    """Move the money: the transfer with its movement on the platform, the payment with its movement on the account."""
    transfer_id, payment_id = new_id("transfer"), f"py_{random_text(24)}"
    if group is None and charge is not None:
        group = charge.body["transfer_group"] or f"group_{charge.body['payment_intent']}"
    booked = book(
        call, PLATFORM, "transfer", "transfer", -amount, currency, transfer_id,
        available_on=available_on, description=description,
    )  # fmt: skip
    transfer: Body = {
        "id": transfer_id,
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": booked.id,
        "created": call.now,
        "currency": currency,
        "description": description,
        "destination": destination,
        "destination_payment": payment_id,
        "livemode": False,
        "metadata": metadata or {},
        "reversals": whole_list(f"/v1/transfers/{transfer_id}/reversals", []),
        "reversed": False,
        "source_transaction": charge.id if charge else None,
        "source_type": "card",
        "transfer_group": group,
    }
    row = call.add("transfer", transfer, account=PLATFORM)
    base = charge.body if charge else {"currency": currency, "transfer_group": group}
    payment = seller_payment_body(call, payment_id, {**base, "currency": currency}, amount, transfer_id, fee)
    kept = [fee_detail(fee["amount"], currency, "application_fee", "Application fee", APPLICATION_ID)] if fee else []
    arrived = book(
        call, destination, "payment", "charge", amount, currency, payment_id, available_on=available_on, fees=kept
    )
    payment["balance_transaction"] = arrived.id
    call.add("charge", payment, account=destination)
    emit(call, "transfer.created", row.body, account=PLATFORM)
    return row


def show_transfer(call: Call, row: Row) -> Body:
    """Give a transfer."""
    del call
    return dict(row.body)


def retrieve_transfer(call: Call, params: Body, transfer_id: str) -> Body:
    """Give one transfer."""
    del params
    return show_transfer(call, _find(call, transfer_id))


def update_transfer(call: Call, params: Body, transfer_id: str) -> Body:
    """Change metadata and description of a transfer."""
    row = _find(call, transfer_id)
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    if "description" in params:
        row.body["description"] = params["description"] or None
    call.tx.save(row)
    emit(call, "transfer.updated", row.body)
    return show_transfer(call, row)


def _find(call: Call, transfer_id: str) -> Row:
    row = call.tx.get(transfer_id, "transfer", call.account)
    if row is None:
        raise missing("transfer", transfer_id)
    return row


def list_transfers(call: Call, params: Body) -> Body:
    """Give a page of transfers, also by destination or group."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("destination", "transfer_group")}
    return list_objects(call, "transfer", params, "/v1/transfers", show_transfer, filters=filters)


_PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY, "created": ANY}
_CREATES = {
    "amount": ANY, "currency": ANY, "destination": ANY, "source_transaction": ANY, "transfer_group": ANY,
    "description": ANY, "metadata": ANY, "source_type": ("card",),
}  # fmt: skip
OPERATIONS = {
    "POST /v1/transfers": Operation(create_transfer, _CREATES),
    "GET /v1/transfers": Operation(list_transfers, {**_PAGED, "destination": ANY, "transfer_group": ANY}),
    "GET /v1/transfers/{transfer}": Operation(retrieve_transfer),
    "POST /v1/transfers/{transfer}": Operation(update_transfer, {"metadata": ANY, "description": ANY}),
}
