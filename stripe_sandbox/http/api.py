"""The API: from the bytes of a request to the bytes of an answer."""

import json
import logging
import time
from typing import Any

import stripe
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import PLATFORM_ID, Body, Call
from stripe_sandbox.errors import ApiFailure
from stripe_sandbox.house import House
from stripe_sandbox.http.asking import Ask, authenticate, checked, understand
from stripe_sandbox.http.expanding import expand
from stripe_sandbox.http.idempotency import Saved, fingerprint, save_answer, saved_answer
from stripe_sandbox.http.operation import Document, Operation
from stripe_sandbox.ids import random_text
from stripe_sandbox.schema.resources import faults_of
from stripe_sandbox.store import PLATFORM

_log = logging.getLogger("stripe_sandbox")


async def serve_api(request: Request) -> Response:
    """Answer any address under /v1 and /v2."""
    body = await request.body()
    headers = request.headers
    named = headers.get("stripe-account") or headers.get("stripe-context") or PLATFORM
    ask = Ask(
        method=request.method,
        path=request.url.path,
        query=request.url.query,
        body=body,
        authorization=headers.get("authorization", ""),
        account=PLATFORM if named == PLATFORM_ID else named.rpartition("/")[2],
        key=headers.get("idempotency-key") if request.method in ("POST", "DELETE") else None,
        request_id=f"req_{random_text(14)}",
        content_type=headers.get("content-type", ""),
    )
    return await run_in_threadpool(_answer, request.app.state.house, ask)


def _answer(house: House, ask: Ask) -> Response:
    replayed, weather = False, house.chaos.draw(ask.authorization)
    time.sleep(weather.slow_s)
    try:
        if weather.before is not None:
            raise weather.before
        saved, replayed = _work(house, ask)
        if weather.after is not None:
            raise weather.after
    except ApiFailure as failure:
        saved = Saved(failure.status, json.dumps(failure.body(ask.request_id)), ask.request_id)
    except Exception:  # a fault of ours is a 500 as Stripe would answer, and no end of the server
        _log.exception("%s %s failed", ask.method, ask.path)
        failure = ApiFailure(500, "The sandbox failed on this request; its log says why.", kind="api_error")
        saved = Saved(500, json.dumps(failure.body(ask.request_id)), ask.request_id)
    headers = {"Request-Id": ask.request_id, "Stripe-Version": stripe.api_version}
    if ask.key:
        headers["Idempotency-Key"] = ask.key.encode("ascii", "replace").decode()
    if saved.status == 501:
        # The SDK repeats every 5xx; what is not built will not be built a second later.
        headers["Stripe-Should-Retry"] = "false"
    if replayed:
        headers.update({"Idempotent-Replayed": "true", "Original-Request": saved.request_id})
    if ask.account != PLATFORM and ask.account.isascii():
        headers["Stripe-Account"] = ask.account
    return Response(saved.answer, saved.status, headers, media_type=saved.media)


def _work(house: House, ask: Ask) -> tuple[Saved, bool]:
    """Give the answer and whether it is a repeated one; raises ApiFailure for what is not kept for repeats."""
    authenticate(ask.authorization)
    route, operation, ids, raw = understand(ask)
    with house.keys.hold(ask.account, ask.key):
        mark = fingerprint(ask.method, ask.path, raw) if ask.key else ""
        if ask.key:
            with house.call(account=ask.account) as call:
                if found := saved_answer(call.tx, ask.account, ask.key, route.name, mark, now=call.now):
                    return found, True
        params = checked(route, operation, raw)
        try:
            with house.call(account=ask.account, request_id=ask.request_id, key=ask.key) as call:
                try:
                    saved = _saved(_run(house, call, operation, params, ids), ask)
                except ApiFailure as failure:
                    if not failure.stays:
                        raise
                    saved = Saved(failure.status, json.dumps(failure.body(ask.request_id)), ask.request_id)
                if ask.key:
                    save_answer(call.tx, ask.account, ask.key, route.name, mark, saved, now=call.now)
        except ApiFailure as failure:
            saved = Saved(failure.status, json.dumps(failure.body(ask.request_id)), ask.request_id)
            if ask.key and failure.saved:
                with house.call(account=ask.account) as call:
                    save_answer(call.tx, ask.account, ask.key, route.name, mark, saved, now=call.now)
    return saved, False


def _saved(answer: Any, ask: Ask) -> Saved:
    if isinstance(answer, Document):
        return Saved(200, answer.content, ask.request_id, answer.media)
    return Saved(200, json.dumps(answer), ask.request_id)


def _run(house: House, call: Call, operation: Operation, params: Body, ids: tuple[str, ...]) -> Any:
    if call.account != PLATFORM:
        _check_account(call)
    answer = operation.run(call, params, *ids)
    if isinstance(answer, Document):
        return answer
    if paths := params.get("expand"):
        expand(call, answer, paths)
    if house.check_answers and (faults := faults_of(answer)):
        raise ApiFailure(500, f"The answer does not have the shape of the SDK: {faults[:20]}", kind="api_error")
    return answer


def _check_account(call: Call) -> None:
    try:
        find_account(call, call.account)
    except ApiFailure as wrong:
        message = (
            f"The provided key does not have access to account '{call.account[:60]}' (or that account does not "
            "exist). Application access may have been revoked."
        )
        raise ApiFailure(403, message, code="account_invalid", saved=False) from wrong
