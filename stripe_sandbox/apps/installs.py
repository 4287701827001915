"""Apps installed on an account. An install is there at once; taking it away leaves it `uninstalling`."""

from typing import Final

from stripe_sandbox.call import PLATFORM_ID, Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.operation import ANY
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.http.steps import Step

KIND: Final = "apps.install"


def _body(call: Call, params: Body) -> Body:
    known = call.tx.find(KIND, "account = ? AND body ->> '$.app' = ?", (call.account, params["app"]))
    if any(row.body["status"] == "installed" for row in known):
        raise invalid("This app is installed already.", param="app", code="resource_already_exists")
    nothing = {"connect_src": [], "image_src": []}
    return {
        "account": call.account or PLATFORM_ID,
        "app": params["app"],
        "approval_required": False,
        "channel": params.get("channel", "testing"),
        "content_security_policy_granted": nothing,
        "content_security_policy_pending": nothing,
        "created_by": "sandbox",
        "endpoints_granted": [],
        "endpoints_pending": [],
        "permissions_granted": [],
        "permissions_pending": [],
        "status": "installed",
    }


_INSTALLS = Resource(
    kind=KIND, url="/v1/apps/installs", name="id", body=_body, takes={"app": ANY, "channel": ANY}, changes={},
    filters=("account", "app", "approval_required", "channel", "created_by", "status"), noun="app install",
    steps=(Step(to="uninstalling", came_from=("installed",), path="uninstall"),),
)  # fmt: skip
OPERATIONS = _INSTALLS.operations()
