"""Money that comes into a financial account of API v2: bank transfers to its addresses, and debits of the owner's bank.

A debit of a verified bank account is done at once.
"""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit_thin, rfc3339
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, retrieve_of, show_plain
from stripe_sandbox.ids import random_text
from stripe_sandbox.money_v2.ledger import BASE, find_account, impact, money, open_transaction, page, settle
from stripe_sandbox.money_v2.vault import US
from stripe_sandbox.schema.blank import nothing_of

ADDRESS: Final = "v2.money_management.financial_address"
CREDIT: Final = "v2.money_management.received_credit"
TRANSFER: Final = "v2.money_management.inbound_transfer"
_NETWORKS: Final = {"usd": ("ach", "fedwire", "rtp"), "gbp": ("chaps", "fps"), "eur": ("sepa",)}


def create_address(call: Call, params: Body) -> Body:
    """Give the financial account an address to send money to."""
    account = find_account(call, params["financial_account"], param="financial_account", status=400)
    currency = (params.get("bank_account") or {}).get("currency", "usd")
    if currency != "usd":
        raise invalid("The sandbox has addresses for usd only.", param="bank_account[currency]")
    number = "".join(str(int(each, 36) % 10) for each in random_text(12))
    aba = {"account_holder_name": call.platform, "account_number": number, "address": None,
           "bank_name": "STRIPE TEST BANK", "routing_number": "110000000"}  # fmt: skip
    body: Body = {
        "bank_account": {"aba": aba, "country": "us", "currency": "usd", "type": "aba"},
        "created": rfc3339(call.now), "financial_account": account.id, "livemode": False, "settlement_currency": "usd",
        "status": "active", "type": "bank_account",
    }  # fmt: skip
    row = call.add(ADDRESS, body)
    home = f"{BASE}/financial_addresses/{row.id}"
    emit_thin(call, f"{ADDRESS}.activated", related=(row.id, ADDRESS, home))
    return show_plain(call, row)


def list_addresses(call: Call, params: Body) -> Body:
    """Give a page of addresses."""
    return page(call, ADDRESS, f"{BASE}/financial_addresses", params, {"financial_account": "financial_account"})


def credit_address(call: Call, params: Body, address_id: str) -> Body:
    """Play a bank that sends money to an address."""
    address = find(call, ADDRESS, address_id, noun="financial address")
    amount, network = params["amount"], params["network"]
    currency = address.body["bank_account"]["currency"]
    if amount["value"] < 1 or amount["currency"] != currency:
        raise invalid(f"Send a positive amount of {currency}.", param="amount")
    if network not in _NETWORKS[currency]:
        raise invalid(f"This address is not reached by {network}.", param="network")
    bank = {"aba": {"account_holder_name": "Test Sender", "bank_name": "STRIPE TEST BANK", "last4": "6789",
                    "routing_number": "110000000"}, "type": "aba"}  # fmt: skip
    body: Body = {
        **nothing_of(CREDIT),
        "amount": amount,
        "amount_received": dict(amount),
        "bank_transfer": {"financial_address": address.id, "network": network, "originating_bank_account": bank,
                          "statement_descriptor": params.get("statement_descriptor")},
        "created": rfc3339(call.now),
        "financial_account": address.body["financial_account"],
        "livemode": False,
        "status": "succeeded",
        "status_transitions": {"failed_at": None, "returned_at": None, "succeeded_at": rfc3339(call.now)},
        "type": "bank_transfer",
    }  # fmt: skip
    row = call.add(CREDIT, body)
    _arrive(call, address.body["financial_account"], ("received_credit", row.id), amount)
    for what in ("available", "succeeded"):
        emit_thin(call, f"{CREDIT}.{what}", related=(row.id, CREDIT, f"{BASE}/received_credits/{row.id}"))
    return {
        "object": "v2.money_management.financial_address_credit_simulation",
        "livemode": False,
        "status": "succeeded",
    }


def _arrive(call: Call, account_id: str, flow: tuple[str, str], amount: Body) -> None:
    account, currency, value = find_account(call, account_id), amount["currency"], amount["value"]
    moved = open_transaction(call, account, flow, flow[0], dict(amount), impact(currency, inbound=value))
    settle(call, moved, impact(currency, available=value))


def create_transfer(call: Call, params: Body) -> Body:
    """Draw money from a verified bank account of the vault."""
    source, to, amount = params["from"], params["to"], params["amount"]
    account = find_account(call, to["financial_account"], param="to[financial_account]", status=400)
    param = "from[payment_method]"
    bank = find(call, US, source["payment_method"], noun="bank account", param=param, status=400)
    if bank.body["verification"]["status"] != "verified" or bank.body["archived"]:
        raise invalid("The bank account must be verified, and not archived.", param=param)
    if amount["value"] < 1 or {amount["currency"], to["currency"], source.get("currency", "usd")} != {"usd"}:
        raise invalid("Draw a positive amount of usd.", param="amount")
    value, now = amount["value"], rfc3339(call.now)
    history: list[Any] = [
        {"id": f"ibthist_{random_text(12)}", "created": now, "effective_at": now, "type": each, each: {}}
        for each in ("bank_debit_queued", "bank_debit_processing", "bank_debit_succeeded")
    ]
    body: Body = {
        "amount": amount,
        "created": now,
        "description": params.get("description", ""),
        "from": {
            "debited": money(value, "usd"),
            "payment_method": {"type": "us_bank_account", "us_bank_account": bank.id},
        },
        "livemode": False,
        "to": {"credited": money(value, "usd"), "financial_account": account.id},
        "transfer_history": history,
    }
    row = call.add(TRANSFER, body)
    _arrive(call, account.id, ("inbound_transfer", row.id), amount)
    home = (row.id, TRANSFER, f"{BASE}/inbound_transfers/{row.id}")
    for what in ("bank_debit_queued", "bank_debit_processing", "bank_debit_succeeded", "available"):
        emit_thin(call, f"{TRANSFER}.{what}", related=home)
    return show_plain(call, row)


def list_credits(call: Call, params: Body) -> Body:
    """Give a page of what was received."""
    return page(call, CREDIT, f"{BASE}/received_credits", params, {})


def list_transfers(call: Call, params: Body) -> Body:
    """Give a page of what was drawn."""
    return page(call, TRANSFER, f"{BASE}/inbound_transfers", params, {})


_DATED = {"limit": ANY, "page": ANY, "created": ANY}
OPERATIONS = {
    f"POST {BASE}/financial_addresses": Operation(
        create_address, {"bank_account": ANY, "financial_account": ANY, "type": ANY}
    ),
    f"GET {BASE}/financial_addresses": Operation(list_addresses, {"limit": ANY, "page": ANY, "financial_account": ANY}),
    f"GET {BASE}/financial_addresses/{{id}}": Operation(retrieve_of(ADDRESS, noun="financial address")),
    f"POST {BASE}/test_helpers/financial_addresses/{{id}}/credit": Operation(
        credit_address, {"amount": ANY, "network": ANY, "statement_descriptor": ANY}
    ),
    f"POST {BASE}/inbound_transfers": Operation(
        create_transfer, {"from": ANY, "to": ANY, "amount": ANY, "description": ANY}
    ),
    f"GET {BASE}/inbound_transfers": Operation(list_transfers, _DATED),
    f"GET {BASE}/inbound_transfers/{{id}}": Operation(retrieve_of(TRANSFER, noun="inbound transfer")),
    f"GET {BASE}/received_credits": Operation(list_credits, _DATED),
    f"GET {BASE}/received_credits/{{id}}": Operation(retrieve_of(CREDIT, noun="received credit")),
}
