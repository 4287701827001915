"""Payouts: money leaves the balance for the owner's bank. A bank may send one back after it was called paid.

Standard ones take what is available and arrive two days later; instant ones may also take what is pending, at a price.
Source: docs.stripe.com/payouts and docs.stripe.com/payouts/instant-payouts.
"""

from typing import Final

from stripe_sandbox.accounts.external_rows import paid_out_to
from stripe_sandbox.accounts.state import find_account, may_receive
from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency, check_step, half_up
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.ids import random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.balance import available, book, fee_detail, instantly_available
from stripe_sandbox.store import PLATFORM, Row
from stripe_sandbox.treasury.credits import receive_payout

_DAY_S: Final = 86_400
_INSTANT_S: Final = 30 * 60
_INSTANT_BPS, _INSTANT_MIN = 100, 50


def instant_fee(amount: int) -> int:
    """Give the price of an instant payout: one percent, at least half a unit."""
    return max(half_up(amount * _INSTANT_BPS, 10_000), _INSTANT_MIN)


def create_payout(call: Call, params: Body) -> Body:
    """Send money from the account of the call to its bank account, or its debit card to be there at once."""
    amount, currency = params["amount"], check_currency(params["currency"])
    method = params.get("method", "standard")
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    check_step(amount, currency, param="amount")
    if call.account != PLATFORM and not may_receive(find_account(call, call.account)):
        raise invalid(
            "Cannot create payouts: this account has requirements that need to be completed.",
            code="payouts_not_allowed",
        )
    fee = instant_fee(amount) if method == "instant" else 0
    has = instantly_available(call, call.account, currency) if fee else available(call, call.account, currency)
    if amount + fee > has:
        message = "You have insufficient funds in your Stripe account for this transfer."
        raise invalid(message, param="amount", code="balance_insufficient")
    row = call.add("payout", _body(call, params, amount, currency, method))
    fees = [fee_detail(fee, currency, "payout_fee", "Instant payout fee")] if fee else []
    booked = book(
        call, call.account, "payout", "payout", -amount, currency, row.id, available_on=call.now, fees=fees,
        description="STRIPE PAYOUT",
    )  # fmt: skip
    row.body["balance_transaction"] = booked.id
    call.tx.save(row)
    emit(call, "payout.created", row.body, account=call.account)
    place = call.tx.get(row.body["destination"])
    if place is not None and "financial_account" in place.hidden:
        receive_payout(call, row, place.hidden["financial_account"])
        pay_payout(call, row)
    return dict(row.body)


def _body(call: Call, params: Body, amount: int, currency: str, method: str) -> Body:
    instant = method == "instant"
    place = paid_out_to(call, call.account, currency, method, params.get("destination"))
    kind = place.body["object"] if place else "card" if instant else "bank_account"
    return {
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": _arrives(call, place, instant=instant),
        "automatic": False,
        "balance_transaction": None,
        "created": call.now,
        "currency": currency,
        "description": params.get("description"),
        "destination": place.id if place else _unknown(kind),
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "method": method,
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": params.get("statement_descriptor"),
        "status": "pending",
        "trace_id": None,
        "type": kind,
    }


def _arrives(call: Call, place: Row | None, *, instant: bool) -> int:
    if place is not None and "financial_account" in place.hidden:
        return call.now
    return call.now + _INSTANT_S if instant else (call.now // _DAY_S + 2) * _DAY_S


def pay_out_automatically(call: Call, account: str, currency: str, *, keep: int = 0) -> Row:
    """Send all that is available, as a schedule does: each movement belongs to this payout, which adds up to nothing.

    With `keep` as much stays: the newest movements that would take the balance below it wait for the next one.
    Source: docs.stripe.com/payouts/reconciliation.
    """
    of_account = "account = ? AND body ->> '$.currency' = ? AND body ->> '$.available_on' <= ?"
    where = f"{of_account} AND hidden ->> '$.payout' IS NULL"
    parts = call.tx.find("balance_transaction", where, (account, currency, call.now))
    while keep and parts and available(call, account, currency) - sum(each.body["net"] for each in parts) < keep:
        parts.pop()
    amount = sum(each.body["net"] for each in parts)
    if amount < 1:
        raise invalid("There is nothing to pay out.", code="balance_insufficient")
    body = _body(call, {}, amount, currency, "standard")
    body |= {"automatic": True, "reconciliation_status": "in_progress"}
    place = paid_out_to(call, account, currency, "standard")
    body["destination"] = place.id if place else body["destination"]
    row = call.add("payout", body, account=account)
    booked = book(
        call, account, "payout", "payout", -amount, currency, row.id, available_on=call.now, description="STRIPE PAYOUT"
    )
    for each in (*parts, booked):
        each.hidden["payout"] = row.id
        call.tx.save(each)
    row.body["balance_transaction"] = booked.id
    call.tx.save(row)
    emit(call, "payout.created", row.body, account=account)
    return row


def _unknown(kind: str) -> str:
    """An account nobody told us of: onboarding in the sandbox does not ask for a bank."""
    return f"{'card' if kind == 'card' else 'ba'}_{random_text(24)}"


def pay_payout(call: Call, row: Row) -> None:
    """Let the bank say that it has the money."""
    if row.body["status"] not in ("pending", "in_transit"):
        raise invalid(f"This payout is {row.body['status']}.")
    row.body["status"] = "paid"
    is_told = row.body["automatic"]
    if is_told:
        row.body["reconciliation_status"] = "completed"
    call.tx.save(row)
    emit(call, "payout.paid", row.body, account=row.account)
    if is_told:
        emit(call, "payout.reconciliation_completed", row.body, account=row.account)


def fail_payout(call: Call, row: Row) -> None:
    """Let the bank send the money back, also after it was called paid; the fee of an instant one comes back too."""
    if row.body["status"] in ("failed", "canceled"):
        raise invalid(f"This payout is {row.body['status']}.")
    paid = call.tx.get(row.body["balance_transaction"])
    fee = paid.body["fee"] if paid else 0
    back = [fee_detail(-fee, row.body["currency"], "payout_fee", "Instant payout fee refund")] if fee else []
    booked = book(
        call, row.account, "payout_failure", "payout_reversal", row.body["amount"], row.body["currency"], row.id,
        available_on=call.now, fees=back, description="STRIPE PAYOUT FAILURE",
    )  # fmt: skip
    row.body.update(
        status="failed",
        failure_balance_transaction=booked.id,
        failure_code="account_closed",
        failure_message="The bank account has been closed.",
    )
    call.tx.save(row)
    emit(call, "payout.failed", row.body, account=row.account)


def find_payout(call: Call, payout_id: str, *, anywhere: bool = False) -> Row:
    """Give a payout of the account of the call."""
    row = call.tx.get(payout_id, "payout") if anywhere else call.tx.get(payout_id, "payout", call.account)
    if row is None:
        raise missing("payout", payout_id)
    return row


def retrieve_payout(call: Call, params: Body, payout_id: str) -> Body:
    """Give one payout."""
    del params
    return dict(find_payout(call, payout_id).body)


def list_payouts(call: Call, params: Body) -> Body:
    """Give a page of payouts, also by status."""
    filters = {"status": "body ->> '$.status' = ?"}
    return list_objects(call, "payout", params, "/v1/payouts", lambda _, row: dict(row.body), filters=filters)


_PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY, "created": ANY}
OPERATIONS = {
    "POST /v1/payouts": Operation(
        create_payout,
        {
            "amount": ANY, "currency": ANY, "method": ("standard", "instant"), "metadata": ANY, "description": ANY,
            "statement_descriptor": ANY, "destination": ANY,
        },
    ),
    "GET /v1/payouts": Operation(list_payouts, {**_PAGED, "status": ANY}),
    "GET /v1/payouts/{payout}": Operation(retrieve_payout),
}  # fmt: skip
