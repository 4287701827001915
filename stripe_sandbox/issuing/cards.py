"""Virtual cards. Their numbers exist nowhere: only the last four digits are made up, and `number` cannot be expanded.

Source: docs.stripe.com/api/issuing/cards.
"""

from datetime import UTC, datetime
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, retrieve_of
from stripe_sandbox.ids import random_text
from stripe_sandbox.issuing.limits import SPENDING, controls_of
from stripe_sandbox.issuing.rows import CARD, CARDHOLDER
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row
from stripe_sandbox.treasury.accounts import find_open

_YEARS: Final = 3


def create_card(call: Call, params: Body) -> Body:
    """Issue a virtual or physical card that spends the cash of a financial account."""
    holder = find(call, CARDHOLDER, params.get("cardholder", ""), noun="cardholder", param="cardholder", status=400)
    account = _spends_from(call, params)
    if params["currency"] != "usd":
        raise invalid("Cards are issued in usd.", param="currency")
    status = params.get("status", "inactive")
    if status == "active" and holder.body["status"] != "active":
        raise invalid("The cardholder is not active.", param="status")
    design, replaced = _design(call, params), _replaced(call, params)
    today = datetime.fromtimestamp(call.now, UTC)
    body: Body = {
        "brand": "Visa",
        "cancellation_reason": None,
        "cardholder": dict(holder.body),
        "created": call.now,
        "currency": "usd",
        "exp_month": today.month,
        "exp_year": today.year + _YEARS,
        "financial_account": account.id,
        "last4": "".join(str(int(each, 36) % 10) for each in random_text(4)),
        "latest_fraud_warning": None,
        "lifecycle_controls": None,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "personalization_design": design,
        "replaced_by": None,
        "replacement_for": params.get("replacement_for"),
        "replacement_reason": params.get("replacement_reason"),
        "second_line": params.get("second_line") or None,
        "shipping": _shipping(call, params),
        "spending_controls": {**controls_of(params), "spending_limits_currency": "usd"},
        "status": status,
        "type": params["type"],
        "wallets": None,
    }
    row = call.add(CARD, body)
    if replaced is not None:
        replaced.body["replaced_by"] = row.id
        call.tx.save(replaced)
    emit(call, "issuing_card.created", row.body, account=row.account)
    return dict(row.body)


def _spends_from(call: Call, params: Body) -> Row:
    if "financial_account" not in params:
        raise invalid("Missing required param: financial_account.", param="financial_account", code="parameter_missing")
    account = find_open(call, params["financial_account"])
    if "card_issuing" not in account.hidden["requested"]:
        raise invalid("This financial account needs the card_issuing feature.", param="financial_account")
    return account


def _design(call: Call, params: Body) -> str | None:
    wanted = params.get("personalization_design")
    if wanted is None:
        return None
    param = "personalization_design"
    if params["type"] != "physical":
        raise invalid("Only a physical card has a personalization design.", param=param)
    design = find(
        call, "issuing.personalization_design", wanted, noun="personalization design", param=param, status=400
    )
    if design.body["status"] != "active":
        raise invalid("The personalization design is not active.", param=param)
    return design.id


def _replaced(call: Call, params: Body) -> Row | None:
    if ("replacement_for" in params) != ("replacement_reason" in params):
        raise invalid("A replacement needs its card and its reason.", param="replacement_reason")
    if "replacement_for" not in params:
        return None
    old = find(call, CARD, params["replacement_for"], noun="issuing card", param="replacement_for", status=400)
    if old.body["replaced_by"] is not None:
        raise invalid("This card was replaced already.", param="replacement_for")
    return old


def _shipping(call: Call, params: Body) -> Body | None:
    given = params.get("shipping")
    if (given is not None) != (params["type"] == "physical"):
        raise invalid("A physical card needs shipping, and no other card has it.", param="shipping")
    if given is None:
        return None
    address = {
        name: given["address"].get(name) for name in ("city", "country", "line1", "line2", "postal_code", "state")
    }
    return {
        "address": address, "address_validation": None, "carrier": None, "customs": None, "delivered_at": None,
        "eta": None, "name": given["name"], "phone_number": given.get("phone_number"),
        "require_signature": given.get("require_signature"), "service": given.get("service", "standard"),
        "shipped_at": None, "status": "pending", "tracking_number": None, "tracking_url": None,
        "type": given.get("type", "individual"),
    }  # fmt: skip


def update_card(call: Call, params: Body, card_id: str) -> Body:
    """Freeze a card, let it be used again, cancel it for good, or change its limits."""
    row = find(call, CARD, card_id, noun="issuing card")
    if row.body["status"] == "canceled" and params.get("status", "canceled") != "canceled":
        raise invalid("You cannot update a card that is canceled.", param="status")
    before = change(row, params, ("status", "cancellation_reason"))
    if "spending_controls" in params:
        row.body["spending_controls"] = {**controls_of(params), "spending_limits_currency": "usd"}
    call.tx.save(row)
    emit(call, "issuing_card.updated", row.body, account=row.account, previous=before)
    return dict(row.body)


def show_card(call: Call, row: Row) -> Body:
    """Give a card with its holder as that is now."""
    holder = call.tx.get(row.body["cardholder"]["id"], CARDHOLDER)
    return {**row.body, "cardholder": dict(holder.body)} if holder else dict(row.body)


def list_cards(call: Call, params: Body) -> Body:
    """Give a page of cards, also of one cardholder."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("status", "type", "last4")}
    filters["cardholder"] = "body ->> '$.cardholder.id' = ?"
    return list_objects(call, CARD, params, _ALL, show_card, filters=filters)


_ALL: Final = "/v1/issuing/cards"
_CHANGES = {
    "metadata": ANY,
    "spending_controls": SPENDING,
    "status": ("active", "inactive", "canceled"),
    "cancellation_reason": ANY,
}
_CREATES = {
    "cardholder": ANY, "currency": ANY, "financial_account": ANY, "metadata": ANY, "spending_controls": SPENDING,
    "status": ANY, "type": ANY, "personalization_design": ANY, "replacement_for": ANY, "replacement_reason": ANY,
    "second_line": ANY,
    "shipping": dict.fromkeys(("address", "name", "phone_number", "require_signature", "service", "type"), ANY),
}  # fmt: skip
OPERATIONS = {
    f"POST {_ALL}": Operation(create_card, _CREATES),
    f"GET {_ALL}": Operation(list_cards, {**DATED, "status": ANY, "type": ANY, "last4": ANY, "cardholder": ANY}),
    f"GET {_ALL}/{{card}}": Operation(retrieve_of(CARD, noun="issuing card", show=show_card)),
    f"POST {_ALL}/{{card}}": Operation(update_card, _CHANGES),
}
