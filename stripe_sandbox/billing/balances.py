"""What a customer owes or has as credit, beside their invoices. Source: docs.stripe.com/billing/customer/balance."""

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, show_plain
from stripe_sandbox.invoicing.sums import BALANCE, move_balance
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row


def create_movement(call: Call, params: Body, customer_id: str) -> Body:
    """Change the balance of a customer: below nothing is credit for the next invoice."""
    customer = find(call, "customer", customer_id, param="customer")
    currency, amount = check_currency(params["currency"]), params["amount"]
    if customer.body["currency"] not in (None, currency):
        raise invalid(f"This customer has a balance in {customer.body['currency']}.", param="currency")
    if not amount:
        raise invalid("The amount must not be zero.", param="amount")
    row = move_balance(
        call, customer, amount, currency, "adjustment", description=params.get("description"),
        metadata=merge_metadata({}, params.get("metadata")),
    )  # fmt: skip
    return show_plain(call, row)


def _find(call: Call, customer_id: str, movement_id: str) -> Row:
    row = call.tx.get(movement_id, BALANCE, call.account)
    if row is None or row.body["customer"] != find(call, "customer", customer_id, param="customer").id:
        raise missing("customer balance transaction", movement_id, param="transaction")
    return row


def retrieve_movement(call: Call, params: Body, customer_id: str, movement_id: str) -> Body:
    """Give one change of a balance."""
    del params
    return show_plain(call, _find(call, customer_id, movement_id))


def update_movement(call: Call, params: Body, customer_id: str, movement_id: str) -> Body:
    """Change the words on a change of a balance."""
    row = _find(call, customer_id, movement_id)
    change(row, params, ["description"])
    call.tx.save(row)
    return show_plain(call, row)


def list_movements(call: Call, params: Body, customer_id: str) -> Body:
    """Give a page of the changes of a customer's balance, also by invoice."""
    customer = find(call, "customer", customer_id, param="customer")
    url = f"/v1/customers/{customer.id}/balance_transactions"
    return list_objects(
        call, BALANCE, params, url, show_plain, filters={"invoice": "body ->> '$.invoice' = ?"},
        where="body ->> '$.customer' = ?", values=(customer.id,),
    )  # fmt: skip


_ALL = "/v1/customers/{customer}/balance_transactions"
OPERATIONS = {
    f"POST {_ALL}": Operation(create_movement, {"amount": ANY, "currency": ANY, "description": ANY, "metadata": ANY}),
    f"GET {_ALL}": Operation(list_movements, {**DATED, "invoice": ANY}),
    f"GET {_ALL}/{{transaction}}": Operation(retrieve_movement),
    f"POST {_ALL}/{{transaction}}": Operation(update_movement, {"description": ANY, "metadata": ANY}),
}
