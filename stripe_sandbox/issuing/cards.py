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
    """Issue a virtual card that spends the cash of a financial account."""
    holder = find(call, CARDHOLDER, params.get("cardholder", ""), noun="cardholder", param="cardholder", status=400)
    if "financial_account" not in params:
        raise invalid("Missing required param: financial_account.", param="financial_account", code="parameter_missing")
    account = find_open(call, params["financial_account"])
    if "card_issuing" not in account.hidden["requested"]:
        raise invalid("This financial account needs the card_issuing feature.", param="financial_account")
    if params["currency"] != "usd":
        raise invalid("Cards are issued in usd.", param="currency")
    status = params.get("status", "inactive")
    if status == "active" and holder.body["status"] != "active":
        raise invalid("The cardholder is not active.", param="status")
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
        "personalization_design": None,
        "replaced_by": None,
        "replacement_for": None,
        "replacement_reason": None,
        "second_line": None,
        "shipping": None,
        "spending_controls": {**controls_of(params), "spending_limits_currency": "usd"},
        "status": status,
        "type": "virtual",
        "wallets": None,
    }
    row = call.add(CARD, body)
    emit(call, "issuing_card.created", row.body, account=row.account)
    return dict(row.body)


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
    "status": ANY, "type": ("virtual",),
}  # fmt: skip
OPERATIONS = {
    f"POST {_ALL}": Operation(create_card, _CREATES),
    f"GET {_ALL}": Operation(list_cards, {**DATED, "status": ANY, "type": ANY, "last4": ANY, "cardholder": ANY}),
    f"GET {_ALL}/{{card}}": Operation(retrieve_of(CARD, noun="issuing card", show=show_card)),
    f"POST {_ALL}/{{card}}": Operation(update_card, _CHANGES),
}
