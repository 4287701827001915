"""Bank accounts in the vault: kept by four digits, archived, and in the United States verified by small deposits.

The deposits are of 32 and 45 cents, or one with the code SM11AA.
"""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import rfc3339
from stripe_sandbox.http.listing import list_v2
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, show_plain
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.http.steps import Step
from stripe_sandbox.store import Row

US: Final = "v2.core.vault.us_bank_account"
GB: Final = "v2.core.vault.gb_bank_account"
_DEPOSITS: Final = [32, 45]
_CODE: Final = "SM11AA"
_DAYS_S: Final = 10 * 86_400


def _last4(number: str, param: str) -> str:
    digits = number.replace(" ", "")
    if not (digits.isalnum() and 4 <= len(digits) <= 34):
        raise invalid("Invalid account number.", param=param, code="account_number_invalid")
    return digits[-4:]


def _routing(params: Body) -> Body:
    names = ("routing_number", "fedwire_routing_number")
    for name in names:
        if name in params and not (params[name].isdecimal() and len(params[name]) == 9):
            raise invalid("Routing number must have 9 digits", param=name, code="routing_number_invalid")
    return {name: params.get(name) for name in names}


def _us_body(call: Call, params: Body) -> Body:
    del call
    return {
        **_routing(params),
        "archived": False,
        "bank_account_type": params.get("bank_account_type", "checking"),
        "bank_name": "STRIPE TEST BANK",
        "last4": _last4(params["account_number"], "account_number"),
        "restricted": False,
        "supported_currencies": [params["currency"]],
        "verification": {"microdeposit_verification_details": None, "status": "unverified"},
    }


def _gb_body(call: Call, params: Body) -> Body:
    del call
    number = params.get("iban") or params.get("account_number")
    if number is None:
        raise invalid("You must give an account number or an IBAN.", param="account_number", code="parameter_missing")
    return {
        "archived": False,
        "bank_account_type": params.get("bank_account_type", "checking"),
        "bank_name": "STRIPE TEST BANK",
        "last4": _last4(number, "account_number"),
        "restricted": False,
        "sort_code": params.get("sort_code"),
        "supported_currencies": [params["currency"]],
    }


def _merge(call: Call, row: Row, params: Body) -> None:
    del call
    row.body.update({name: value for name, value in _routing(params).items() if value is not None})


def send_deposits(call: Call, params: Body, bank_id: str) -> Body:
    """Send small deposits to a bank account that was not verified yet."""
    del params
    row = find(call, US, bank_id, noun="bank account")
    verification = row.body["verification"]
    if verification["status"] not in ("unverified", "verification_failed"):
        raise invalid(f"This bank account is {verification['status']}.")
    details = {"expires": rfc3339(call.now + _DAYS_S), "microdeposit_type": "amounts", "sent": rfc3339(call.now)}
    row.body["verification"] = {"microdeposit_verification_details": details, "status": "awaiting_verification"}
    row.hidden.update(tries=0, expires=call.now + _DAYS_S)
    call.tx.save(row)
    return show_plain(call, row)


def confirm_deposits(call: Call, params: Body, bank_id: str) -> Body:
    """Say what has arrived; three wrong answers, or ten days, are the end of it."""
    row = find(call, US, bank_id, noun="bank account")
    verification = row.body["verification"]
    if verification["status"] != "awaiting_verification":
        raise invalid(f"This bank account is {verification['status']}; no deposits are to be confirmed.")
    said: Any = params.get("descriptor_code") or sorted(params.get("amounts", []))
    if row.hidden["expires"] > call.now and said in (_DEPOSITS, _CODE):
        verification.update(status="verified", microdeposit_verification_details=None)
    else:
        row.hidden["tries"] += 1
        if row.hidden["tries"] >= 3 or row.hidden["expires"] <= call.now:
            verification.update(status="verification_failed", microdeposit_verification_details=None)
    call.tx.save(row)
    return show_plain(call, row)


def list_us(call: Call, params: Body) -> Body:
    """Give a page of bank accounts, also by how far their verification is."""
    where, values = "TRUE", ()
    if "verification_status" in params:
        where, values = "body ->> '$.verification.status' = ?", (params["verification_status"],)
    return list_v2(
        call, US, params, "/v2/core/vault/us_bank_accounts", lambda row: show_plain(call, row), where=where,
        values=values, account=call.account,
    )  # fmt: skip


_STEPS = (
    Step(to=True, came_from=(False,), path="archive", member="archived"),
    Step(to=False, came_from=(True,), path="unarchive", member="archived"),
)
_NUMBER = {"account_number": ANY, "bank_account_type": ANY, "currency": ANY}
_US = Resource(
    kind=US, url="/v2/core/vault/us_bank_accounts", name="id", body=_us_body, merge=_merge, noun="bank account",
    takes={**_NUMBER, "fedwire_routing_number": ANY, "routing_number": ANY}, steps=_STEPS,
    changes={"fedwire_routing_number": ANY, "routing_number": ANY},
)  # fmt: skip
_GB = Resource(
    kind=GB, url="/v2/core/vault/gb_bank_accounts", name="id", body=_gb_body, noun="bank account", steps=_STEPS,
    takes={**_NUMBER, "iban": ANY, "sort_code": ANY},
)  # fmt: skip
_ONE = "/v2/core/vault/us_bank_accounts/{id}"
OPERATIONS = {
    **_US.operations(),
    **_GB.operations(),
    "GET /v2/core/vault/us_bank_accounts": Operation(list_us, {"limit": ANY, "page": ANY, "verification_status": ANY}),
    f"POST {_ONE}/send_microdeposits": Operation(send_deposits),
    f"POST {_ONE}/confirm_microdeposits": Operation(confirm_deposits, {"amounts": ANY, "descriptor_code": ANY}),
}
