"""What customers may use now: the features of the products they subscribe to.

Source: docs.stripe.com/billing/entitlements. A subscription that is on trial, active or past due entitles. It is looked
at again before any work ends in which one of the customer's subscriptions has changed; a feature added to a product
counts from the next such moment.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects, whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, retrieve_of, show_plain
from stripe_sandbox.store import Row

KIND: Final = "entitlements.active_entitlement"
_SUMMARY: Final = "entitlements.active_entitlement_summary"
_SHOWN_MAX: Final = 10
_ENTITLED: Final = (
    "SELECT DISTINCT f.id AS id, f.body ->> '$.lookup_key' AS lookup_key "
    "FROM objects s, json_each(s.body, '$.items.data') i "
    "JOIN objects l ON l.kind = 'product_feature' AND l.hidden ->> '$.product' = i.value ->> '$.price.product' "
    "JOIN objects f ON f.id = l.body ->> '$.entitlement_feature' "
    "WHERE s.kind = 'subscription' AND s.account = :account AND s.body ->> '$.customer' = :customer "
    "AND s.body ->> '$.status' IN ('trialing', 'active', 'past_due') ORDER BY f.seq"
)


def refresh_entitlements(call: Call) -> None:
    """Bring the entitlements of customers whose subscriptions have changed up to date, and tell of changes."""
    while call.touched:
        account, customer = call.touched.pop()
        with call.on(account):
            _refresh(call, customer)


def _refresh(call: Call, customer: str) -> None:
    wanted = {each["id"]: each["lookup_key"]
              for each in call.tx.sql(_ENTITLED, {"account": call.account, "customer": customer})}  # fmt: skip
    known = {row.body["feature"]: row for row in _of(call, customer)}
    if set(known) == set(wanted):
        return
    for feature in set(known) - set(wanted):
        call.tx.delete(known[feature])
    for feature, lookup_key in wanted.items():
        if feature not in known:
            body = {"feature": feature, "livemode": False, "lookup_key": lookup_key}
            call.add(KIND, body, hidden={"customer": customer})
    shown = [show_plain(call, row) for row in _of(call, customer)]
    url = f"/v1/entitlements/active_entitlements?customer={customer}"
    listed = {**whole_list(url, shown[:_SHOWN_MAX]), "has_more": len(shown) > _SHOWN_MAX}
    body = {"object": _SUMMARY, "customer": customer, "entitlements": listed, "livemode": False}
    emit(call, f"{_SUMMARY}.updated", body)


def _of(call: Call, customer: str) -> list[Row]:
    return call.tx.find(KIND, "account = ? AND hidden ->> '$.customer' = ?", (call.account, customer))


def list_entitlements(call: Call, params: Body) -> Body:
    """Give a page of what a customer may use."""
    customer = find(call, "customer", params["customer"], param="customer", status=400)
    wanted = {name: value for name, value in params.items() if name != "customer"}
    of_customer = "hidden ->> '$.customer' = ?"
    return list_objects(
        call, KIND, wanted, "/v1/entitlements/active_entitlements", show_plain, where=of_customer, values=(customer.id,)
    )


OPERATIONS = {
    "GET /v1/entitlements/active_entitlements": Operation(list_entitlements, {**PAGED, "customer": ANY}),
    "GET /v1/entitlements/active_entitlements/{id}": Operation(retrieve_of(KIND, noun="active entitlement")),
}
