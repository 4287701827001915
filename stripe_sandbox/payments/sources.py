"""Cards and bank accounts of a customer the old way: `card_` and `ba_`, and `src_` sources of a test card.

Source: docs.stripe.com/api/cards, /customer_bank_accounts and /sources. Small deposits are of 32 and 45 cents.
"""

from typing import Any, Final

from stripe_sandbox.accounts.external import read_external
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import ApiFailure, invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects, page_of
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, change, find, show_plain
from stripe_sandbox.ids import random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.methods import card_of
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "customer_source"
SOURCE: Final = "source"
_DEPOSITS: Final = [32, 45]
_TRIES_MAX: Final = 10
_CARD_CHANGES: Final = (
    "address_city", "address_country", "address_line1", "address_line2", "address_state", "address_zip", "exp_month",
    "exp_year", "name",
)  # fmt: skip
_BANK_CHANGES: Final = ("account_holder_name", "account_holder_type")


def add_source(call: Call, params: Body, customer_id: str) -> Body:
    """Give a customer a card or a bank account; the first one is what they pay with."""
    customer = find(call, "customer", customer_id, param="customer")
    given = params["source"]
    if given.startswith("src_"):
        return _attach_source(call, customer, given)
    if (hidden := _card(call, given)) is not None:
        body = _card_body(hidden["card"])
    else:
        body, hidden = read_external(call, given, param="source"), {"tries": 0}
        if body["object"] != "bank_account":
            raise missing("token", given, param="source", status=400)
        body["status"] = "verified" if given.endswith("_verified") else "new"
    body = {**nothing_of(body["object"], "account", "deleted"), **body, "customer": customer.id,
            "id": f"{'card' if hidden.get('card') else 'ba'}_{random_text(24)}",
            "metadata": merge_metadata({}, params.get("metadata"))}  # fmt: skip
    row = call.add(KIND, body, hidden={**hidden, "customer": customer.id})
    _note_default(call, customer, row.id)
    emit(call, "customer.source.created", row.body)
    return show_plain(call, row)


def _note_default(call: Call, customer: Row, source_id: str) -> None:
    if customer.body["default_source"] is None:
        customer.body["default_source"] = source_id
        call.tx.save(customer)


def _card(call: Call, token: str) -> Body | None:
    card = card_of(call, token) if token.startswith("tok_") else None
    return None if card is None else {"card": card.kept()}


def _card_body(card: Body) -> Body:
    return {
        "object": "card", "brand": card["brand"].title(), "country": "US", "cvc_check": "pass",
        "exp_month": card["exp_month"], "exp_year": card["exp_year"], "fingerprint": card["fingerprint"],
        "funding": "credit", "last4": card["last4"],
    }  # fmt: skip


def _find(call: Call, customer_id: str, source_id: str) -> Row:
    customer = find(call, "customer", customer_id, param="customer")
    row = call.tx.get(source_id, None, call.account)
    if row is None or row.kind not in (KIND, SOURCE) or row.hidden.get("customer") != customer.id:
        raise missing("source", source_id)
    return row


def retrieve_source_of(call: Call, params: Body, customer_id: str, source_id: str) -> Body:
    """Give a card, a bank account or a source of a customer."""
    del params
    return show_plain(call, _find(call, customer_id, source_id))


def update_source_of(call: Call, params: Body, customer_id: str, source_id: str) -> Body:
    """Change the holder, the address or the expiry."""
    row = _find(call, customer_id, source_id)
    names = _CARD_CHANGES if row.body["object"] == "card" else _BANK_CHANGES if row.kind == KIND else ()
    given: Body = {name: int(value) if name in ("exp_month", "exp_year") else value for name, value in params.items()}
    change(row, given, [name for name in names if name in params])
    call.tx.save(row)
    emit(call, "customer.source.updated", row.body)
    return show_plain(call, row)


def remove_source(call: Call, params: Body, customer_id: str, source_id: str) -> Body:
    """Take a card, a bank account or a source from a customer."""
    del params
    row = _find(call, customer_id, source_id)
    customer = find(call, "customer", customer_id, param="customer")
    if row.kind == SOURCE:
        row.body.update(customer=None, status="consumed")
        row.hidden.pop("customer")
        call.tx.save(row)
    else:
        call.tx.delete(row)
    if customer.body["default_source"] == row.id:
        others = call.tx.find(KIND, "hidden ->> '$.customer' = ?", (customer.id,))
        customer.body["default_source"] = others[0].id if others else None
        call.tx.save(customer)
    emit(call, "customer.source.deleted", row.body)
    return (
        show_plain(call, row) if row.kind == SOURCE else {"id": row.id, "object": row.body["object"], "deleted": True}
    )


def list_sources_of(call: Call, params: Body, customer_id: str) -> Body:
    """Give a page of the cards and bank accounts of a customer, also by kind."""
    customer = find(call, "customer", customer_id, param="customer")
    filters = {"object": "body ->> '$.object' = ?"}
    url, of_customer = f"/v1/customers/{customer.id}/sources", "hidden ->> '$.customer' = ?"
    return list_objects(call, KIND, params, url, show_plain, filters=filters, where=of_customer, values=(customer.id,))


def verify_bank(call: Call, params: Body, customer_id: str, source_id: str) -> Body:
    """Say which two deposits arrived; ten wrong answers are the end of it."""
    row = _find(call, customer_id, source_id)
    if row.body["object"] != "bank_account":
        raise invalid("Only bank accounts are verified by deposits.")
    if row.body["status"] == "verified":
        raise invalid(
            "This bank account has already been verified.", code="payment_method_bank_account_already_verified"
        )
    if row.hidden["tries"] >= _TRIES_MAX:
        raise invalid("You have exceeded the number of allowed attempts.", code="bank_account_verification_failed")
    if sorted(params.get("amounts", [])) != _DEPOSITS:
        row.hidden["tries"] += 1
        call.tx.save(row)
        message = "The amounts provided do not match the amounts that were sent to the bank account."
        raise ApiFailure(400, message, param="amounts", code="bank_account_verification_failed", stays=True)
    row.body["status"] = "verified"
    call.tx.save(row)
    emit(call, "customer.source.updated", row.body)
    return show_plain(call, row)


def create_source(call: Call, params: Body) -> Body:
    """Make a source of a test card, ready to be charged."""
    if params.get("type") != "card" or "token" not in params:
        raise not_built("sources other than of type card with a token")
    hidden = _card(call, params["token"])
    if hidden is None:
        raise missing("token", params["token"], param="token", status=400)
    card = {name: hidden["card"][name] for name in ("brand", "exp_month", "exp_year", "fingerprint", "last4")}
    owner = _owner(params.get("owner", {}))
    body: Body = {
        **{
            name: value
            for name, value in nothing_of(SOURCE).items()
            if name in ("amount", "currency", "statement_descriptor")
        },
        "amount": params.get("amount"),
        "card": {**card, "brand": card["brand"].title(), "country": "US", "cvc_check": "pass", "funding": "credit"},
        "client_secret": f"src_client_secret_{random_text(24)}",
        "created": call.now,
        "currency": params.get("currency"),
        "flow": "none",
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "owner": owner,
        "statement_descriptor": params.get("statement_descriptor"),
        "status": "chargeable",
        "type": "card",
        "usage": params.get("usage", "reusable"),
    }
    row = call.add(SOURCE, body, hidden=hidden)
    emit(call, "source.chargeable", row.body)
    return show_plain(call, row)


def _owner(given: Body) -> Body:
    names = ("address", "email", "name", "phone")
    address = given.get("address")
    whole = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")) | address if address else None
    verified = {f"verified_{name}": None for name in names}
    return {**{name: given.get(name) for name in names}, "address": whole, **verified}


def _attach_source(call: Call, customer: Row, source_id: str) -> Body:
    row = find(call, SOURCE, source_id, param="source", status=400)
    if row.body["status"] != "chargeable" or row.hidden.get("customer"):
        raise invalid("This source cannot be attached any more.", param="source", code="invalid_source_usage")
    row.body["customer"] = row.hidden["customer"] = customer.id
    call.tx.save(row)
    _note_default(call, customer, row.id)
    emit(call, "customer.source.created", row.body)
    return show_plain(call, row)


def retrieve_source(call: Call, params: Body, source_id: str) -> Body:
    """Give one source; whoever shows its client secret must have the right one."""
    row = find(call, SOURCE, source_id)
    if params.get("client_secret", row.body["client_secret"]) != row.body["client_secret"]:
        raise missing("source", source_id)
    return show_plain(call, row)


def update_source(call: Call, params: Body, source_id: str) -> Body:
    """Change whose a source is, and its metadata."""
    row = find(call, SOURCE, source_id)
    change(row, params, [name for name in ("amount",) if name in params])
    if "owner" in params:
        known = {name: value for name, value in row.body["owner"].items() if value is not None}
        row.body["owner"] = _owner({**known, **params["owner"]})
    call.tx.save(row)
    return show_plain(call, row)


def verify_source(call: Call, params: Body, source_id: str) -> Body:
    """Refuse: a card needs no code of verification."""
    del params
    row = find(call, SOURCE, source_id)
    raise invalid(f"A source of type {row.body['type']} cannot be verified.", code="invalid_source_usage")


def list_source_moves(call: Call, params: Body, source_id: str) -> Body:
    """Give what was received by a source; a card receives nothing by itself."""
    row = find(call, SOURCE, source_id)
    return page_of(f"/v1/sources/{row.id}/source_transactions", [], params)


def card_to_charge(call: Call, source_id: str | None, customer_id: str | None) -> Body | None:
    """Give the card behind a source, or behind a customer's usual one; None when there is none to charge."""
    customer = call.tx.get(customer_id, "customer", call.account) if customer_id else None
    wanted = source_id or (customer.body["default_source"] if customer else None)
    row = call.tx.get(wanted, None, call.account) if wanted else None
    if row is None or row.kind not in (KIND, SOURCE) or "card" not in row.hidden:
        return None
    if row.hidden.get("customer") not in (None, customer_id):
        return None
    found: Any = row.hidden["card"]
    return found


_OF = "/v1/customers/{customer}/sources"
_OWNER = {"owner": ANY, "metadata": ANY}
OPERATIONS = {
    f"POST {_OF}": Operation(add_source, {"source": ANY, "metadata": ANY}),
    f"GET {_OF}": Operation(list_sources_of, {**PAGED, "object": ANY}),
    f"GET {_OF}/{{id}}": Operation(retrieve_source_of),
    f"POST {_OF}/{{id}}": Operation(update_source_of, dict.fromkeys((*_CARD_CHANGES, *_BANK_CHANGES, "metadata"), ANY)),
    f"DELETE {_OF}/{{id}}": Operation(remove_source),
    f"POST {_OF}/{{id}}/verify": Operation(verify_bank, {"amounts": ANY}),
    "POST /v1/sources": Operation(
        create_source,
        {**_OWNER, **dict.fromkeys(("amount", "currency", "statement_descriptor", "token", "type", "usage"), ANY)},
    ),
    "GET /v1/sources/{source}": Operation(retrieve_source, {"client_secret": ANY}),
    "POST /v1/sources/{source}": Operation(update_source, {**_OWNER, "amount": ANY}),
    "POST /v1/sources/{source}/verify": Operation(verify_source, {"values": ANY}),
    "GET /v1/sources/{source}/source_transactions": Operation(list_source_moves, PAGED),
}
