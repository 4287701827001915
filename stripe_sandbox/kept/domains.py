"""Domains on which wallets may be shown. The sandbox has no wallet to ask, so a registered domain is a good one."""

import re
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, show_plain
from stripe_sandbox.http.resource import Resource

_WALLETS: Final = ("amazon_pay", "apple_pay", "google_pay", "klarna", "link", "paypal")
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_KIND: Final = "payment_method_domain"


def _checked(call: Call, params: Body, kind: str) -> str:
    name = params["domain_name"].lower()
    if not _NAME.fullmatch(name):
        raise invalid("Invalid domain name. Give it without a scheme, a path or a port.", param="domain_name")
    known = call.tx.find(kind, "account = ? AND body ->> '$.domain_name' = ?", (call.account, name))
    if any(not row.hidden.get("deleted") for row in known):
        message = f"The domain {name} is registered already."
        raise invalid(message, param="domain_name", code="resource_already_exists")
    return str(name)


def _apple_body(call: Call, params: Body) -> Body:
    return {"domain_name": _checked(call, params, "apple_pay_domain")}


def _body(call: Call, params: Body) -> Body:
    enabled = params.get("enabled", True)
    wallets = {name: {"status": "active" if enabled else "inactive"} for name in _WALLETS}
    return {"domain_name": _checked(call, params, _KIND), "enabled": enabled, **wallets}


def update_domain(call: Call, params: Body, domain_id: str) -> Body:
    """Switch a domain on or off."""
    row = find(call, _KIND, domain_id, noun="payment method domain")
    if "enabled" in params:
        row.body["enabled"] = params["enabled"]
        row.body.update({name: {"status": "active" if params["enabled"] else "inactive"} for name in _WALLETS})
        call.tx.save(row)
    return show_plain(call, row)


def validate_domain(call: Call, params: Body, domain_id: str) -> Body:
    """Ask the wallets once more: they agree."""
    del params
    return show_plain(call, find(call, _KIND, domain_id, noun="payment method domain"))


_APPLE = Resource(
    kind="apple_pay_domain", url="/v1/apple_pay/domains", name="domain", body=_apple_body, takes={"domain_name": ANY},
    filters=("domain_name",), lists=PAGED, deletes=True,
)  # fmt: skip
_DOMAINS = Resource(
    kind=_KIND, url="/v1/payment_method_domains", name="payment_method_domain", body=_body,
    takes={"domain_name": ANY, "enabled": ANY}, filters=("domain_name", "enabled"), lists=PAGED,
    noun="payment method domain",
)  # fmt: skip
_ONE = "/v1/payment_method_domains/{payment_method_domain}"
OPERATIONS = {
    **_APPLE.operations(),
    **_DOMAINS.operations(),
    f"POST {_ONE}": Operation(update_domain, {"enabled": ANY}),
    f"POST {_ONE}/validate": Operation(validate_domain),
}
