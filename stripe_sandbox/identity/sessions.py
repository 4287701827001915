"""Identity verified: sessions that wait for somebody's document, and the reports of what was seen.

There is no page for the document: the control surface plays the person and the check. Source: docs.stripe.com/identity.
"""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, list_of, retrieve_of, show_plain
from stripe_sandbox.ids import random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

SESSION: Final = "identity.verification_session"
REPORT: Final = "identity.verification_report"
_NOUN: Final = "verification session"
_CODES: Final = ("consent_declined", "document_expired", "document_type_not_supported", "document_unverified_other",
                 "id_number_mismatch", "id_number_unverified_other")  # fmt: skip
_OPTIONS: Final = ("allowed_types", "require_id_number", "require_live_capture", "require_matching_selfie")
_RELATED: Final = ("client_reference_id", "related_customer", "related_customer_account")


def create_session(call: Call, params: Body) -> Body:
    """Ask for somebody's document or number."""
    if "verification_flow" in params or "type" not in params:
        raise invalid("Missing required param: type.", param="type", code="parameter_missing")
    if "related_customer" in params:
        find(call, "customer", params["related_customer"], param="related_customer", status=400)
    kind = params["type"]
    body: Body = {
        **nothing_of(SESSION),
        **{name: params.get(name) for name in _RELATED},
        "client_secret": f"vs_secret_test_{random_text(24)}",
        "created": call.now,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "options": _options(kind, params.get("options", {})),
        "provided_details": params.get("provided_details"),
        "related_person": params.get("related_person"),
        "status": "requires_input",
        "type": kind,
    }
    row = call.add(SESSION, body)
    emit(call, f"{SESSION}.created", row.body)
    emit(call, f"{SESSION}.requires_input", row.body)
    return show_plain(call, row)


def _options(kind: str, given: Body) -> Body:
    if kind == "id_number":
        return {"id_number": {}}
    asked = given.get("document") or {}
    return {"document": {name: asked[name] for name in _OPTIONS if name in asked}}


def _waiting(call: Call, session_id: str, what: str) -> Row:
    row = find(call, SESSION, session_id, noun=_NOUN)
    if row.body["status"] != "requires_input":
        raise invalid(f"This verification session is {row.body['status']} and cannot be {what}.")
    return row


def update_session(call: Call, params: Body, session_id: str) -> Body:
    """Change what is asked for, while nobody has answered."""
    row = _waiting(call, session_id, "updated")
    change(row, params, [name for name in ("provided_details",) if name in params])
    if "type" in params or "options" in params:
        row.body["type"] = params.get("type", row.body["type"])
        row.body["options"] = _options(row.body["type"], params.get("options", row.body["options"]))
    call.tx.save(row)
    return show_plain(call, row)


def cancel_session(call: Call, params: Body, session_id: str) -> Body:
    """Ask no longer."""
    del params
    row = _waiting(call, session_id, "canceled")
    row.body.update(status="canceled", client_secret=None)
    call.tx.save(row)
    emit(call, f"{SESSION}.canceled", row.body)
    return show_plain(call, row)


def redact_session(call: Call, params: Body, session_id: str) -> Body:
    """Forget what was seen, at once: the session and its reports say only that there was something."""
    del params
    row = find(call, SESSION, session_id, noun=_NOUN)
    if row.body["redaction"] is not None:
        raise invalid("This verification session is redacted already.")
    row.body.update(redaction={"status": "redacted"}, verified_outputs=None, provided_details=None, metadata={})
    if row.body["status"] == "requires_input":
        row.body.update(status="canceled", client_secret=None)
    call.tx.save(row)
    for report in call.tx.find(REPORT, "body ->> '$.verification_session' = ?", (row.id,)):
        for part in ("document", "id_number"):
            if report.body[part]:
                report.body[part] = {"status": report.body[part]["status"]}
        call.tx.save(report)
    emit(call, f"{SESSION}.redacted", row.body)
    return show_plain(call, row)


def check(call: Call, row: Row, given: Body) -> Row:
    """Let somebody answer: with the details given they are verified, with a `code` they are not."""
    if row.body["status"] != "requires_input":
        raise invalid(f"This verification session is {row.body['status']}.")
    code = given.get("code")
    if code is not None and code not in _CODES:
        raise invalid(f"code must be one of {', '.join(_CODES)}", param="code")
    row.body["status"] = "processing"
    emit(call, f"{SESSION}.processing", row.body, account=row.account)
    report = call.add(REPORT, _report(call, row, given, code), account=row.account)
    row.body["last_verification_report"] = report.id
    if code is None:
        names = ("address", "dob", "first_name", "last_name")
        row.body.update(status="verified", last_error=None, client_secret=None,
                        verified_outputs={name: given.get(name) for name in names})  # fmt: skip
    else:
        row.body.update(status="requires_input", last_error={"code": code, "reason": code.replace("_", " ")})
    call.tx.save(row)
    emit(call, f"{SESSION}.{row.body['status']}", row.body, account=row.account)
    return row


def _report(call: Call, row: Row, given: Body, code: str | None) -> Body:
    kind = row.body["type"]
    known = {name: given.get(name) for name in ("dob", "first_name", "last_name")}
    error: Any = {"code": code, "reason": code.replace("_", " ")} if code and code != "consent_declined" else None
    seen: Body = {**known, "error": error, "status": "unverified" if code else "verified"}
    if kind == "document":
        seen |= {"address": given.get("address"), "files": [], "issuing_country": "US", "type": "driving_license"}
    return {
        **nothing_of(REPORT),
        kind: seen,
        "client_reference_id": row.body["client_reference_id"],
        "created": call.now,
        "livemode": False,
        "options": row.body["options"],
        "type": kind,
        "verification_session": row.id,
    }


def list_sessions(call: Call, params: Body) -> Body:
    """Give a page of sessions, also by status or whom they are about."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in (*_RELATED, "status")}
    return list_objects(call, SESSION, params, _ALL, show_plain, filters=filters)


_ALL: Final = "/v1/identity/verification_sessions"
_REPORTS: Final = "/v1/identity/verification_reports"
_CHANGES = {
    "metadata": ANY, "options": {"document": dict.fromkeys(_OPTIONS, ANY)}, "type": ANY,
    "provided_details": {"email": ANY, "phone": ANY},
}  # fmt: skip
_BY = ("client_reference_id", "type", "verification_session")
OPERATIONS = {
    f"POST {_ALL}": Operation(create_session, {**_CHANGES, **dict.fromkeys(_RELATED, ANY), "related_person": ANY}),
    f"GET {_ALL}": Operation(list_sessions, {**DATED, **dict.fromkeys(_RELATED, ANY), "status": ANY}),
    f"GET {_ALL}/{{session}}": Operation(retrieve_of(SESSION, noun=_NOUN)),
    f"POST {_ALL}/{{session}}": Operation(update_session, _CHANGES),
    f"POST {_ALL}/{{session}}/cancel": Operation(cancel_session),
    f"POST {_ALL}/{{session}}/redact": Operation(redact_session),
    f"GET {_REPORTS}": Operation(list_of(REPORT, _REPORTS, _BY), {**DATED, **dict.fromkeys(_BY, ANY)}),
    f"GET {_REPORTS}/{{report}}": Operation(retrieve_of(REPORT, noun="verification report")),
}
