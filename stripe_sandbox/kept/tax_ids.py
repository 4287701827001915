"""Tax ids of customers and of the account itself. Source: docs.stripe.com/billing/customer/tax-ids."""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, show_plain
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "tax_id"
# The last nine digits Stripe's test mode gives a meaning to; all others are found to be good.
_FOUND: Final = {"111111111": "unverified", "222222222": "pending"}


def _create(call: Call, params: Body, customer: Row | None) -> Body:
    value = params["value"].strip()
    if not 1 <= len(value) <= 50:
        raise invalid(f"Invalid value for {params['type']}.", param="value", code="tax_id_invalid")
    owner = {"type": "customer", "customer": customer.id} if customer else {"type": "self"}
    body: Body = {
        **nothing_of(KIND),
        "country": params["type"].split("_")[0].upper() if params["type"] != "eu_vat" else value[:2].upper(),
        "created": call.now,
        "customer": customer.id if customer else None,
        "livemode": False,
        "owner": owner,
        "type": params["type"],
        "value": value,
        "verification": {
            "status": _FOUND.get(value[-9:], "verified"), "verified_address": None, "verified_name": None,
        },
    }  # fmt: skip
    row = call.add(KIND, body)
    if customer is not None:
        emit(call, "customer.tax_id.created", row.body, account=call.account)
    return show_plain(call, row)


def create_of_customer(call: Call, params: Body, customer_id: str) -> Body:
    """Add a tax id to a customer."""
    return _create(call, params, find(call, "customer", customer_id, param="customer"))


def create_own(call: Call, params: Body) -> Body:
    """Add a tax id to the account itself, or to a customer named as its owner."""
    owner = params.get("owner", {"type": "self"})
    if owner["type"] == "customer" and "customer" in owner:
        return _create(call, params, find(call, "customer", owner["customer"], param="owner[customer]", status=400))
    if owner["type"] != "self":
        raise not_built(f"tax ids of an owner of type {owner['type']}")
    return _create(call, params, None)


def _find(call: Call, tax_id: str, customer_id: str | None) -> Row:
    row = call.tx.get(tax_id, KIND, call.account)
    if row is None or (customer_id is not None and row.body["customer"] != customer_id):
        raise missing("tax_id", tax_id)
    return row


def retrieve_of_customer(call: Call, params: Body, customer_id: str, tax_id: str) -> Body:
    """Give one tax id of a customer."""
    del params
    return show_plain(call, _find(call, tax_id, customer_id))


def retrieve(call: Call, params: Body, tax_id: str) -> Body:
    """Give one tax id."""
    del params
    return show_plain(call, _find(call, tax_id, None))


def _delete(call: Call, row: Row) -> Body:
    call.tx.delete(row)
    if row.body["customer"]:
        emit(call, "customer.tax_id.deleted", row.body, account=call.account)
    return {"id": row.id, "object": KIND, "deleted": True}


def delete_of_customer(call: Call, params: Body, customer_id: str, tax_id: str) -> Body:
    """Take a tax id from a customer."""
    del params
    return _delete(call, _find(call, tax_id, customer_id))


def delete(call: Call, params: Body, tax_id: str) -> Body:
    """Delete a tax id."""
    del params
    return _delete(call, _find(call, tax_id, None))


def list_of_customer(call: Call, params: Body, customer_id: str) -> Body:
    """Give a page of the tax ids of a customer."""
    customer = find(call, "customer", customer_id, param="customer")
    url, of_customer = f"/v1/customers/{customer.id}/tax_ids", "body ->> '$.customer' = ?"
    return list_objects(call, KIND, params, url, show_plain, where=of_customer, values=(customer.id,))


def list_own(call: Call, params: Body) -> Body:
    """Give a page of the tax ids of the account itself, or of the customer named as their owner."""
    wanted = dict(params)
    owner = wanted.pop("owner", {"type": "self"})
    where, values = "body ->> '$.customer' IS NULL", ()
    if owner["type"] == "customer":
        where, values = "body ->> '$.customer' = ?", (owner.get("customer", ""),)
    return list_objects(call, KIND, wanted, "/v1/tax_ids", show_plain, where=where, values=values)


_OWNER = {"type": ("self", "customer"), "customer": ANY}
_OF = "/v1/customers/{customer}/tax_ids"
OPERATIONS = {
    f"POST {_OF}": Operation(create_of_customer, {"type": ANY, "value": ANY}),
    f"GET {_OF}": Operation(list_of_customer, PAGED),
    f"GET {_OF}/{{id}}": Operation(retrieve_of_customer),
    f"DELETE {_OF}/{{id}}": Operation(delete_of_customer),
    "POST /v1/tax_ids": Operation(create_own, {"type": ANY, "value": ANY, "owner": _OWNER}),
    "GET /v1/tax_ids": Operation(list_own, {**PAGED, "owner": _OWNER}),
    "GET /v1/tax_ids/{id}": Operation(retrieve),
    "DELETE /v1/tax_ids/{id}": Operation(delete),
}
