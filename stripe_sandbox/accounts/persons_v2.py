"""Persons of an account as API v2 shows them.

They are the persons of API v1: what both know is kept once, what only v2 knows beside it. Identifying numbers and
documents are not kept, only that they were given.
"""

from collections.abc import Mapping
from typing import Any, Final

from stripe_sandbox.accounts.persons import KIND, create_person, update_person
from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.accounts.tokens import PERSON_TOKEN, use_token
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import missing
from stripe_sandbox.events.write import emit, emit_thin, rfc3339
from stripe_sandbox.http.listing import list_v2
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.store import Row

PERSON: Final = "v2.core.account_person"
_NAMES: Final[Mapping[str, str]] = {
    "email": "email", "given_name": "first_name", "legal_gender": "gender", "phone": "phone",
    "political_exposure": "political_exposure", "surname": "last_name",
}  # fmt: skip
_WHOLE: Final[Mapping[str, str]] = {"address": "address", "date_of_birth": "dob", "relationship": "relationship"}
_EXTRA: Final = (
    "additional_addresses", "additional_names", "additional_terms_of_service", "nationalities", "script_addresses",
    "script_names",
)  # fmt: skip


def _v1_params(given: Body) -> Body:
    params: Body = {_NAMES[name]: value for name, value in given.items() if name in _NAMES}
    for name, old in _WHOLE.items():
        if name in given:
            params[old] = {part: value for part, value in given[name].items() if part != "town"}
    if given.get("nationalities"):
        params["nationality"] = given["nationalities"][0]
    if "percent_ownership" in params.get("relationship", {}):
        params["relationship"]["percent_ownership"] = float(params["relationship"]["percent_ownership"])
    if "id_numbers" in given:
        params["id_number"] = "given" if given["id_numbers"] else ""
    return params


def _keep_extra(call: Call, row: Row, given: Body) -> None:
    extra: Body = row.hidden.setdefault("v2", {})
    extra.update({name: given[name] for name in _EXTRA if name in given})
    if "id_numbers" in given:
        extra["id_numbers"] = [{"type": each["type"]} for each in given["id_numbers"]]
    metadata = {**row.body["metadata"], **(given.get("metadata") or {})}
    row.body["metadata"] = {key: value for key, value in metadata.items() if value not in (None, "")}
    row.hidden["updated"] = call.now
    call.tx.save(row)


def show_person(row: Row) -> Body:
    """Give a person as API v2 shows them."""
    body, extra = row.body, row.hidden.get("v2", {})
    related: dict[str, Any] = dict(body["relationship"])
    percent = related["percent_ownership"]
    related["percent_ownership"] = None if percent is None else f"{percent:g}"
    born = body["dob"] if body["dob"]["year"] else None
    address = body["address"] if any(body["address"].values()) else None
    return {
        "id": row.id,
        "object": PERSON,
        "account": row.account,
        "created": rfc3339(row.created),
        "updated": rfc3339(row.hidden.get("updated", row.created)),
        **{name: body[old] for name, old in _NAMES.items()},
        **{name: extra.get(name) for name in (*_EXTRA, "id_numbers")},
        "address": address,
        "date_of_birth": born,
        "livemode": False,
        "metadata": body["metadata"],
        "relationship": related,
    }


def _find(call: Call, account_id: str, person_id: str) -> Row:
    row = call.tx.get(person_id, KIND, find_account(call, account_id).id)
    if row is None:
        raise missing("person", person_id)
    return row


def _tell(call: Call, row: Row, what: str) -> None:
    home = f"/v2/core/accounts/{row.account}/persons/{row.id}"
    emit_thin(call, f"{PERSON}.{what}", related=(row.id, PERSON, home), facts={"account_id": row.account})


def _with_token(call: Call, params: Body, account_id: str) -> Body:
    if "person_token" not in params:
        return params
    return {**use_token(call, PERSON_TOKEN, params["person_token"], "person_token", account_id),
            **{name: value for name, value in params.items() if name != "person_token"}}  # fmt: skip


def create(call: Call, params: Body, account_id: str) -> Body:
    """Add a person to an account."""
    given = _with_token(call, params, account_id)
    person_id = create_person(call, _v1_params(given), account_id)["id"]
    row = _find(call, account_id, person_id)
    _keep_extra(call, row, given)
    _tell(call, row, "created")
    return show_person(row)


def update(call: Call, params: Body, account_id: str, person_id: str) -> Body:
    """Change a person."""
    _find(call, account_id, person_id)
    given = _with_token(call, params, account_id)
    update_person(call, _v1_params(given), account_id, person_id)
    row = _find(call, account_id, person_id)
    _keep_extra(call, row, given)
    _tell(call, row, "updated")
    return show_person(row)


def retrieve(call: Call, params: Body, account_id: str, person_id: str) -> Body:
    """Give one person."""
    del params
    return show_person(_find(call, account_id, person_id))


def delete(call: Call, params: Body, account_id: str, person_id: str) -> Body:
    """Take a person from an account."""
    del params
    row = _find(call, account_id, person_id)
    call.tx.delete(row)
    emit(call, "person.deleted", row.body, account=row.account)
    _tell(call, row, "deleted")
    return {"id": row.id, "object": PERSON}


def list_persons(call: Call, params: Body, account_id: str) -> Body:
    """Give a page of the persons of an account."""
    account = find_account(call, account_id)
    return list_v2(call, KIND, params, f"/v2/core/accounts/{account.id}/persons", show_person, account=account.id)


_TAKES = {
    **dict.fromkeys((*_NAMES, *_EXTRA, "address", "date_of_birth", "relationship", "id_numbers"), ANY),
    "metadata": ANY, "person_token": ANY,
}  # fmt: skip
_ALL = "/v2/core/accounts/{account_id}/persons"
OPERATIONS = {
    f"POST {_ALL}": Operation(create, _TAKES),
    f"GET {_ALL}": Operation(list_persons, {"limit": ANY, "page": ANY}),
    f"GET {_ALL}/{{id}}": Operation(retrieve),
    f"POST {_ALL}/{{id}}": Operation(update, _TAKES),
    f"DELETE {_ALL}/{{id}}": Operation(delete),
}
