"""Physical cards on their way to their holder, moved on by tests."""

from collections.abc import Callable
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import Operation
from stripe_sandbox.http.plain import find
from stripe_sandbox.issuing.cards import show_card
from stripe_sandbox.issuing.rows import CARD

_ETA_S: Final = 5 * 86_400
_WAYS: Final = {
    "submit": ("submitted", ("pending",)),
    "ship": ("shipped", ("submitted",)),
    "deliver": ("delivered", ("shipped",)),
    "return": ("returned", ("shipped",)),
    "fail": ("failure", ("shipped",)),
}


def _moving(way: str) -> Callable[[Call, Body, str], Body]:
    to, came_from = _WAYS[way]

    def move(call: Call, params: Body, card_id: str) -> Body:
        del params
        row = find(call, CARD, card_id, noun="issuing card")
        shipping = row.body["shipping"]
        if shipping is None or shipping["status"] not in came_from:
            state = shipping["status"] if shipping else "not shipped at all"
            raise invalid(f"This card's shipping is {state}; only one that is {came_from[0]} can be {to}.")
        shipping["status"] = to
        if to == "shipped":
            shipping.update(carrier="usps", tracking_number=row.id[-12:].upper(), eta=call.now + _ETA_S,
                            shipped_at=call.now)  # fmt: skip
        if to == "delivered":
            shipping["delivered_at"] = call.now
        call.tx.save(row)
        emit(call, "issuing_card.updated", show_card(call, row))
        return show_card(call, row)

    return move


OPERATIONS = {f"POST /v1/test_helpers/issuing/cards/{{card}}/shipping/{way}": Operation(_moving(way)) for way in _WAYS}
