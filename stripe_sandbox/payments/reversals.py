"""Reversals asked for on their own: a part of a transfer comes back from the account that received it."""

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_step, shown
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.balance import whole_balance
from stripe_sandbox.payments.refunds import reverse_transfer, show_refund
from stripe_sandbox.store import Row


def create_reversal(call: Call, params: Body, transfer_id: str) -> Body:
    """Take money back, at most what is left of the transfer and what the account has."""
    transfer = _transfer(call, transfer_id)
    currency = transfer.body["currency"]
    left = transfer.body["amount"] - transfer.body["amount_reversed"]
    amount = params.get("amount", left)
    if left == 0:
        raise invalid(f"Transfer {transfer_id} has already been fully reversed.")
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    check_step(amount, currency, param="amount")
    if amount > left:
        message = (
            f"Transfer reversal amount ({shown(amount, currency)}) is greater than unreversed amount on transfer "
            f"({shown(left, currency)})"
        )
        raise invalid(message, param="amount")
    if whole_balance(call, transfer.body["destination"], currency) < amount:
        message = "The connected account has insufficient funds in its balance for this reversal."
        raise invalid(message, code="balance_insufficient")
    reversal = reverse_transfer(call, transfer, amount, metadata=merge_metadata({}, params.get("metadata")))
    return dict(reversal.body)


def list_reversals(call: Call, params: Body, transfer_id: str) -> Body:
    """Give a page of the reversals of a transfer, newest first."""
    _transfer(call, transfer_id)
    url, of_transfer = f"/v1/transfers/{transfer_id}/reversals", "body ->> '$.transfer' = ?"
    return list_objects(call, "transfer_reversal", params, url, show_refund, where=of_transfer, values=(transfer_id,))


def _find(call: Call, transfer_id: str, reversal_id: str) -> Row:
    row = call.tx.get(reversal_id, "transfer_reversal", call.account)
    if row is None or row.body["transfer"] != _transfer(call, transfer_id).id:
        raise missing("transfer reversal", reversal_id)
    return row


def retrieve_reversal(call: Call, params: Body, transfer_id: str, reversal_id: str) -> Body:
    """Give one reversal of a transfer."""
    del params
    return show_refund(call, _find(call, transfer_id, reversal_id))


def update_reversal(call: Call, params: Body, transfer_id: str, reversal_id: str) -> Body:
    """Change the metadata of a reversal."""
    row, transfer = _find(call, transfer_id, reversal_id), _transfer(call, transfer_id)
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    call.tx.save(row)
    kept = transfer.body["reversals"]
    kept["data"] = [row.body if each["id"] == row.id else each for each in kept["data"]]
    call.tx.save(transfer)
    emit(call, "transfer.updated", transfer.body)
    return show_refund(call, row)


def _transfer(call: Call, transfer_id: str) -> Row:
    row = call.tx.get(transfer_id, "transfer", call.account)
    if row is None:
        raise missing("transfer", transfer_id)
    return row


OPERATIONS = {
    "POST /v1/transfers/{id}/reversals": Operation(create_reversal, {"amount": ANY, "metadata": ANY}),
    "GET /v1/transfers/{id}/reversals": Operation(
        list_reversals, {"limit": ANY, "starting_after": ANY, "ending_before": ANY}
    ),
    "GET /v1/transfers/{transfer}/reversals/{id}": Operation(retrieve_reversal),
    "POST /v1/transfers/{transfer}/reversals/{id}": Operation(update_reversal, {"metadata": ANY}),
}
