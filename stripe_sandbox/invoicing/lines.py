"""The lines of a draft, several at once: each is an invoice item, made or changed or taken off."""

from typing import Any

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.http.listing import page_of
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, show_plain
from stripe_sandbox.invoicing.items import ITEM, KIND, delete_item, draft_of, new_item, recount, update_item
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row


def line_of(row: Row, line_id: str) -> Body:
    """Give a line of an invoice, or raise 404."""
    found: Any = next((line for line in row.body["lines"]["data"] if line["id"] == line_id), None)
    if found is None:
        raise missing("line item", line_id)
    return found


def list_lines(call: Call, params: Body, invoice_id: str) -> Body:
    """Give a page of the lines of an invoice."""
    row = find(call, "invoice", invoice_id, param="invoice")
    return page_of(f"/v1/invoices/{row.id}/lines", row.body["lines"]["data"], params, kind="line item")


def _draft(call: Call, invoice_id: str, params: Body) -> Row:
    row = find(call, "invoice", invoice_id, param="invoice")
    draft = draft_of(call, row.id, row.body["customer"])
    draft.body["metadata"] = merge_metadata(draft.body["metadata"], params.get("invoice_metadata"))
    call.tx.save(draft)
    return draft


def _shown(call: Call, draft: Row) -> Body:
    return show_plain(call, find(call, "invoice", draft.id))


def add_lines(call: Call, params: Body, invoice_id: str) -> Body:
    """Put items on a draft: new ones, or some that waited."""
    draft = _draft(call, invoice_id, params)
    for place, each in enumerate(params["lines"]):
        if "invoice_item" in each:
            item = find(call, KIND, each["invoice_item"], param=f"lines[{place}][invoice_item]", status=400)
            if item.body["invoice"] or item.body["customer"] != draft.body["customer"]:
                raise invalid("This invoice item is on another invoice already, or another customer's.", param="lines")
            item.body["invoice"] = draft.id
            call.tx.save(item)
        else:
            currency = {} if "pricing" in each or "price_data" in each else {"currency": draft.body["currency"]}
            new_item(call, {**each, **currency, "customer": draft.body["customer"], "invoice": draft.id})
    recount(call, find(call, "invoice", draft.id))
    return _shown(call, draft)


def _item_of(draft: Row, line_id: str) -> str:
    details = line_of(draft, line_id)["parent"]["invoice_item_details"]
    if details is None:
        raise invalid("The lines of a subscription cannot be changed.", param="lines")
    return str(details["invoice_item"])


def remove_lines(call: Call, params: Body, invoice_id: str) -> Body:
    """Take lines off a draft: their items are deleted, or wait again."""
    draft = _draft(call, invoice_id, params)
    for each in params["lines"]:
        item_id = _item_of(draft, each["id"])
        if each["behavior"] == "delete":
            delete_item(call, {}, item_id)
        else:
            item = find(call, KIND, item_id)
            item.body["invoice"] = None
            call.tx.save(item)
    recount(call, find(call, "invoice", draft.id))
    return _shown(call, draft)


def update_lines(call: Call, params: Body, invoice_id: str) -> Body:
    """Change lines of a draft."""
    draft = _draft(call, invoice_id, params)
    for each in params["lines"]:
        update_item(call, {name: value for name, value in each.items() if name != "id"}, _item_of(draft, each["id"]))
    return _shown(call, draft)


def update_line(call: Call, params: Body, invoice_id: str, line_id: str) -> Body:
    """Change one line of a draft."""
    draft = _draft(call, invoice_id, {})
    update_item(call, params, _item_of(draft, line_id))
    return line_of(find(call, "invoice", draft.id), line_id)


_CHANGES = {name: rule for name, rule in ITEM.items() if name not in ("pricing", "price_data")}
_ONE = "/v1/invoices/{invoice}"
OPERATIONS = {
    f"GET {_ONE}/lines": Operation(list_lines, PAGED),
    f"POST {_ONE}/add_lines": Operation(add_lines, {"lines": {**ITEM, "invoice_item": ANY}, "invoice_metadata": ANY}),
    f"POST {_ONE}/remove_lines": Operation(
        remove_lines, {"lines": {"id": ANY, "behavior": ANY}, "invoice_metadata": ANY}
    ),
    f"POST {_ONE}/update_lines": Operation(update_lines, {"lines": {**_CHANGES, "id": ANY}, "invoice_metadata": ANY}),
    f"POST {_ONE}/lines/{{line_item_id}}": Operation(update_line, _CHANGES),
}
