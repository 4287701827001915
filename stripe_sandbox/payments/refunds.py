"""Refunds, with the reversal of the transfer and the return of the application fee that belong to them."""

from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.currency import check_step, half_up, shown
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects, whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.ids import new_id, random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.balance import book, fee_detail
from stripe_sandbox.payments.cash_refunds import is_from_cash, return_cash
from stripe_sandbox.payments.disputes import open_disputes_of
from stripe_sandbox.payments.fee_refunds import give_fee_back, take_fee_back
from stripe_sandbox.payments.rates import settled
from stripe_sandbox.payments.reviews import close_for
from stripe_sandbox.store import PLATFORM, Row


def create_refund(call: Call, params: Body) -> Body:
    """Give a charge back, whole or in part. Unless asked otherwise the platform pays all of it, as on Stripe."""
    charge = _charge_of(call, params)
    if charge.body["source_transfer"]:
        raise not_built("refunds of what a transfer has left on an account")
    left = charge.body["amount"] - charge.body["amount_refunded"]
    amount = params.get("amount", left)
    _check(call, charge, params, amount, left)
    refund = _store_refund(call, charge, params, amount)
    if is_from_cash(charge):
        return_cash(call, charge, refund, params.get("instructions_email"))
    before = {name: charge.body[name] for name in ("amount_refunded", "refunded")}
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount"]
    call.tx.save(charge)
    fee_back = _return_fee(call, charge, refund) if params.get("refund_application_fee") else 0
    if params.get("reverse_transfer"):
        _reverse(call, charge, refund, fee_back)
    if charge.body["refunded"]:
        close_for(call, charge, "refunded")
    emit(call, "refund.created", refund.body, account=call.account)
    emit(call, "charge.refunded", charge.body, account=call.account, previous=before)
    return show_refund(call, refund)


def _charge_of(call: Call, params: Body) -> Row:
    if ("charge" in params) == ("payment_intent" in params):
        raise invalid("You must provide exactly one of: charge, payment_intent.", param="charge")
    charge_id = params.get("charge")
    if charge_id is None:
        intent = call.tx.get(params["payment_intent"], "payment_intent", call.account)
        if intent is None:
            raise missing("payment_intent", params["payment_intent"], param="payment_intent", status=400)
        charge_id = intent.body["latest_charge"]
        if intent.body["status"] != "succeeded" or not charge_id:
            message = f"This PaymentIntent ({intent.id}) does not have a successful charge to refund."
            raise invalid(message, param="payment_intent", code="payment_intent_unexpected_state")
    charge = call.tx.get(charge_id, "charge", call.account)
    if charge is None:
        raise missing("charge", charge_id, param="charge", status=400)
    if charge.body["status"] != "succeeded":
        raise invalid(f"Charge {charge.id} cannot be refunded because it has failed.", param="charge")
    return charge


def _check(call: Call, charge: Row, params: Body, amount: int, left: int) -> None:
    currency = charge.body["currency"]
    if left == 0:
        raise invalid(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if open_disputes_of(call, charge.id):
        message = f"Charge {charge.id} has been charged back; cannot issue a refund."
        raise invalid(message, code="charge_disputed")
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    check_step(amount, currency, param="amount")
    if amount > left:
        message = (
            f"Refund amount ({shown(amount, currency)}) is greater than unrefunded amount on charge "
            f"({shown(left, currency)})"
        )
        raise invalid(message, param="amount")
    if params.get("reverse_transfer") and not charge.body.get("transfer"):
        raise invalid("Cannot reverse a transfer: the charge has none.", param="reverse_transfer")
    if params.get("refund_application_fee") and not charge.body["application_fee"]:
        raise invalid("Cannot refund an application fee: the charge has none.", param="refund_application_fee")


def _store_refund(call: Call, charge: Row, params: Body, amount: int) -> Row:
    refund_id, currency = new_id("refund"), charge.body["currency"]
    goes_out, code, rate = settled(call, -amount, currency)
    booked = book(
        call, charge.account, "refund", "refund", goes_out, code, refund_id,
        available_on=call.now, description="REFUND FOR CHARGE", rate=rate,
    )  # fmt: skip
    body: Body = {
        "id": refund_id,
        "amount": amount,
        "balance_transaction": booked.id,
        "charge": charge.id,
        "created": call.now,
        "currency": currency,
        "destination_details": {
            "card": {"reference": random_text(10), "reference_status": "available", "type": "refund"},
            "type": "card",
        },
        "metadata": merge_metadata({}, params.get("metadata")),
        "payment_intent": charge.body["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    return call.add("refund", body)


def fail_refund(call: Call, refund: Row) -> None:
    """Let the bank send a refund back: the money is the platform's again, the refund has failed."""
    if refund.body["status"] not in ("succeeded", "pending"):
        raise invalid(f"This refund is {refund.body['status']}.")
    if refund.body["balance_transaction"] is None:
        raise invalid("This refund is what a capture let go: no money moved that a bank could send back.")
    amount, code, rate = settled(call, refund.body["amount"], refund.body["currency"])
    back = book(
        call, refund.account, "refund_failure", "refund_failure", amount, code, refund.id,
        available_on=call.now, description="REFUND FAILURE", rate=rate,
    )  # fmt: skip
    refund.body.update(status="failed", failure_reason="lost_or_stolen_card", failure_balance_transaction=back.id)
    call.tx.save(refund)
    emit(call, "refund.failed", refund.body, account=call.account)


def _share(charge: Body, refunded: int, whole: int, already: int) -> int:
    """Give the part of `whole` that belongs to this refund of `refunded`.

    It is the difference of two rounded running totals, so a series of partial refunds ends exactly at the whole.
    """
    after = charge["amount_refunded"]
    part = half_up(after * whole, charge["amount"]) - half_up((after - refunded) * whole, charge["amount"])
    return min(part, whole - already)


def _return_fee(call: Call, charge: Row, refund: Row) -> int:
    fee = call.tx.get(charge.body["application_fee"], "application_fee")
    assert fee is not None, "a charge names a fee that exists"
    amount = _share(charge.body, refund.body["amount"], fee.body["amount"], fee.body["amount_refunded"])
    if amount == 0:
        return 0
    back = take_fee_back(call, fee, amount)
    if charge.account != PLATFORM:
        give_fee_back(call, fee, back)
    return amount


def _reverse(call: Call, charge: Row, refund: Row, fee_back: int) -> None:
    """Take the transfer's share back from the account that received it; it may go below zero there."""
    transfer = call.tx.get(charge.body["transfer"], "transfer")
    assert transfer is not None, "a charge names a transfer that exists"
    sent, back = transfer.body["amount"], transfer.body["amount_reversed"]
    amount = _share(charge.body, refund.body["amount"], sent, back)
    if amount == 0:
        return
    reversal = reverse_transfer(call, transfer, amount, metadata={}, refund=refund, fee_back=fee_back)
    refund.body["transfer_reversal"] = reversal.id
    call.tx.save(refund)


def reverse_transfer(
    call: Call, transfer: Row, amount: int, *, metadata: dict[str, str], refund: Row | None = None, fee_back: int = 0
) -> Row:
    """Move the money back, on the platform and on the account, and give the reversal."""
    reversal_id, taken_id = new_id("transfer_reversal"), f"pyr_{random_text(24)}"
    seller, currency = transfer.body["destination"], transfer.body["currency"]
    booked = book(
        call, PLATFORM, "transfer_refund", "transfer_reversal", amount, currency, reversal_id, available_on=call.now
    )
    returned = (
        [fee_detail(-fee_back, currency, "application_fee", "Application fee", APPLICATION_ID)] if fee_back else []
    )
    taken = book(
        call, seller, "payment_refund", "refund", -amount, currency, taken_id, available_on=call.now, fees=returned
    )
    call.add("refund", _seller_refund(call, taken_id, amount, taken.id, transfer.body, reversal_id), account=seller)
    reversal = call.add(
        "transfer_reversal",
        {
            "id": reversal_id,
            "amount": amount,
            "balance_transaction": booked.id,
            "created": call.now,
            "currency": currency,
            "destination_payment_refund": taken_id,
            "metadata": metadata,
            "source_refund": refund.id if refund else None,
            "transfer": transfer.id,
        },
    )
    _note_reversal(call, transfer, reversal)
    return reversal


def _note_reversal(call: Call, transfer: Row, reversal: Row) -> None:
    """Write the reversal on the transfer and on the payment it had become."""
    amount = reversal.body["amount"]
    transfer.body["amount_reversed"] += amount
    transfer.body["reversed"] = transfer.body["amount_reversed"] == transfer.body["amount"]
    transfer.body["reversals"]["data"].insert(0, reversal.body)
    call.tx.save(transfer)
    payment = call.tx.get(transfer.body["destination_payment"], "charge")
    assert payment is not None, "a transfer names a payment that exists"
    payment.body["amount_refunded"] += amount
    payment.body["refunded"] = payment.body["amount_refunded"] == payment.body["amount"]
    call.tx.save(payment)
    emit(call, "transfer.reversed", transfer.body, account=PLATFORM)


def _seller_refund(call: Call, taken_id: str, amount: int, booked_id: str, transfer: Body, reversal_id: str) -> Body:
    return {
        "id": taken_id,
        "amount": amount,
        "balance_transaction": booked_id,
        "charge": transfer["destination_payment"],
        "created": call.now,
        "currency": transfer["currency"],
        "destination_details": None,
        "metadata": {},
        "payment_intent": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": reversal_id,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def show_refund(call: Call, row: Row) -> Body:
    """Give a refund."""
    del call
    return dict(row.body)


def refunds_of_charge(call: Call, charge: Row) -> Body:
    """Give the refunds of a charge as a list object, newest first."""
    rows = call.tx.find("refund", "body ->> '$.charge' = ?", (charge.id,), newest=True)
    return whole_list(f"/v1/charges/{charge.id}/refunds", [show_refund(call, row) for row in rows])


def retrieve_refund(call: Call, params: Body, refund_id: str) -> Body:
    """Give one refund."""
    del params
    return show_refund(call, _find(call, refund_id))


def update_refund(call: Call, params: Body, refund_id: str) -> Body:
    """Change the metadata of a refund."""
    row = _find(call, refund_id)
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    call.tx.save(row)
    emit(call, "refund.updated", row.body, account=call.account)
    return show_refund(call, row)


def _find(call: Call, refund_id: str) -> Row:
    row = call.tx.get(refund_id, "refund", call.account)
    if row is None:
        raise missing("refund", refund_id)
    return row


def list_refunds(call: Call, params: Body) -> Body:
    """Give a page of refunds, also by charge or payment intent."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("charge", "payment_intent")}
    return list_objects(call, "refund", params, "/v1/refunds", show_refund, filters=filters)


_CREATES = {
    "charge": ANY, "payment_intent": ANY, "amount": ANY, "reason": ANY, "metadata": ANY, "reverse_transfer": ANY,
    "refund_application_fee": ANY, "instructions_email": ANY,
}  # fmt: skip
_LISTS = {
    "limit": ANY,
    "starting_after": ANY,
    "ending_before": ANY,
    "created": ANY,
    "charge": ANY,
    "payment_intent": ANY,
}
OPERATIONS = {
    "POST /v1/refunds": Operation(create_refund, _CREATES),
    "GET /v1/refunds": Operation(list_refunds, _LISTS),
    "GET /v1/refunds/{refund}": Operation(retrieve_refund),
    "POST /v1/refunds/{refund}": Operation(update_refund, {"metadata": ANY}),
}
