"""Persons of an account: owners, directors, representatives. Numbers that identify somebody are not kept."""

from typing import Any, Final

from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, change, show_plain
from stripe_sandbox.ids import new_id
from stripe_sandbox.payments.bodies import NO_ADDRESS
from stripe_sandbox.store import Row

KIND: Final = "person"
_TEXTS: Final = (
    "email", "first_name", "gender", "last_name", "maiden_name", "nationality", "phone", "political_exposure",
)  # fmt: skip
_ROLES: Final = ("authorizer", "director", "executive", "legal_guardian", "owner", "representative")
_NOTHING_DUE: Final = ("currently_due", "errors", "eventually_due", "past_due", "pending_verification")
_DOCUMENT: Final = ("back", "front")


def create_person(call: Call, params: Body, account_id: str) -> Body:
    """Add a person to an account."""
    account = find_account(call, account_id)
    due: dict[str, Any] = {"alternatives": []} | {name: [] for name in _NOTHING_DUE}
    document = {"back": None, "details": None, "details_code": None, "front": None}
    body: Body = {
        **dict.fromkeys(_TEXTS),
        "id": new_id(KIND),
        "account": account.id,
        "address": dict(NO_ADDRESS),
        "created": call.now,
        "dob": {"day": None, "month": None, "year": None},
        "future_requirements": due,
        "id_number_provided": False,
        "metadata": {},
        "relationship": {**dict.fromkeys(_ROLES, False), "percent_ownership": None, "title": None},
        "requirements": due,
        "ssn_last_4_provided": False,
        "verification": {
            "additional_document": dict(document),
            "details": None,
            "details_code": None,
            "document": document,
            "status": "unverified",
        },
    }
    row = Row(body["id"], KIND, account.id, call.now, body)
    _merge(row, params)
    if row.body["relationship"]["representative"] and _representatives(call, account.id):
        raise invalid("This account already has a representative.", param="relationship[representative]")
    row = call.add(KIND, row.body, account=account.id)
    emit(call, "person.created", row.body, account=account.id)
    return show_plain(call, row)


def _representatives(call: Call, account_id: str) -> list[Row]:
    return call.tx.find(KIND, "account = ? AND body ->> '$.relationship.representative' = 1", (account_id,))


def _merge(row: Row, params: Body) -> None:
    change(row, params, _TEXTS)
    for name in ("address", "dob", "relationship"):
        if params.get(name):
            given = {key: value if value != "" else None for key, value in params[name].items()}
            row.body[name] = {**row.body[name], **given}
    for name, provided in (("id_number", "id_number_provided"), ("ssn_last_4", "ssn_last_4_provided")):
        if name in params:
            row.body[provided] = bool(params[name])
    for name, sides in params.get("verification", {}).items():
        row.body["verification"][name].update({side: file or None for side, file in sides.items()})


def _find(call: Call, account_id: str, person_id: str) -> Row:
    row = call.tx.get(person_id, KIND, find_account(call, account_id).id)
    if row is None:
        raise missing("person", person_id, param="person")
    return row


def retrieve_person(call: Call, params: Body, account_id: str, person_id: str) -> Body:
    """Give one person."""
    del params
    return show_plain(call, _find(call, account_id, person_id))


def update_person(call: Call, params: Body, account_id: str, person_id: str) -> Body:
    """Change a person."""
    row = _find(call, account_id, person_id)
    _merge(row, params)
    if row.body["relationship"]["representative"]:
        others = [each for each in _representatives(call, row.account) if each.id != row.id]
        if others:
            raise invalid("This account already has a representative.", param="relationship[representative]")
    call.tx.save(row)
    emit(call, "person.updated", row.body, account=row.account)
    return show_plain(call, row)


def delete_person(call: Call, params: Body, account_id: str, person_id: str) -> Body:
    """Take a person from an account."""
    del params
    row = _find(call, account_id, person_id)
    call.tx.delete(row)
    emit(call, "person.deleted", row.body, account=row.account)
    return {"id": row.id, "object": KIND, "deleted": True}


def list_persons(call: Call, params: Body, account_id: str) -> Body:
    """Give a page of the persons of an account, also by their roles."""
    call.account = find_account(call, account_id).id
    wanted = [name for name, is_so in params.get("relationship", {}).items() if is_so]
    where = " AND ".join(["TRUE", *(f"body ->> '$.relationship.{name}' = 1" for name in wanted if name in _ROLES)])
    url = f"/v1/accounts/{account_id}/persons"
    return list_objects(call, KIND, params, url, show_plain, where=where)


_SIDES = dict.fromkeys(_DOCUMENT, ANY)
_TAKES = {
    **dict.fromkeys(_TEXTS, ANY), "metadata": ANY, "id_number": ANY, "ssn_last_4": ANY,
    "address": dict.fromkeys(NO_ADDRESS, ANY), "dob": {"day": ANY, "month": ANY, "year": ANY},
    "relationship": dict.fromkeys((*_ROLES, "percent_ownership", "title"), ANY),
    "verification": {"document": _SIDES, "additional_document": _SIDES},
}  # fmt: skip
_ALL = "/v1/accounts/{account}/persons"
OPERATIONS = {
    f"POST {_ALL}": Operation(create_person, _TAKES),
    f"GET {_ALL}": Operation(list_persons, {**PAGED, "relationship": dict.fromkeys(_ROLES, ANY)}),
    f"GET {_ALL}/{{person}}": Operation(retrieve_person),
    f"POST {_ALL}/{{person}}": Operation(update_person, _TAKES),
    f"DELETE {_ALL}/{{person}}": Operation(delete_person),
}
