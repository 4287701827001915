"""Account links: the single-use addresses that open the hosted onboarding, and login links of the Express dashboard."""

from typing import Final

from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.addresses import check_url
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, not_built
from stripe_sandbox.events.write import rfc3339
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.ids import random_text
from stripe_sandbox.store import PLATFORM, Row

LINK: Final = "sandbox.account_link"
LOGIN: Final = "sandbox.login_link"
LIFETIME_S: Final = 300


def create_link_v2(call: Call, params: Body) -> Body:
    """Create an onboarding link from API v2."""
    case = params["use_case"]
    if case["type"] != "account_onboarding":
        raise not_built(f"account links of type {case['type']}")
    flow = case.get("account_onboarding")
    if flow is None:
        raise invalid("use_case.account_onboarding is required.", param="use_case[account_onboarding]")
    account = find_account(call, params["account"])
    link = _store(call, account, flow["refresh_url"], flow.get("return_url"), "use_case[account_onboarding]")
    return {
        "object": "v2.core.account_link",
        "account": account.id,
        "created": rfc3339(call.now),
        "expires_at": rfc3339(call.now + LIFETIME_S),
        "livemode": False,
        "url": _url(call, link),
        "use_case": case,
    }


def create_link_v1(call: Call, params: Body) -> Body:
    """Create an onboarding link from API v1, which demands both addresses."""
    for name in ("refresh_url", "return_url"):
        if name not in params:
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    account = find_account(call, params["account"], status=400)
    link = _store(call, account, params["refresh_url"], params["return_url"], "")
    return {
        "object": "account_link",
        "created": call.now,
        "expires_at": call.now + LIFETIME_S,
        "url": _url(call, link),
    }


def _store(call: Call, account: Row, refresh_url: str, return_url: str | None, path: str) -> Row:
    def named(name: str) -> str:
        return f"{path}[{name}]" if path else name

    if account.hidden["dashboard"] not in ("express", None):
        raise not_built("onboarding of accounts that do not have the Express dashboard")
    hidden = {
        "token": random_text(32),
        "account": account.id,
        "refresh_url": check_url(refresh_url, param=named("refresh_url")),
        "return_url": check_url(return_url, param=named("return_url")) if return_url else refresh_url,
        "expires_at": call.now + LIFETIME_S,
        "used": False,
    }
    return call.add(LINK, {"id": f"link_{random_text(24)}"}, account=PLATFORM, hidden=hidden)


def _url(call: Call, link: Row) -> str:
    return f"{call.base_url}/setup/{link.hidden['account']}/{link.hidden['token']}"


def create_login_link(call: Call, params: Body, account_id: str) -> Body:
    """Create a link to the Express dashboard. An account that is not onboarded has none."""
    del params
    account = find_account(call, account_id)
    if not account.hidden["details_submitted"]:
        raise invalid("Cannot create a login link for an account that has not completed onboarding.")
    token = random_text(32)
    hidden = {"token": token, "account": account.id, "expires_at": call.now + LIFETIME_S, "used": False}
    call.add(LOGIN, {"id": f"login_{random_text(24)}"}, account=PLATFORM, hidden=hidden)
    return {"object": "login_link", "created": call.now, "url": f"{call.base_url}/express/{account.id}/{token}"}


_COLLECTION = {"fields": ANY, "future_requirements": ANY}
_FLOW = {"refresh_url": ANY, "return_url": ANY, "collection_options": _COLLECTION}
OPERATIONS = {
    "POST /v2/core/account_links": Operation(
        create_link_v2, {"account": ANY, "use_case": {"type": ANY, "account_onboarding": _FLOW}}
    ),
    "POST /v1/account_links": Operation(
        create_link_v1,
        {"account": ANY, "type": ("account_onboarding",), "collection_options": _COLLECTION, "collect": ANY}
        | {"refresh_url": ANY, "return_url": ANY},
    ),
    "POST /v1/accounts/{account}/login_links": Operation(create_login_link),
}
