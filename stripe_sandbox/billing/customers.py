"""Customers: who buys again. One may live on a test clock, and then all times of what is theirs are that clock's."""

from typing import Final

from stripe_sandbox.billing.bodies import customer_body
from stripe_sandbox.billing.clock_time import at_clock, place_on_clock
from stripe_sandbox.billing.cycle import LIVE, end
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, PAGED, change, find, show_plain
from stripe_sandbox.http.searching import TAKES as SEARCH
from stripe_sandbox.http.searching import Fields, search_of
from stripe_sandbox.payments.methods import attach, find_attached
from stripe_sandbox.store import Row

_SIMPLE: Final = ("email", "name", "phone", "description", "preferred_locales", "tax_exempt", "balance")
_ADDRESS = dict.fromkeys(("line1", "line2", "city", "state", "postal_code", "country"), ANY)
_TAKES = {
    **dict.fromkeys(_SIMPLE, ANY), "metadata": ANY, "address": _ADDRESS,
    "shipping": {"name": ANY, "phone": ANY, "address": _ADDRESS},
    "invoice_settings": {"default_payment_method": ANY, "footer": ANY},
}  # fmt: skip
_FOR: Final = ("checkout_session", "invoice", "invoice_item", "subscription", "subscription_item")
_FIELDS: Final = Fields(texts=("email", "name", "phone"))


def create_customer(call: Call, params: Body) -> Body:
    """Create a customer, with a card and on a test clock if they are given."""
    clock = place_on_clock(call, params["test_clock"]) if params.get("test_clock") else None
    with at_clock(call, clock):
        body = customer_body(call, None, None, {})
        body["test_clock"] = clock
        row = call.add("customer", body)
        if "payment_method" in params:
            attach(call, params["payment_method"], row, param="payment_method")
        _merge(call, row, params)
        call.tx.save(row)
        emit(call, "customer.created", row.body, account=call.account)
    return show_plain(call, row)


def update_customer(call: Call, params: Body, customer_id: str) -> Body:
    """Change a customer, or the card their subscriptions are paid with."""
    row = find(call, "customer", customer_id)
    previous = _merge(call, row, params)
    call.tx.save(row)
    emit(call, "customer.updated", row.body, account=call.account, previous=previous)
    return show_plain(call, row)


def _merge(call: Call, row: Row, params: Body) -> Body:
    _check_email(params)
    if method := params.get("invoice_settings", {}).get("default_payment_method"):
        found = find_attached(call, method, row.id, param="invoice_settings[default_payment_method]")
        params = {**params, "invoice_settings": {**params["invoice_settings"], "default_payment_method": found.id}}
    previous = change(row, params, [name for name in _SIMPLE if name != "balance"])
    if "balance" in params:
        row.body["balance"] = params["balance"]
    for name in ("address", "shipping"):
        if name in params:
            row.body[name] = _whole(params[name], name)
    row.body["invoice_settings"].update(
        {name: value or None for name, value in params.get("invoice_settings", {}).items()}
    )
    return previous


def _check_email(params: Body) -> None:
    if len(params.get("email", "")) > 512:
        raise invalid("Invalid email address: it has more than 512 characters", param="email", code="email_invalid")
    if params.get("email") and "@" not in params["email"]:
        raise invalid(f"Invalid email address: {params['email'][:100]}", param="email", code="email_invalid")


def _whole(given: Body | str, name: str) -> Body | None:
    if isinstance(given, str):
        return None
    address = dict.fromkeys(_ADDRESS) | (given if name == "address" else given.get("address") or {})
    if name == "address":
        return address
    return {"address": address, "name": given.get("name"), "phone": given.get("phone")}


def retrieve_customer(call: Call, params: Body, customer_id: str) -> Body:
    """Give one customer; of a deleted one only that it was."""
    del params
    row = call.tx.get(customer_id, "customer", call.account)
    if row is not None and row.hidden.get("deleted"):
        return {"id": row.id, "object": "customer", "deleted": True}
    return show_plain(call, find(call, "customer", customer_id))


def delete_customer(call: Call, params: Body, customer_id: str) -> Body:
    """Delete a customer: the subscriptions end, the cards are detached."""
    del params
    return remove(call, find(call, "customer", customer_id))


def remove(call: Call, row: Row) -> Body:
    """Delete a customer, for whatever reason."""
    with at_clock(call, row.body["test_clock"]):
        for sub in call.tx.find("subscription", "body ->> '$.customer' = ?", (row.id,)):
            if sub.body["status"] in LIVE:
                end(call, sub)
        for method in call.tx.find("payment_method", "body ->> '$.customer' = ?", (row.id,)):
            method.body["customer"] = None
            method.hidden["used"] = True
            call.tx.save(method)
        row.hidden["deleted"] = True
        call.tx.save(row)
        emit(call, "customer.deleted", row.body, account=call.account)
    return {"id": row.id, "object": "customer", "deleted": True}


def delete_discount(call: Call, params: Body, customer_id: str) -> Body:
    """Take the discount from a customer: the last one they redeemed that is for nothing else."""
    del params
    customer = find(call, "customer", customer_id, param="customer")
    where = "body ->> '$.customer' = ? AND " + " AND ".join(f"body ->> '$.{each}' IS NULL" for each in _FOR)
    found = call.tx.find("discount", where, (customer.id,), newest=True)
    if not found:
        raise missing("discount", f"for customer: {customer.id}", param="customer")
    call.tx.delete(found[0])
    emit(call, "customer.discount.deleted", found[0].body)
    return {**found[0].body, "deleted": True}


def list_customers(call: Call, params: Body) -> Body:
    """Give a page of customers, also by e-mail; those of a test clock only when that clock is named."""
    clock = "body ->> '$.test_clock' = ?" if "test_clock" in params else "body ->> '$.test_clock' IS NULL"
    values = (params["test_clock"],) if "test_clock" in params else ()
    return list_objects(
        call, "customer", params, "/v1/customers", show_plain, filters={"email": "body ->> '$.email' = ?"},
        where=f"hidden ->> '$.deleted' IS NULL AND {clock}", values=values,
    )  # fmt: skip


def list_methods_of(call: Call, params: Body, customer_id: str) -> Body:
    """Give a page of the payment methods of a customer, also by type."""
    customer = find(call, "customer", customer_id, param="customer")
    return list_objects(
        call, "payment_method", params, f"/v1/customers/{customer.id}/payment_methods", show_plain,
        filters={"type": "body ->> '$.type' = ?"}, where="body ->> '$.customer' = ?", values=(customer.id,),
    )  # fmt: skip


def retrieve_method_of(call: Call, params: Body, customer_id: str, method_id: str) -> Body:
    """Give one payment method of a customer."""
    del params
    return show_plain(call, find_attached(call, method_id, customer_id, param="payment_method", status=404))


OPERATIONS = {
    "POST /v1/customers": Operation(create_customer, {**_TAKES, "payment_method": ANY, "test_clock": ANY}),
    "GET /v1/customers": Operation(list_customers, {**DATED, "email": ANY, "test_clock": ANY}),
    "GET /v1/customers/search": Operation(search_of("customer", "/v1/customers", _FIELDS), SEARCH),
    "GET /v1/customers/{customer}": Operation(retrieve_customer),
    "POST /v1/customers/{customer}": Operation(update_customer, _TAKES),
    "DELETE /v1/customers/{customer}": Operation(delete_customer),
    "DELETE /v1/customers/{customer}/discount": Operation(delete_discount),
    "GET /v1/customers/{customer}/payment_methods": Operation(list_methods_of, {**PAGED, "type": ANY}),
    "GET /v1/customers/{customer}/payment_methods/{payment_method}": Operation(retrieve_method_of),
}
