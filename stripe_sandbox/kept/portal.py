"""Configurations of the customer portal. The sandbox's portal has one page, for another card, whatever they say."""

import copy
from typing import Any, Final

from stripe_sandbox.addresses import check_url
from stripe_sandbox.call import Body, Call
from stripe_sandbox.http.operation import ANY
from stripe_sandbox.http.plain import PAGED
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.store import Row

KIND: Final = "billing_portal.configuration"
_FEATURES: Final[Body] = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": None,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
_PROFILE: Final = ("headline", "privacy_policy_url", "terms_of_service_url")


def _merged(known: Body, given: Body) -> Body:
    """Give the tree with what was given in it; an empty text stands for nothing."""
    merged = copy.deepcopy(known)
    for name, value in given.items():
        inner: Any = merged.get(name)
        if isinstance(value, dict) and isinstance(inner, dict):
            merged[name] = _merged(inner, value)
        else:
            merged[name] = value if value != "" else [] if isinstance(inner, list) else None
    return merged


def _body(call: Call, params: Body) -> Body:
    if params.get("default_return_url"):
        check_url(params["default_return_url"], param="default_return_url")
    others = call.tx.find(KIND, "account = ?", (call.account,))
    return {
        "active": True,
        "business_profile": _merged(dict.fromkeys(_PROFILE), params.get("business_profile", {})),
        "default_return_url": params.get("default_return_url") or None,
        "features": _merged(_FEATURES, params["features"]),
        # The first one is the default, as the one saved first in the dashboard is.
        "is_default": not others,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": params.get("name") or None,
        "updated": call.now,
    }


def _merge(call: Call, row: Row, params: Body) -> None:
    row.body["updated"] = call.now
    if "business_profile" in params:
        row.body["business_profile"] = _merged(row.body["business_profile"], params["business_profile"] or {})
    if "features" in params:
        row.body["features"] = _merged(row.body["features"], params["features"])


_TAKES = {
    "business_profile": dict.fromkeys(_PROFILE, ANY), "default_return_url": ANY, "features": ANY, "name": ANY,
    "login_page": {"enabled": (False,)},
}  # fmt: skip
_CONFIGURATIONS = Resource(
    kind=KIND, url="/v1/billing_portal/configurations", name="configuration", body=_body, merge=_merge, takes=_TAKES,
    changes={**_TAKES, "active": ANY}, plain=("active", "default_return_url", "name"), filters=("active", "is_default"),
    lists=PAGED, event="billing_portal.configuration", told=("created", "updated"), noun="configuration",
)  # fmt: skip
OPERATIONS = _CONFIGURATIONS.operations()
