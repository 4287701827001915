"""Whether the name on a bank account is the recipient's. British and German banks are asked; others cannot be.

The sandbox says `match` for a recipient's own method; a test may choose another answer.
"""

from typing import Final

from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit_thin, rfc3339
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, retrieve_of, show_plain
from stripe_sandbox.money_v2.ledger import BASE
from stripe_sandbox.money_v2.methods import method_for
from stripe_sandbox.store import Row

KIND: Final = "v2.money_management.recipient_verification"
_KEPT_S: Final = 30 * 60
_WORDS: Final = {
    "match": "The name matches.", "close_match": "The name is close to that of the account.",
    "no_match": "The name does not match.", "unavailable": "The bank cannot be asked.",
}  # fmt: skip


def verify(call: Call, params: Body) -> Body:
    """Ask the bank whose account it is; a test says what it answers."""
    recipient = params.get("recipient") or call.account
    account = find_account(call, recipient, param="recipient", status=400)
    method = method_for(call, recipient, params["payout_method"])
    country = (method.body["bank_account"] or {}).get("country", "")
    result = params.get("match_result") or ("match" if country in ("gb", "de") else "unavailable")
    body: Body = {
        "consumed_by": None,
        "created": rfc3339(call.now),
        "expires_at": rfc3339(call.now + _KEPT_S),
        "livemode": False,
        "match_result": result,
        "match_result_details": details_of(account, result),
        "payout_method": method.id,
        "recipient": recipient,
        "status": "verified" if result == "match" else "awaiting_acknowledgement",
        "status_transitions": {"acknowledged_at": None, "consumed_at": None},
        "verification_type": "confirmation_of_payee" if country == "gb" else "verification_of_payee",
    }
    row = call.add(KIND, body, hidden={"expires": call.now + _KEPT_S})
    _tell(call, row, "created")
    return show_plain(call, row)


def details_of(account: Row, result: str) -> Body:
    """Give what is said of an answer."""
    name = account.hidden["display_name"] or "Recipient"
    return {
        "matched_business_type": None, "matched_name": name if result in ("match", "close_match") else None,
        "message": _WORDS[result], "provided_business_type": None, "provided_name": name,
    }  # fmt: skip


def _tell(call: Call, row: Row, what: str) -> None:
    emit_thin(call, f"{KIND}.{what}", related=(row.id, KIND, f"{BASE}/recipient_verifications/{row.id}"))


def acknowledge(call: Call, params: Body, verification_id: str) -> Body:
    """Go on although the name is another."""
    del params
    row = find(call, KIND, verification_id, noun="recipient verification")
    if row.body["status"] != "awaiting_acknowledgement":
        raise invalid(f"This recipient verification is {row.body['status']}.")
    row.body["status"] = "acknowledged"
    row.body["status_transitions"]["acknowledged_at"] = rfc3339(call.now)
    call.tx.save(row)
    _tell(call, row, "updated")
    return show_plain(call, row)


def consume(call: Call, verification_id: str, method_id: str, payment_id: str) -> None:
    """Let a payment use an answer; raises 400 for one that is not about its method, not agreed to, used or too old."""
    row = find(call, KIND, verification_id, noun="recipient verification", param="recipient_verification", status=400)
    usable = row.body["status"] in ("verified", "acknowledged") and row.hidden["expires"] > call.now
    if not usable or row.body["payout_method"] != method_id:
        raise invalid("This recipient verification cannot be used for this payment.", param="recipient_verification")
    row.body.update(status="consumed", consumed_by={"outbound_payment": payment_id, "type": "outbound_payment"})
    row.body["status_transitions"]["consumed_at"] = rfc3339(call.now)
    call.tx.save(row)
    _tell(call, row, "updated")


_URL = f"{BASE}/recipient_verifications"
_TAKES = {"payout_method": ANY, "recipient": ANY}
OPERATIONS = {
    f"POST {_URL}": Operation(verify, _TAKES),
    f"GET {_URL}/{{id}}": Operation(retrieve_of(KIND, noun="recipient verification")),
    f"POST {_URL}/{{id}}/acknowledge": Operation(acknowledge),
    "POST /v2/test_helpers/money_management/recipient_verifications": Operation(
        verify, {**_TAKES, "match_result": ANY}
    ),
}
