"""The account as API v1 shows it."""

from stripe_sandbox.call import Body
from stripe_sandbox.store import Row

_V1_NAMES = {
    "identity.individual.given_name": "individual.first_name",
    "identity.individual.surname": "individual.last_name",
    "identity.individual.phone": "individual.phone",
    "identity.individual.date_of_birth": "individual.dob.day",
    "identity.individual.address": "individual.address.line1",
    "identity.attestations.terms_of_service.account": "tos_acceptance.date",
    "identity.individual.documents.primary_verification": "individual.verification.document",
}


def v1_names(due: tuple[str, ...]) -> list[str]:
    """Give what is due in the words of API v1."""
    return [_V1_NAMES[each] for each in due]


def show_v1(row: Row, status: str, requirements: Body, external: list[Body]) -> Body:
    """Give the v1 body from the state of the account, what its standing means and its bank accounts."""
    state, active = row.hidden, status == "active"
    return {
        "id": row.id,
        "object": "account",
        "business_profile": _business_profile(state),
        "business_type": state["entity_type"],
        "capabilities": dict.fromkeys(
            [*(["transfers"] if state["recipient"] else []), *state.get("capabilities", [])],
            "active" if active else "inactive",
        ),
        "charges_enabled": active and state["recipient"],
        "controller": _controller(state),
        "country": (state["country"] or "us").upper(),
        "created": row.created,
        "default_currency": state["defaults"].get("currency") or "usd",
        "details_submitted": state["details_submitted"],
        "email": state["contact_email"],
        "external_accounts": {
            "object": "list",
            "url": f"/v1/accounts/{row.id}/external_accounts",
            "has_more": False,
            "data": external,
        },
        "future_requirements": requirements_body([], None),
        "metadata": state["metadata"],
        "payouts_enabled": active and state["recipient"],
        "requirements": requirements,
        "settings": _settings(state),
        "tos_acceptance": {
            "date": state["terms_accepted_at"],
            "ip": None,
            "user_agent": None,
        },
        "type": {"express": "express", "full": "standard"}.get(state["dashboard"], "none"),
    }


def _controller(state: Body) -> Body:
    who = state["defaults"].get("responsibilities") or {}
    return {
        "fees": {"payer": who.get("fees_collector") or "application"},
        "is_controller": True,
        "losses": {"payments": who.get("losses_collector") or "application"},
        "requirement_collection": "stripe",
        "stripe_dashboard": {"type": state["dashboard"] or "none"},
        "type": "application",
    }


def _business_profile(state: Body) -> Body:
    profile = state["defaults"].get("profile") or {}
    return {
        "annual_revenue": None,
        "estimated_worker_count": None,
        "mcc": None,
        "minority_owned_business_designation": None,
        "name": profile.get("doing_business_as") or state["display_name"],
        "product_description": profile.get("product_description"),
        "support_address": None,
        "support_email": None,
        "support_phone": None,
        "support_url": None,
        "url": profile.get("business_url"),
    }


def requirements_body(
    due: list[str], disabled_reason: str | None, *, asks: str = "past_due", deadline: int | None = None
) -> Body:
    """Give requirements in the words of API v1: what is past due is due now too, and what is due now is due one day."""
    return {
        "alternatives": [],
        "current_deadline": deadline,
        "currently_due": [] if asks == "eventually_due" else due,
        "disabled_reason": disabled_reason,
        "errors": [],
        "eventually_due": due,
        "past_due": due if asks == "past_due" else [],
        "pending_verification": [],
    }


def _settings(state: Body) -> Body:
    return {
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": state["display_name"], "timezone": "Etc/UTC"},
        "payments": {
            "statement_descriptor": None,
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
    }
