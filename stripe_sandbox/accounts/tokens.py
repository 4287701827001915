"""Tokens that carry somebody's details to an account of API v2 without the platform seeing them."""

from typing import Final

from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import rfc3339
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, retrieve_of

PERSON_TOKEN: Final = "v2.core.account_person_token"  # noqa: S105 - the name of a kind
ACCOUNT_TOKEN: Final = "v2.core.account_token"  # noqa: S105 - the name of a kind
_TOKEN_S: Final = 600


def _store_token(call: Call, kind: str, params: Body, account_id: str) -> Body:
    body: Body = {"created": rfc3339(call.now), "expires_at": rfc3339(call.now + _TOKEN_S), "livemode": False,
                  "used": False}  # fmt: skip
    hidden: Body = {"given": params, "expires": call.now + _TOKEN_S, "for": account_id}
    return dict(call.add(kind, body, hidden=hidden).body)


def create_person_token(call: Call, params: Body, account_id: str) -> Body:
    """Put the details of a person into a token for an account; it works once, for ten minutes."""
    return _store_token(call, PERSON_TOKEN, _accepted(call, params), find_account(call, account_id).id)


def create_account_token(call: Call, params: Body) -> Body:
    """Put the details of an account into a token; it works once, for ten minutes."""
    return _store_token(call, ACCOUNT_TOKEN, params, "")


def _accepted(call: Call, params: Body) -> Body:
    """Who accepts terms in a browser gets the date of the moment; API and browser name it differently."""
    terms = params.get("additional_terms_of_service", {}).get("account")
    if not terms or not terms.get("shown_and_accepted"):
        return {name: value for name, value in params.items() if name != "additional_terms_of_service"}
    return {**params, "additional_terms_of_service": {"account": {"date": rfc3339(call.now), "ip": "127.0.0.1"}}}


def retrieve_person_token(call: Call, params: Body, account_id: str, token_id: str) -> Body:
    """Give one token of a person."""
    del params
    row = find(call, PERSON_TOKEN, token_id, noun="person token")
    if row.hidden["for"] != find_account(call, account_id).id:
        raise missing("person token", token_id)
    return dict(row.body)


def use_token(call: Call, kind: str, token_id: str, param: str, account_id: str = "") -> Body:
    """Give what a token carries and use it up; raises 400 for one that is used, too old, or for another account."""
    row = call.tx.get(token_id, kind, call.account)
    if row is None or row.hidden["for"] != account_id:
        raise missing("token", token_id, param=param, status=400)
    if row.body["used"]:
        raise invalid("You cannot use a token more than once.", param=param, code="token_already_used")
    if row.hidden["expires"] <= call.now:
        raise invalid("This token has expired. Create a new one.", param=param)
    row.body["used"] = True
    call.tx.save(row)
    given: Body = row.hidden["given"]
    return given


_PERSON_TAKES = dict.fromkeys(
    ("additional_addresses", "additional_names", "additional_terms_of_service", "address", "date_of_birth", "email",
     "given_name", "id_numbers", "legal_gender", "nationalities", "phone", "political_exposure", "relationship",
     "script_addresses", "script_names", "surname"), ANY,
)  # fmt: skip
_INDIVIDUAL = dict.fromkeys(("given_name", "surname", "email", "phone", "date_of_birth", "address"), ANY)
_ACCOUNT_TAKES = {
    "contact_email": ANY, "contact_phone": ANY, "display_name": ANY,
    "identity": {"entity_type": ANY, "individual": _INDIVIDUAL,
                 "business_details": {"registered_name": ANY, "phone": ANY, "address": ANY}},
}  # fmt: skip
_OF = "/v2/core/accounts/{account_id}/person_tokens"
OPERATIONS = {
    f"POST {_OF}": Operation(create_person_token, _PERSON_TAKES),
    f"GET {_OF}/{{id}}": Operation(retrieve_person_token),
    "POST /v2/core/account_tokens": Operation(create_account_token, _ACCOUNT_TAKES),
    "GET /v2/core/account_tokens/{id}": Operation(retrieve_of(ACCOUNT_TOKEN, noun="account token")),
}
