"""Secrets of an app: texts kept for an account or one of its users. Only who finds one by its name reads what it says.

Source: docs.stripe.com/stripe-apps/store-auth-data-custom-objects.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, show_plain
from stripe_sandbox.store import Row

KIND: Final = "apps.secret"
_URL: Final = "/v1/apps/secrets"
_IN_SCOPE: Final = "body ->> '$.scope.type' = ? AND body ->> '$.scope.user' IS ?"


def _scope(params: Body) -> Body:
    scope = params["scope"]
    if (scope["type"] == "user") != ("user" in scope):
        raise invalid("A scope of type `user` needs its user, and only such a one has one.", param="scope[user]")
    return {"type": scope["type"], "user": scope.get("user")}


def _named(call: Call, params: Body) -> Row | None:
    scope = _scope(params)
    where = f"account = ? AND body ->> '$.name' = ? AND {_IN_SCOPE}"
    found = call.tx.find(KIND, where, (call.account, params["name"], scope["type"], scope["user"]))
    return next((row for row in found if (row.body["expires_at"] or call.now + 1) > call.now), None)


def set_secret(call: Call, params: Body) -> Body:
    """Keep a secret under a name, in place of the one before."""
    if len(params["payload"]) > 5_000:
        raise invalid("The payload has at most 5000 characters.", param="payload")
    if params.get("expires_at", call.now + 1) <= call.now:
        raise invalid("expires_at must be in the future.", param="expires_at")
    known = _named(call, params)
    if known is not None:
        call.tx.delete(known)
    body: Body = {
        "created": call.now, "expires_at": params.get("expires_at"), "livemode": False, "name": params["name"],
        "scope": _scope(params),
    }  # fmt: skip
    return show_plain(call, call.add(KIND, body, hidden={"payload": params["payload"]}))


def find_secret(call: Call, params: Body) -> Body:
    """Give the secret of a name; what it says only to who asks for it with `expand`."""
    row = _named(call, params)
    if row is None:
        raise missing("secret", params["name"], param="name")
    return show_plain(call, row)


def payload_of(call: Call, row: Row) -> str:
    """Give what a secret says."""
    del call
    return str(row.hidden["payload"])


def delete_secret(call: Call, params: Body) -> Body:
    """Forget the secret of a name."""
    row = _named(call, params)
    if row is None:
        raise missing("secret", params["name"], param="name")
    call.tx.delete(row)
    return {**row.body, "deleted": True}


def list_secrets(call: Call, params: Body) -> Body:
    """Give a page of the secrets of a scope, without what they say."""
    scope = _scope(params)
    wanted = {name: value for name, value in params.items() if name != "scope"}
    where = f"{_IN_SCOPE} AND coalesce(body ->> '$.expires_at', ?) > ?"
    values = (scope["type"], scope["user"], call.now + 1, call.now)
    return list_objects(call, KIND, wanted, _URL, show_plain, where=where, values=values)


_NAMED = {"name": ANY, "scope": {"type": ANY, "user": ANY}}
OPERATIONS = {
    f"POST {_URL}": Operation(set_secret, {**_NAMED, "payload": ANY, "expires_at": ANY}),
    f"GET {_URL}": Operation(list_secrets, {**PAGED, "scope": _NAMED["scope"]}),
    f"GET {_URL}/find": Operation(find_secret, _NAMED),
    f"POST {_URL}/delete": Operation(delete_secret, _NAMED),
}
