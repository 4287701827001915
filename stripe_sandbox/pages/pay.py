"""The hosted pay page: where a payment link leads, the card form, the bank's page, and the way back."""

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stripe_sandbox.call import Call
from stripe_sandbox.checkout.reduce import apply_code
from stripe_sandbox.checkout.sessions import KIND, open_from_link
from stripe_sandbox.checkout.shipping import FIELDS, delivery_shown, read_address
from stripe_sandbox.errors import PageRefusal
from stripe_sandbox.pages.render import closed, form_of, house_of, page, see_other, shop_of
from stripe_sandbox.payments.attempt import Attempt, pay_session, refuse_closed_session
from stripe_sandbox.payments.cards import SHOWN_CARDS, CardRefused, read_card
from stripe_sandbox.payments.debit import begin_debit
from stripe_sandbox.store import Row

_EMAIL_MAX = 320
_NAME_MAX = 200
_NOWHERE = PageRefusal("Page not found", "This address leads nowhere. Check that it is complete.", status=404)
_FIELDS = ("promotion_code", "email", "card_number", "card_expiry", "card_cvc", "billing_name", *FIELDS.values())
# What a refused form is filled with again: never the card.
_KEPT_FIELDS = ("promotion_code", "email", "billing_name", *FIELDS.values())

_Page = Callable[[Request], Awaitable[Response]]


def doors(serve: _Page) -> _Page:
    """Turn a refusal into its page."""

    @wraps(serve)
    async def served(request: Request) -> Response:
        try:
            return await serve(request)
        except PageRefusal as refusal:
            return closed(refusal)

    return served


def _session(call: Call, session_id: str) -> Row:
    row = call.tx.get(session_id, KIND)
    if row is None:
        raise _NOWHERE
    call.account = row.account
    return row


def _with_id(url: str, session: Row) -> str:
    return url.replace("{CHECKOUT_SESSION_ID}", session.id).replace("%7BCHECKOUT_SESSION_ID%7D", session.id)


def _known_email(session: Row) -> str:
    return session.body["customer_email"] or (session.body["customer_details"] or {}).get("email") or ""


def way_on(call: Call, session: Row) -> str:
    """Give where a buyer goes after paying: the shop's address, or our own confirmation."""
    url = session.body["success_url"]
    return _with_id(url, session) if url else f"{call.base_url}/c/done/{session.id}"


@doors
async def open_link(request: Request) -> Response:
    """A payment link: open a session for this visitor and show it."""
    house, query = house_of(request), request.query_params

    def work() -> str:
        with house.call() as call:
            found = call.tx.find("payment_link", "hidden ->> '$.token' = ?", (request.path_params["token"],))
            if not found:
                raise _NOWHERE
            call.account = found[0].account
            email, reference = query.get("prefilled_email"), query.get("client_reference_id")
            return open_from_link(call, found[0], email=email, reference=reference).id

    return see_other(f"/c/pay/{await run_in_threadpool(work)}")


@doors
async def show_form(request: Request) -> Response:
    """The card form of an open session; a paid one leads on to the shop."""
    house = house_of(request)

    def work() -> Response:
        with house.call() as call:
            session = _session(call, request.path_params["session"])
            if session.body["status"] == "complete":
                return page(
                    "paid.html",
                    platform=shop_of(call),
                    session=session.body,
                    way_on=way_on(call, session),
                    message=None,
                )
            refuse_closed_session(call, session)
            return _form(call, session, {"email": _known_email(session)}, problem=_last_problem(call, session))

    return await run_in_threadpool(work)


def _last_problem(call: Call, session: Row) -> str | None:
    """Give why the last attempt failed, for a buyer who comes back from the bank's page."""
    intent = call.tx.get(session.body["payment_intent"]) if session.body["payment_intent"] else None
    error = intent.body["last_payment_error"] if intent else None
    return error["message"] if error else None


def _form(
    call: Call, session: Row, kept: dict[str, str], *, problem: str | None = None, field: str = "", status: int = 200
) -> Response:
    values: dict[str, Any] = {name: kept.get(name, "") for name in _FIELDS}
    if field:
        values[f"{field}_problem"] = problem
    return page(
        "pay.html", status=status, platform=shop_of(call), session=session.body, items=session.hidden["items"],
        values=values, cards=SHOWN_CARDS, problem=problem, field=field, test_path=session.body["amount_total"] > 0,
        delivery=delivery_shown(call, session.body),
    )  # fmt: skip


@doors
async def take_payment(request: Request) -> Response:
    """The form sent: pay, ask the bank, or show what is wrong."""
    form = await form_of(request)
    return await run_in_threadpool(partial(_take, request, form))


def _take(request: Request, form: dict[str, str]) -> Response:
    with house_of(request).call() as call:
        session = _session(call, request.path_params["session"])
        if session.body["status"] == "complete":
            # The second press of a double click: the first one has paid.
            return see_other(way_on(call, session))
        kept = {name: form.get(name, "") for name in _KEPT_FIELDS}
        if form.get("method") == "code" and session.body["allow_promotion_codes"]:
            refuse_closed_session(call, session)
            problem = apply_code(call, session, form.get("promotion_code", "")[:_NAME_MAX])
            field = "promotion_code" if problem else ""
            return _form(call, session, kept, problem=problem or None, field=field, status=400 if problem else 200)
        try:
            email, name = _buyer(session, form)
            session.hidden["ship_to"] = read_address(session, form)
            if form.get("method") == "bank" and session.body["amount_total"] and session.body["mode"] == "payment":
                begin_debit(call, session, email=email, name=name)
                return see_other(way_on(call, session))
            card = None
            if session.body["amount_total"]:
                numbers = (form.get(each, "") for each in ("card_number", "card_expiry", "card_cvc"))
                card = read_card(*numbers, now=call.now)
        except CardRefused as refused:
            return _form(call, session, kept, problem=refused.message, field=refused.field, status=400)
        attempt = pay_session(call, session, card, email=email, name=name)
        return _after(call, session, attempt, kept)


def _buyer(session: Row, form: dict[str, str]) -> tuple[str, str]:
    email, name = form.get("email", "") or _known_email(session), form.get("billing_name", "")
    head, _, tail = email.partition("@")
    if not head or "." not in tail or len(email) > _EMAIL_MAX or " " in email or "@" in tail:
        raise CardRefused("email", "Your email is incomplete.")
    if not name or len(name) > _NAME_MAX:
        raise CardRefused("billing_name", "Write the name as it is on the card.")
    return email, name


def _after(call: Call, session: Row, attempt: Attempt, kept: dict[str, str]) -> Response:
    if attempt.result == "challenge":
        return see_other(attempt.next_url)
    if attempt.result == "declined":
        return _form(call, session, kept, problem=attempt.message, status=402)
    return see_other(way_on(call, session))


@doors
async def show_done(request: Request) -> Response:
    """Our own confirmation, for links that lead nowhere else."""
    house = house_of(request)

    def work() -> Response:
        with house.call() as call:
            session = _session(call, request.path_params["session"])
            if session.body["status"] != "complete":
                return see_other(f"/c/pay/{session.id}")
            message = session.hidden["intent"].get("custom_message")
            return page("paid.html", platform=shop_of(call), session=session.body, way_on=None, message=message)

    return await run_in_threadpool(work)


@doors
async def show_receipt(request: Request) -> Response:
    """The receipt of a charge."""
    house = house_of(request)

    def work() -> Response:
        with house.call() as call:
            charge = call.tx.get(request.path_params["charge"], "charge")
            if charge is None or charge.body["status"] != "succeeded":
                raise _NOWHERE
            call.account = charge.account
            return page("receipt.html", platform=shop_of(call), charge=charge.body)

    return await run_in_threadpool(work)


ROUTES = [
    Route("/b/{token}", open_link, methods=["GET"]),
    Route("/c/pay/{session}", show_form, methods=["GET"]),
    Route("/c/pay/{session}", take_payment, methods=["POST"]),
    Route("/c/done/{session}", show_done, methods=["GET"]),
    Route("/receipts/{charge}", show_receipt, methods=["GET"]),
]
