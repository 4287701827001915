"""A customer's cash balance: money sent by bank transfer before anybody asked for it. It waits for payments to use it.

Source: docs.stripe.com/payments/customer-balance.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, show_plain
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "customer_cash_balance_transaction"
_DEFAULT: Final = "merchant_default"


def cash_of(call: Call, customer_id: str) -> dict[str, int]:
    """Give what a customer has sent and not used, by currency."""
    found = call.tx.sql(
        "SELECT body ->> '$.currency' AS currency, sum(body ->> '$.net_amount') AS amount FROM objects "
        "WHERE kind = ? AND body ->> '$.customer' = ? GROUP BY 1 ORDER BY 1",
        (KIND, customer_id),
    )
    return {each["currency"]: each["amount"] for each in found}


def _show(call: Call, customer: Row) -> Body:
    mode = customer.hidden.get("reconciliation_mode", _DEFAULT)
    return {
        "object": "cash_balance",
        "available": cash_of(call, customer.id) or None,
        "customer": customer.id,
        "customer_account": None,
        "livemode": False,
        "settings": {
            "reconciliation_mode": "automatic" if mode == _DEFAULT else mode,
            "using_merchant_default": mode == _DEFAULT,
        },
    }


def retrieve_cash(call: Call, params: Body, customer_id: str) -> Body:
    """Give what a customer has sent."""
    del params
    return _show(call, find(call, "customer", customer_id, param="customer"))


def update_cash(call: Call, params: Body, customer_id: str) -> Body:
    """Choose how what a customer sends would be matched with what they owe."""
    customer = find(call, "customer", customer_id, param="customer")
    mode = params.get("settings", {}).get("reconciliation_mode")
    if mode:
        customer.hidden["reconciliation_mode"] = mode
        call.tx.save(customer)
    return _show(call, customer)


def fund_cash(call: Call, params: Body, customer_id: str) -> Body:
    """Let a customer send money."""
    customer, currency = find(call, "customer", customer_id, param="customer"), check_currency(params["currency"])
    amount = params["amount"]
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    transfer: Body = {"reference": params.get("reference"), "type": "us_bank_transfer",
                      "us_bank_transfer": {"network": "ach", "sender_name": customer.body["name"]}}  # fmt: skip
    body: Body = {
        **nothing_of(KIND),
        "created": call.now,
        "currency": currency,
        "customer": customer.id,
        "ending_balance": cash_of(call, customer.id).get(currency, 0) + amount,
        "funded": {"bank_transfer": transfer},
        "livemode": False,
        "net_amount": amount,
        "type": "funded",
    }
    row = call.add(KIND, body)
    emit(call, "customer_cash_balance_transaction.created", row.body, account=call.account)
    emit(call, "cash_balance.funds_available", _show(call, customer), account=call.account)
    return show_plain(call, row)


def retrieve_movement(call: Call, params: Body, customer_id: str, movement_id: str) -> Body:
    """Give one movement of a cash balance."""
    del params
    customer, row = find(call, "customer", customer_id, param="customer"), call.tx.get(movement_id, KIND, call.account)
    if row is None or row.body["customer"] != customer.id:
        raise missing("customer cash balance transaction", movement_id, param="transaction")
    return show_plain(call, row)


def list_movements(call: Call, params: Body, customer_id: str) -> Body:
    """Give a page of the movements of a cash balance."""
    customer = find(call, "customer", customer_id, param="customer")
    url = f"/v1/customers/{customer.id}/cash_balance_transactions"
    of_customer = "body ->> '$.customer' = ?"
    return list_objects(call, KIND, params, url, show_plain, where=of_customer, values=(customer.id,))


_OF = "/v1/customers/{customer}"
OPERATIONS = {
    f"GET {_OF}/cash_balance": Operation(retrieve_cash),
    f"POST {_OF}/cash_balance": Operation(update_cash, {"settings": {"reconciliation_mode": ANY}}),
    f"GET {_OF}/cash_balance_transactions": Operation(list_movements, PAGED),
    f"GET {_OF}/cash_balance_transactions/{{transaction}}": Operation(retrieve_movement),
    "POST /v1/test_helpers/customers/{customer}/fund_cash_balance": Operation(
        fund_cash, {"amount": ANY, "currency": ANY, "reference": ANY}
    ),
}
