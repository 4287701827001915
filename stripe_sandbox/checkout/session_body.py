"""The body of a new checkout session."""

import copy
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.shipping import shipping_amount, shipping_cost

# Members the sandbox has no use for, at the values Stripe gives them when nobody asked for anything.
_RESTING: Final[Body] = {
    **dict.fromkeys(
        (
            "after_expiration", "billing_address_collection", "client_secret",
            "collected_information", "consent", "consent_collection", "currency_conversion", "customer",
            "customer_account", "invoice", "invoice_creation", "locale", "origin_context",
            "payment_method_configuration_details", "permissions", "presentment_details", "recovered_from",
            "saved_payment_method_options", "setup_intent", "subscription",
        )
    ),
    "adaptive_pricing": {"enabled": False},
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "custom_fields": [],
    "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
    "customer_creation": "if_required",
    "discounts": [],
    "livemode": False,
    "mode": "payment",
    "payment_intent": None,
    "payment_method_collection": "if_required",
    "payment_method_options": {},
    "payment_method_types": ["card"],
    "phone_number_collection": {"enabled": False},
    "status": "open",
    "ui_mode": "hosted_page",
}  # fmt: skip


def new_session_body(call: Call, given: Body, total: int, currency: str, ships: Body) -> Body:
    """Give an open session over `total`, what `ships` says of delivery included."""
    email = given["customer_email"]
    return {
        **copy.deepcopy(_RESTING),
        "allow_promotion_codes": given.get("allow_promotion_codes"),
        "amount_subtotal": total - shipping_amount(ships),
        "amount_total": total,
        "cancel_url": given["cancel_url"],
        "client_reference_id": given["client_reference_id"],
        "created": call.now,
        "currency": currency,
        "customer_details": customer_details(email, None) if email else None,
        "customer_email": email,
        "expires_at": given["expires_at"],
        "integration_identifier": given["integration_identifier"],
        "metadata": given["metadata"],
        "payment_link": given.get("payment_link"),
        "shipping_address_collection": copy.deepcopy(ships["shipping_address_collection"]),
        "shipping_cost": shipping_cost(ships),
        "shipping_options": copy.deepcopy(ships["shipping_options"]),
        "total_details": {"amount_discount": 0, "amount_shipping": shipping_amount(ships), "amount_tax": 0},
        "payment_status": "unpaid" if total else "no_payment_required",
        "submit_type": given["submit_type"],
        "success_url": given["success_url"],
    }


def customer_details(email: str | None, name: str | None) -> Body:
    """Give who paid, as the session shows it."""
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
