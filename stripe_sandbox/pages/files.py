"""The contents of files: with the key, or through a link without one."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stripe_sandbox.call import Call
from stripe_sandbox.errors import ApiFailure, missing
from stripe_sandbox.files.store import KIND, LINK, MEDIA, content_of, is_expired
from stripe_sandbox.http.asking import authenticate
from stripe_sandbox.pages.render import house_of
from stripe_sandbox.store import PLATFORM


async def show_contents(request: Request) -> Response:
    """The bytes of a file, for who has the key of its account."""
    house, headers = house_of(request), request.headers

    def work() -> Response:
        try:
            authenticate(headers.get("authorization", ""))
            account = headers.get("stripe-account") or PLATFORM
            with house.call(account=account) as call:
                return _contents(call, request.path_params["file"], account)
        except ApiFailure as failure:
            return JSONResponse(failure.body("-"), failure.status)

    return await run_in_threadpool(work)


async def follow_link(request: Request) -> Response:
    """The bytes a link leads to; an expired one leads nowhere."""
    house = house_of(request)

    def work() -> Response:
        with house.call() as call:
            found = call.tx.find(LINK, "hidden ->> '$.token' = ?", (request.path_params["token"],))
            if not found or is_expired(call, found[0]):
                return Response("This link has expired or never was.", 404, media_type="text/plain")
            return _contents(call, found[0].body["file"], found[0].account)

    return await run_in_threadpool(work)


def _contents(call: Call, file_id: str, account: str) -> Response:
    row, content = call.tx.get(file_id, KIND, account), content_of(call, file_id)
    if row is None or content is None:
        raise missing("file upload", file_id)
    # An upload is anybody's bytes on this machine's address: it is saved, never opened as a page.
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(content, headers=headers, media_type=MEDIA.get(row.body["type"], "application/octet-stream"))


ROUTES = [
    Route("/v1/files/{file}/contents", show_contents, methods=["GET"]),
    Route("/links/{token}", follow_link, methods=["GET"]),
]
