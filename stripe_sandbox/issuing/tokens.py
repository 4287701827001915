"""Tokens of wallets: a card put on a phone. The control surface plays the phone."""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, find, list_of, retrieve_of, show_plain
from stripe_sandbox.ids import random_text
from stripe_sandbox.issuing.rows import CARD
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "issuing.token"
_NEXT: Final = {
    "requested": ("active", "deleted"), "active": ("suspended", "deleted"), "suspended": ("active", "deleted"),
    "deleted": (),
}  # fmt: skip


def make_token(call: Call, card: Row, wallet: str) -> Body:
    """Put a card on a phone; raises 400 for one that is not active."""
    if card.kind != CARD or card.body["status"] != "active":
        raise invalid("Only an active issued card can be put on a phone.")
    details = {"device": {"type": "phone"}, "type": "visa",
               "visa": {"card_reference_id": None, "token_reference_id": random_text(16),
                        "token_requestor_id": "40010030273"}}  # fmt: skip
    body: Body = {
        **nothing_of(KIND), "card": card.id, "created": call.now, "last4": card.body["last4"], "livemode": False,
        "network": "visa", "network_data": details, "network_updated_at": call.now, "status": "requested",
        "wallet_provider": wallet,
    }  # fmt: skip
    row = call.add(KIND, body, account=card.account)
    emit(call, "issuing_token.created", row.body, account=card.account)
    return show_plain(call, row)


def update_token(call: Call, params: Body, token_id: str) -> Body:
    """Let a token be used, suspend it, or delete it for good."""
    row = find(call, KIND, token_id, noun="issuing token")
    status = params["status"]
    if status not in _NEXT[row.body["status"]]:
        raise invalid(f"A token that is {row.body['status']} cannot become {status}.", param="status")
    before = row.body["status"]
    row.body.update(status=status, network_updated_at=call.now)
    call.tx.save(row)
    emit(call, "issuing_token.updated", row.body, previous={"status": before})
    return show_plain(call, row)


_ALL: Final = "/v1/issuing/tokens"
OPERATIONS = {
    f"GET {_ALL}": Operation(list_of(KIND, _ALL, ["card", "status"]), {**DATED, "card": ANY, "status": ANY}),
    f"GET {_ALL}/{{token}}": Operation(retrieve_of(KIND, noun="issuing token")),
    f"POST {_ALL}/{{token}}": Operation(update_token, {"status": ANY}),
}
