"""The bank's page of 3D Secure: for payments of the hosted page, and for intents made through the API."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stripe_sandbox.call import Call
from stripe_sandbox.errors import ApiFailure, PageRefusal
from stripe_sandbox.pages.pay import doors, way_on
from stripe_sandbox.pages.render import form_of, house_of, page, see_other
from stripe_sandbox.payments.answered import answer_intent
from stripe_sandbox.payments.attempt import answer_challenge
from stripe_sandbox.payments.challenge import way_back
from stripe_sandbox.payments.setups import answer_setup
from stripe_sandbox.store import Row


def _challenged(call: Call, token: str) -> Row:
    for kind in ("payment_intent", "setup_intent"):
        if found := call.tx.find(kind, "hidden ->> '$.token' = ?", (token,)):
            return found[0]
    raise PageRefusal("Nothing to confirm", "This payment no longer waits for a confirmation.")


@doors
async def show_challenge(request: Request) -> Response:
    """The bank's question."""
    house = house_of(request)

    def work() -> Response:
        with house.call() as call:
            intent = _challenged(call, request.path_params["token"])
            return page("challenge.html", intent=intent.body)

    return await run_in_threadpool(work)


@doors
async def take_challenge(request: Request) -> Response:
    """The answer given on the bank's page."""
    form, house = await form_of(request), house_of(request)

    def work() -> Response:
        with house.call() as call:
            intent = _challenged(call, request.path_params["token"])
            return see_other(_answer(call, intent, passed=form.get("answer") == "complete"))

    return await run_in_threadpool(work)


def _answer(call: Call, intent: Row, *, passed: bool) -> str:
    if "session" in intent.hidden:
        session, attempt = answer_challenge(call, intent, passed=passed)
        return way_on(call, session) if attempt.result == "paid" else f"/c/pay/{session.id}"
    try:
        answer = answer_setup if intent.kind == "setup_intent" else answer_intent
        answer(call, intent, passed=passed)
    except ApiFailure:
        # The bank has said no after all; the intent says why.
        passed = False
    return way_back(intent, passed=passed) or "/"


ROUTES = [
    Route("/3ds/{token}", show_challenge, methods=["GET"]),
    Route("/3ds/{token}", take_challenge, methods=["POST"]),
]
