"""External accounts: the bank accounts and debit cards a connected account is paid out to.

Test numbers and tokens: docs.stripe.com/connect/testing. Of a number only the last four digits are kept.
"""

import re
from collections.abc import Mapping
from typing import Final

from stripe_sandbox.accounts.external_rows import KIND, of_account
from stripe_sandbox.accounts.state import find_account, show_account_v1, tell_v1
from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, change, show_plain
from stripe_sandbox.ids import random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.methods import card_of
from stripe_sandbox.store import Row

_NUMBER = re.compile(r"[A-Z0-9]{4,34}")
_BANK_TOKENS: Final[Mapping[str, tuple[str, str]]] = {
    "btok_us": ("000123456789", "110000000"),
    "btok_us_verified": ("000123456789", "110000000"),
    "btok_us_noAccount": ("000111111116", "110000000"),
    "btok_us_accountClosed": ("000111111113", "110000000"),
    "btok_us_insufficientFunds": ("000222222227", "110000000"),
    "btok_us_debitNotAuthorized": ("000333333335", "110000000"),
    "btok_us_invalidCurrency": ("000444444440", "110000000"),
}
_TEST_NUMBERS: Final = (*dict.fromkeys(number for number, _ in _BANK_TOKENS.values()), "DE89370400440532013000")
_AT_ONCE: Final = ("000123456789",)  # the sandbox's own choice: some banks take instant payouts, most do not
_DEBIT_CARDS: Final = ("tok_visa_debit", "tok_visa", "tok_mastercard")


def create_external(call: Call, params: Body, account_id: str) -> Body:
    """Add a bank account or a debit card; the first one of a currency is the default of it."""
    account, given = find_account(call, account_id), params["external_account"]
    body = read_external(call, given)
    wants, hidden = bool(params.get("default_for_currency")), _financial_account(call, account, given)
    row = _add(call, account, body, metadata=params.get("metadata"), wants=wants, hidden=hidden)
    return show_plain(call, row)


def add_bank(call: Call, account: Row, number: str, routing: str | None) -> Row:
    """Make a bank account the one payouts go to, as the hosted pages do; the one before it goes.

    Raises ApiFailure for any but a test number: people enter these, and nobody's real number belongs here.
    """
    if problem := bank_problem(number):
        raise invalid(problem)
    country = (account.hidden["country"] or "us").upper()
    body = _from_hash(
        call, {"object": "bank_account", "country": country, "account_number": number, "routing_number": routing}
    )
    former = [row for row in of_account(call, account.id) if row.body["currency"] == body["currency"]]
    added = _add(call, account, body, metadata=None, wants=True)
    for row in former:
        _remove(call, account, row)
    return added


def add_test_bank(call: Call, account: Row) -> None:
    """Give an account that has no bank account the test one of its country."""
    if not of_account(call, account.id):
        add_bank(call, account, *test_bank((account.hidden["country"] or "us").upper()))


def test_bank(country: str) -> tuple[str, str | None]:
    """Give the test numbers that the hosted pages offer: account and, in the United States, routing number."""
    return ("000123456789", "110000000") if country == "US" else ("DE89370400440532013000", None)


def bank_problem(number: str) -> str:
    """Say what is wrong with an account number somebody entered; empty for a test number."""
    return "" if number.replace(" ", "").upper() in _TEST_NUMBERS else f"Use a test number: {', '.join(_TEST_NUMBERS)}."


def _financial_account(call: Call, account: Row, given: str | Body) -> Body:
    """What links a bank account to the financial account whose number it has."""
    number = "" if isinstance(given, str) else given.get("account_number", "")
    found = call.tx.find(
        "treasury.financial_account", "account = ? AND hidden ->> '$.number' = ?", (account.id, number)
    )
    return {"financial_account": found[0].id} if found else {}


def _add(
    call: Call, account: Row, body: Body, *, metadata: Body | None, wants: bool, hidden: Body | None = None
) -> Row:
    before = show_account_v1(call, account)
    known = [row for row in of_account(call, account.id) if row.body["currency"] == body["currency"]]
    is_default = not known or wants
    body.update(
        id=("ba_" if body["object"] == "bank_account" else "card_") + random_text(24), account=account.id,
        default_for_currency=is_default, metadata=merge_metadata({}, metadata),
    )  # fmt: skip
    if is_default:
        _stand_back(call, known)
    row = call.add(KIND, body, account=account.id, hidden=hidden or {})
    emit(call, "account.external_account.created", row.body, account=account.id)
    tell_v1(call, account, before)
    return row


def read_external(call: Call, given: str | Body, *, param: str = "external_account", status: int = 400) -> Body:
    """Give what is kept of a bank account or debit card: a test token, one made before, or the details themselves."""
    if not isinstance(given, str):
        return _from_hash(call, given)
    made = call.tx.get(given, "token", call.account)
    if made is None or made.body["bank_account"] is None:
        return _from_token(call, given, param, status)
    if made.body["used"]:
        raise invalid(f"You cannot use a Stripe token more than once: {given}.", param=param, code="token_already_used")
    made.body["used"] = True
    call.tx.save(made)
    return {name: value for name, value in made.body["bank_account"].items() if name != "id"}


def _from_token(call: Call, token: str, param: str = "external_account", status: int = 400) -> Body:
    if token in _BANK_TOKENS:
        number, routing = _BANK_TOKENS[token]
        return _bank(number, routing, "US", "usd", None, None)
    card = card_of(call, token) if token in _DEBIT_CARDS else None
    if card is None:
        raise missing("token", token, param=param, status=status)
    return {
        "object": "card",
        "available_payout_methods": ["standard", "instant"],
        "brand": card.brand.title(),
        "country": "US",
        "currency": "usd",
        "cvc_check": "pass",
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "fingerprint": card.fingerprint,
        "funding": "debit",
        "last4": card.last4,
        "name": None,
    }


def _from_hash(call: Call, given: Body) -> Body:
    if given["object"] == "card":
        if "token" not in given:
            raise not_built("external_account[number]; send a token such as tok_visa_debit")
        return _from_token(call, given["token"])
    number = given["account_number"].replace(" ", "").upper()
    if not _NUMBER.fullmatch(number):
        raise invalid(
            "Invalid account number.", param="external_account[account_number]", code="account_number_invalid"
        )
    country = given["country"].upper()
    routing = given.get("routing_number")
    if country == "US" and not (routing and len(routing) == 9 and routing.isdecimal()):
        raise invalid("Routing number must have 9 digits", param="bank_account", code="routing_number_invalid")
    currency = check_currency(given.get("currency", "usd" if country == "US" else "eur"))
    return _bank(number, routing, country, currency, given.get("account_holder_name"), given.get("account_holder_type"))


def _bank(number: str, routing: str | None, country: str, currency: str, holder: str | None, kind: str | None) -> Body:
    return {
        "object": "bank_account",
        "account_holder_name": holder,
        "account_holder_type": kind,
        "account_type": None,
        "available_payout_methods": ["standard", "instant"] if number in _AT_ONCE else ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": country,
        "currency": currency,
        # No hash of the number: the few digits of an account number do not hide behind one.
        "fingerprint": random_text(16),
        "last4": number[-4:],
        "routing_number": routing,
        "status": "new",
    }


def _stand_back(call: Call, rows: list[Row]) -> None:
    for row in rows:
        if row.body["default_for_currency"]:
            row.body["default_for_currency"] = False
            call.tx.save(row)


def _find(call: Call, account_id: str, external_id: str) -> Row:
    row = call.tx.get(external_id, KIND, find_account(call, account_id).id)
    if row is None:
        raise missing("external account", external_id)
    return row


def retrieve_external(call: Call, params: Body, account_id: str, external_id: str) -> Body:
    """Give one external account."""
    del params
    return show_plain(call, _find(call, account_id, external_id))


def update_external(call: Call, params: Body, account_id: str, external_id: str) -> Body:
    """Change the metadata, the holder or the expiry, or make it the default of its currency."""
    row, account = _find(call, account_id, external_id), find_account(call, account_id)
    before = show_account_v1(call, account)
    names = ("account_holder_name", "account_holder_type") if row.body["object"] == "bank_account" else _CARD_CHANGES
    change(row, {**params, "metadata": params.get("metadata")}, names)
    if params.get("default_for_currency"):
        others = [each for each in of_account(call, account.id) if each.body["currency"] == row.body["currency"]]
        _stand_back(call, others)
        row.body["default_for_currency"] = True
    call.tx.save(row)
    emit(call, "account.external_account.updated", row.body, account=account.id)
    tell_v1(call, account, before)
    return show_plain(call, row)


def delete_external(call: Call, params: Body, account_id: str, external_id: str) -> Body:
    """Delete an external account that is not the default of its currency, or is the last one."""
    del params
    row, account = _find(call, account_id, external_id), find_account(call, account_id)
    same = [each for each in of_account(call, account.id) if each.body["currency"] == row.body["currency"]]
    if row.body["default_for_currency"] and len(same) > 1:
        raise invalid(
            "You cannot delete the default external account for a currency. Please make another external account the "
            "default using the `default_for_currency` param, and then delete this one.",
        )
    _remove(call, account, row)
    return {"id": row.id, "object": row.body["object"], "deleted": True}


def _remove(call: Call, account: Row, row: Row) -> None:
    before = show_account_v1(call, account)
    call.tx.delete(row)
    emit(call, "account.external_account.deleted", row.body, account=account.id)
    tell_v1(call, account, before)


def list_externals(call: Call, params: Body, account_id: str) -> Body:
    """Give a page of external accounts, also by kind."""
    call.account = find_account(call, account_id).id
    filters = {"object": "body ->> '$.object' = ?"}
    url = f"/v1/accounts/{account_id}/external_accounts"
    return list_objects(call, KIND, params, url, show_plain, filters=filters)


_CARD_CHANGES = ("exp_month", "exp_year", "name")
_CHANGES = {
    "metadata": ANY, "default_for_currency": ANY, "account_holder_name": ANY, "account_holder_type": ANY,
    "exp_month": ANY, "exp_year": ANY, "name": ANY,
}  # fmt: skip
_ALL = "/v1/accounts/{account}/external_accounts"
OPERATIONS = {
    f"POST {_ALL}": Operation(create_external, {"external_account": ANY, "default_for_currency": ANY, "metadata": ANY}),
    f"GET {_ALL}": Operation(list_externals, {**PAGED, "object": ANY}),
    f"GET {_ALL}/{{id}}": Operation(retrieve_external),
    f"POST {_ALL}/{{id}}": Operation(update_external, _CHANGES),
    f"DELETE {_ALL}/{{id}}": Operation(delete_external),
}
