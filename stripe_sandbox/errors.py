"""What the sandbox answers when it does not do what was asked, in the words and shapes of Stripe."""

from collections.abc import Mapping
from typing import Any


class ApiFailure(Exception):
    """An error body of the API. `saved` says whether a repeat with the same idempotency key gets it again.

    `stays` says that what was done on the way to it is kept: a declined card leaves its failed charge behind.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        more: Mapping[str, Any] | None = None,
        saved: bool = True,
        stays: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.more = dict(more or {})
        self.saved = saved
        self.stays = stays

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON body, with only the members that have a value."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
        if self.param:
            error["param"] = self.param
        return {"error": {**error, **self.more, "request_log_url": f"/_sandbox/#{request_id}"}}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> ApiFailure:
    """A request that cannot be carried out as it stands: HTTP 400."""
    return ApiFailure(400, message, param=param, code=code)


def missing(noun: str, object_id: str, *, param: str = "id", status: int = 404) -> ApiFailure:
    """An id that names nothing here. Stripe says 404 for the id of the address and 400 for one in a parameter."""
    return ApiFailure(status, f"No such {noun}: '{object_id}'", param=param, code="resource_missing")


def not_built(what: str) -> ApiFailure:
    """Something Stripe can do and this sandbox cannot: HTTP 501, so that nobody takes silence for success."""
    message = f"The sandbox does not implement {what}. See stripe_sandbox/README.md for what it covers."
    return ApiFailure(501, message, kind="api_error", code="sandbox_not_implemented", saved=False)


class PageRefusal(Exception):
    """A hosted page that cannot go on. The words are shown to the visitor."""

    def __init__(self, title: str, message: str, *, status: int = 410) -> None:
        super().__init__(message)
        self.title = title
        self.message = message
        self.status = status
