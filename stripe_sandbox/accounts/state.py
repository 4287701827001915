"""A connected account: where it stands, what is still asked of it, and who hears when that changes.

One account has one state; API v1 and v2 are two views of it. `standing` is one of the keys of STANDINGS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stripe_sandbox.accounts.external_rows import of_account
from stripe_sandbox.accounts.v1_view import requirements_body, show_v1, v1_names
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import missing
from stripe_sandbox.events.write import emit, emit_thin
from stripe_sandbox.store import Row

IDENTITY_FIELDS: Final = (
    "identity.individual.given_name",
    "identity.individual.surname",
    "identity.individual.phone",
    "identity.individual.date_of_birth",
    "identity.individual.address",
    "identity.attestations.terms_of_service.account",
)
DOCUMENT_FIELD: Final = "identity.individual.documents.primary_verification"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a standing means: capability status with its reason, and the fields that are due: past, now, or one day."""

    status: str
    code: str | None = None
    resolution: str | None = None
    due: tuple[str, ...] = ()
    disabled_reason: str | None = None
    asks: str = "past_due"


STANDINGS: Final[Mapping[str, Standing]] = {
    "new": Standing("restricted", "requirements_past_due", "provide_info", IDENTITY_FIELDS, "requirements.past_due"),
    "document_due": Standing(
        "restricted", "requirements_past_due", "provide_info", (DOCUMENT_FIELD,), "requirements.past_due"
    ),
    "document_soon": Standing("active", due=(DOCUMENT_FIELD,), asks="currently_due"),
    "document_later": Standing("active", due=(DOCUMENT_FIELD,), asks="eventually_due"),
    "active": Standing("active"),
    "restricted": Standing("restricted", "restricted_other", "contact_stripe", (), "under_review"),
    "rejected": Standing("rejected", "rejected_other", "no_resolution", (), "rejected.other"),
    "rejected_fraud": Standing("rejected", "rejected_fraud", "no_resolution", (), "rejected.fraud"),
    "rejected_terms": Standing(
        "rejected", "rejected_terms_of_service", "no_resolution", (), "rejected.terms_of_service"
    ),
}
CAPABILITY: Final = "transfers"
ON_REQUEST: Final = ("card_issuing", "treasury")
_GRACE_S: Final = 14 * 86_400
_CAPABILITIES: Final = ("stripe_balance.stripe_transfers", "stripe_balance.payouts")


def standing_of(row: Row) -> Standing:
    """Give what the account's standing means."""
    return STANDINGS[row.hidden["standing"]]


def may_receive(row: Row) -> bool:
    """Whether money can be transferred to the account now."""
    return bool(row.hidden["recipient"]) and standing_of(row).status == "active"


def find_account(call: Call, account_id: str, *, param: str = "account", status: int = 404) -> Row:
    """Give the connected account, or raise the error Stripe has for an id that is none."""
    row = call.tx.get(account_id, "account")
    if row is None or row.hidden.get("deleted"):
        noun = "destination" if "destination" in param else "account"
        raise missing(noun, account_id, param=param, status=status)
    return row


def change_standing(call: Call, row: Row, standing: str) -> None:
    """Move the account to another standing and tell everybody: two thin events and the v1 `account.updated`."""
    before, shown_before = standing_of(row), show_account_v1(call, row)
    row.hidden["standing"] = standing
    row.hidden["deadline"] = call.now + _GRACE_S if STANDINGS[standing].asks == "currently_due" else None
    row.hidden["details_submitted"] = row.hidden["details_submitted"] or standing != "new"
    call.tx.save(row)
    after, shown = standing_of(row), show_account_v1(call, row)
    if (before.due, before.asks) != (after.due, after.asks):
        emit_thin(call, "v2.core.account[requirements].updated", related=related(row))
    if before.status != after.status and row.hidden["recipient"]:
        for capability in _CAPABILITIES:
            emit_thin(
                call,
                "v2.core.account[configuration.recipient].capability_status_updated",
                related=related(row),
                facts={"updated_capability": capability},
            )
    if shown != shown_before:
        tell_v1(call, row, shown_before)


def tell_v1(call: Call, row: Row, shown_before: Body) -> None:
    """Send `account.updated` to the endpoint for connected accounts, and `capability.updated` if one has changed."""
    shown = show_account_v1(call, row)
    previous = {key: value for key, value in shown_before.items() if shown.get(key) != value}
    emit(call, "account.updated", shown, account=row.id, previous=previous)
    if "capabilities" in previous:
        emit(call, "capability.updated", capability_body(row), account=row.id)


def related(row: Row) -> tuple[str, str, str]:
    """Give how a thin event names an account."""
    return row.id, "v2.core.account", f"/v2/core/accounts/{row.id}"


def show_account_v1(call: Call, row: Row) -> Body:
    """Give the account as API v1 shows it."""
    standing, external = standing_of(row), [dict(each.body) for each in of_account(call, row.id)]
    return show_v1(row, standing.status, _requirements(row), external)


def _requirements(row: Row) -> Body:
    standing = standing_of(row)
    return requirements_body(
        v1_names(standing.due), standing.disabled_reason, asks=standing.asks, deadline=row.hidden.get("deadline")
    )


def capability_body(row: Row) -> Body:
    """Give the capability to receive transfers as API v1 shows it."""
    standing, requested = standing_of(row), bool(row.hidden["recipient"])
    return {
        "id": CAPABILITY,
        "object": "capability",
        "account": row.id,
        "future_requirements": requirements_body([], None),
        "requested": requested,
        "requested_at": row.created if requested else None,
        "requirements": _requirements(row) if requested else requirements_body([], None),
        "status": ("active" if standing.status == "active" else "inactive") if requested else "unrequested",
    }
