"""What Stripe asks of sellers, and why it holds an account back, in words a seller understands."""

from collections.abc import Mapping
from typing import Final

_FIELDS: Final[Mapping[str, str]] = {
    "given_name": "Your legal first name",
    "first_name": "Your legal first name",
    "surname": "Your legal last name",
    "last_name": "Your legal last name",
    "phone": "A phone number",
    "email": "An e-mail address",
    "date_of_birth": "Your date of birth",
    "dob": "Your date of birth",
    "address": "Your home address",
    "id_number": "Your tax or identity number",
    "ssn_last_4": "The last four digits of your social security number",
    "primary_verification": "A photo of an identity document",
    "secondary_verification": "A document that shows your address",
    "verification": "A photo of an identity document",
    "terms_of_service": "Your consent to Stripe's terms",
    "tos_acceptance": "Your consent to Stripe's terms",
    "external_account": "A bank account for payouts",
    "default_outbound_destination": "A bank account for payouts",
    "url": "The address of your website",
    "business_url": "The address of your website",
    "product_description": "What you sell",
    "registered_name": "The registered name of your business",
    "id_numbers": "The tax number of your business",
    "mcc": "Your line of business",
    "representative": "Who represents your business",
    "owners": "Who owns your business",
    "directors": "Who directs your business",
}
_GROUPS: Final = frozenset({"identity", "individual", "person", "business_details", "business_profile", "documents"})
_REASONS: Final[Mapping[str, str]] = {
    "determining_status": "Stripe is still looking at your account. You need not do anything.",
    "requirements_past_due": "Stripe waits for details that are past due.",
    "requirements_pending_verification": "Stripe is checking what you sent. You need not do anything.",
    "restricted_other": "Stripe reviews your account. Contact Stripe's support from its dashboard.",
    "rejected_incomplete_verification": "Stripe closed the account because details were never completed.",
    "unsupported_business": "Stripe does not pay out businesses of this kind.",
    "unsupported_country": "Stripe does not pay out to this country.",
    "unsupported_entity_type": "Stripe does not pay out to this kind of owner.",
}
WHEN: Final[Mapping[str, str]] = {
    "past_due": "Past due",
    "currently_due": "Due now",
    "eventually_due": "Will be asked for one day",
}


def asked_for(name: str) -> str:
    """Return in words what Stripe calls `name`: `individual.dob.day` is "Your date of birth".

    The name of something new is given as it is, without its dots.
    """
    parts = [each.split("[", 1)[0] for each in name.split(".")]
    for part in reversed(parts):
        if part in _FIELDS:
            return _FIELDS[part]
    told = [each for each in parts if each not in _GROUPS and not each.startswith("person_")] or parts
    return " ".join(told).replace("_", " ").capitalize()


def said_reason(code: str) -> str:
    """Return in words why an account cannot receive; empty for no reason."""
    if not code:
        return ""
    if code.startswith("rejected_") and code not in _REASONS:
        return "Stripe has rejected this account. Contact Stripe's support."
    return _REASONS.get(code, f"Stripe says: {code.replace('_', ' ')}.")
