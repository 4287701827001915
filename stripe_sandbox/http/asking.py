"""A request read: who asks, for which operation, with which parameters."""

import json
from dataclasses import dataclass
from urllib.parse import unquote

from stripe_sandbox.call import Body
from stripe_sandbox.errors import ApiFailure, invalid, not_built
from stripe_sandbox.files.multipart import decode_multipart
from stripe_sandbox.http.forms import decode_form
from stripe_sandbox.http.operation import Operation, refuse_unbuilt
from stripe_sandbox.operations import OPERATIONS
from stripe_sandbox.schema.params import check_params
from stripe_sandbox.schema.routes import Route, route_table

_BODY_MAX = 1_000_000
_UPLOAD_MAX = 12_000_000
_UPLOAD = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as it came."""

    method: str
    path: str
    query: str
    body: bytes
    authorization: str
    account: str
    key: str | None
    request_id: str
    content_type: str = ""

    @property
    def is_upload(self) -> bool:
        """Whether the body has parts, one of which may be a file."""
        return self.content_type.lower().startswith(_UPLOAD)


def authenticate(header: str) -> None:
    """Let test keys in; raises 401 for everything else."""
    key = header.removeprefix("Bearer ").strip()
    if not key:
        raise ApiFailure(401, "You did not provide an API key.", saved=False)
    shown = f"{key[:8]}***" if key.isascii() else "***"
    if key.startswith(("sk_live", "rk_live")):
        raise ApiFailure(401, "A live key was sent to the sandbox. Use sk_test_sim here.", saved=False)
    if not key.startswith("sk_test_"):
        raise ApiFailure(401, f"Invalid API Key provided: {shown}", saved=False)


def understand(ask: Ask) -> tuple[Route, Operation, tuple[str, ...], Body]:
    """Give what is asked for, the ids in its path and the parameters as sent; raises 404, 501 or 400."""
    if len(ask.body) > (_UPLOAD_MAX if ask.is_upload else _BODY_MAX):
        raise ApiFailure(413, "Request body is too large.", saved=False)
    found = route_table().find(ask.method, ask.path)
    if found is None:
        message = f"Unrecognized request URL ({ask.method}: {ask.path[:200]})."
        raise ApiFailure(404, message, saved=False)
    route, ids = found
    raw = _decode(ask, route)
    operation = OPERATIONS.get(route.name)
    if operation is None:
        # A wrong request to a route that is not built is still a wrong request.
        check_params(route, raw)
        raise not_built(route.name)
    return route, operation, tuple(unquote(each) for each in ids), raw


def _decode(ask: Ask, route: Route) -> Body:
    if ask.method != "POST":
        return decode_form(ask.query)
    if not route.is_v2 and ask.is_upload:
        return decode_multipart(ask.content_type, ask.body)
    if not route.is_v2:
        try:
            return decode_form(ask.body.decode())
        except UnicodeDecodeError as wrong:
            raise invalid("Invalid request body: not UTF-8.") from wrong
    try:
        raw = json.loads(ask.body or b"{}")
    except ValueError as wrong:
        raise invalid("Invalid JSON in the request body.", code="invalid_json") from wrong
    if not isinstance(raw, dict):
        raise invalid("The request body must be a JSON object.", code="invalid_json")
    return raw


def checked(route: Route, operation: Operation, raw: Body) -> Body:
    """Give the parameters with their types; raises 400 for wrong ones and 501 for those that are not built."""
    # API v2 pages by an address the SDK only follows, so its `page` is in no parameter type.
    paged = {"page": raw["page"]} if route.is_v2 and route.method == "GET" and "page" in raw else {}
    params = check_params(route, {key: value for key, value in raw.items() if key not in paged})
    refuse_unbuilt(params, operation.takes)
    return {**params, **paged}
