"""The control surface under `/_sandbox/`: for tests and demonstrations, not part of Stripe's API."""

import json
import time
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stripe_sandbox import control_money, control_more
from stripe_sandbox.accounts.external import add_test_bank
from stripe_sandbox.accounts.state import change_standing, find_account, show_account_v1
from stripe_sandbox.accounts.v2 import show_account_v2
from stripe_sandbox.call import Body, Call
from stripe_sandbox.command import Command, Work
from stripe_sandbox.due import do_due
from stripe_sandbox.errors import ApiFailure, invalid, missing
from stripe_sandbox.house import House
from stripe_sandbox.pages.render import house_of, page
from stripe_sandbox.store import clock_ahead

MODES = ("on", "off", "duplicate", "delay", "reorder", "drop")
_DELAY_MAX_S = 3600.0
_SHOWN = 25
_AHEAD_MAX_S = 366 * 86_400


def _control(work: Work) -> Callable[[Request], Any]:
    async def served(request: Request) -> Response:
        raw = await request.body()
        house = house_of(request)

        def run() -> Response:
            try:
                refuse_other_sites(request)
                given = json.loads(raw or b"{}")
                if not isinstance(given, dict):
                    raise invalid("The body must be a JSON object.")
                answer = obey(house, work, request.path_params.get("id", ""), given)
            except ValueError:
                return JSONResponse(invalid("The body must be JSON.").body("-"), 400)
            except ApiFailure as failure:
                return JSONResponse(failure.body("-"), failure.status)
            return JSONResponse(answer)

        return await run_in_threadpool(run)

    return served


def obey(house: House, work: Work, object_id: str, given: Body) -> Body:
    """Carry out one command in a transaction of its own; raises ApiFailure for one that cannot be carried out."""
    with house.call() as call:
        answer = work(Command(house, call, object_id, given))
    house.courier.wake()
    return answer


def refuse_other_sites(request: Request) -> None:
    """Raise 403 for an order that a page of another site, or of another port of this machine, made a browser send."""
    if request.method != "POST":
        return
    headers = request.headers
    # Browsers say where an order comes from and tools say nothing; Host is known to be a name of this machine.
    own = f"{request.url.scheme}://{headers.get('host', '')}"
    source = headers.get("origin") or headers.get("referer")
    is_own = source is None or source == own or source.startswith(f"{own}/")
    if not is_own or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise ApiFailure(403, "The control surface does not take orders from other sites.")


def switch_deliveries(command: Command) -> Body:
    """Withhold, duplicate, delay, reorder or drop deliveries, or let them run as they should."""
    mode, delay_s = command.given.get("mode"), command.given.get("delay_s", 5)
    if mode not in MODES:
        raise invalid(f"mode must be one of {', '.join(MODES)}", param="mode")
    if isinstance(delay_s, bool) or not isinstance(delay_s, (int, float)) or not 0 <= delay_s <= _DELAY_MAX_S:
        raise invalid(f"delay_s must be seconds from 0 to {_DELAY_MAX_S:.0f}", param="delay_s")
    for name, value in (("mode", mode), ("delay_s", delay_s)):
        command.call.tx.sql("INSERT OR REPLACE INTO switches (name, value) VALUES (?, ?)", (name, json.dumps(value)))
    return deliveries(command.call)


def _show_deliveries(command: Command) -> Body:
    return deliveries(command.call)


def deliveries(call: Call) -> Body:
    """Give how events are delivered now, and how many of them are in which state."""
    switches = {each["name"]: json.loads(each["value"]) for each in call.tx.sql("SELECT name, value FROM switches")}
    counts = call.tx.sql("SELECT state, count(*) AS n FROM deliveries GROUP BY state")
    return {
        "mode": switches.get("mode", "on"),
        "delay_s": switches.get("delay_s", 0),
        "deliveries": {"pending": 0, "delivered": 0, "given_up": 0, **{each["state"]: each["n"] for each in counts}},
    }


def resend(command: Command) -> Body:
    """Deliver an event once more to every endpoint it was ever queued for, whatever became of it."""
    tx = command.call.tx
    if tx.get(command.id) is None:
        raise missing("event", command.id)
    endpoints = tx.sql("SELECT DISTINCT endpoint_id FROM deliveries WHERE event_id = ?", (command.id,))
    for each in endpoints:
        tx.sql(
            "INSERT INTO deliveries (event_id, endpoint_id, next_at) VALUES (?, ?, ?)",
            (command.id, each["endpoint_id"], time.time()),
        )
    return {"id": command.id, "queued": len(endpoints)}


def approve(command: Command) -> Body:
    """Finish the onboarding of an account without clicks, or give a restricted one its rights back.

    With `bank` an account that has none gets the test bank account, as onboarding would have asked for one.
    """
    call = command.call
    account = find_account(call, command.id)
    account.hidden.update(
        recipient=True, entity_type=account.hidden["entity_type"] or "individual",
        terms_accepted_at=account.hidden["terms_accepted_at"] or call.now,
    )  # fmt: skip
    change_standing(call, account, "active")
    if command.given.get("bank"):
        add_test_bank(call, account)
    return show_account_v1(call, account)


def restrict(command: Command) -> Body:
    """Ask an account for more, or take its right to receive.

    `reason` is document (asks for one now), soon (within two weeks), later (one day), review or reject.
    """
    reasons = {
        "document": "document_due", "soon": "document_soon", "later": "document_later", "review": "restricted",
        "reject": "rejected",
    }  # fmt: skip
    reason = command.given.get("reason", "document")
    if reason not in reasons:
        raise invalid(f"reason must be one of {', '.join(reasons)}", param="reason")
    account = find_account(command.call, command.id)
    change_standing(command.call, account, reasons[reason])
    return show_account_v1(command.call, account)


def advance(command: Command) -> Body:
    """Set the time ahead by so many seconds more: what is due meanwhile happens, each thing at its moment."""
    call, seconds = command.call, command.given.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds <= _AHEAD_MAX_S:
        raise invalid(f"seconds must be a whole number from 1 to {_AHEAD_MAX_S}", param="seconds")
    ahead = clock_ahead(call.tx) + seconds
    call.tx.sql("INSERT OR REPLACE INTO switches (name, value) VALUES ('ahead_s', ?)", (json.dumps(ahead),))
    call.now += seconds
    return {
        "ahead_s": ahead,
        "now": call.now,
        "done": do_due(call),
    }


def change_weather(command: Command) -> Body:
    """Set the weather of the API; nothing given is calm."""
    return command.house.chaos.set(command.given)


async def show_index(request: Request) -> Response:
    """What happened lately: payments, accounts, events and their deliveries."""
    house = house_of(request)

    def run() -> Response:
        with house.call() as call:
            return page(
                "index.html",
                base_url=house.base_url,
                charges=[row.body for row in _latest(call, "charge")],
                links=[
                    {**row.body, "url": f"{house.base_url}/b/{row.hidden['token']}"}
                    for row in _latest(call, "payment_link")
                ],
                accounts=[
                    {**show_account_v2(row, []), "standing": row.hidden["standing"]} for row in _latest(call, "account")
                ],
                events=latest_events(call, _SHOWN),
                switch=deliveries(call),
            )

    return await run_in_threadpool(run)


def latest_events(call: Call, limit: int) -> list[Body]:
    """Give the newest events of both kinds, each with the states of its deliveries."""
    rows = call.tx.sql(
        "SELECT o.id, o.created, o.body ->> '$.type' AS type, o.account, "
        "group_concat(d.state || coalesce(' ' || d.last_status, ''), ', ') AS deliveries "
        "FROM objects o LEFT JOIN deliveries d ON d.event_id = o.id "
        "WHERE o.kind IN ('event', 'v2.core.event') GROUP BY o.seq ORDER BY o.seq DESC LIMIT ?",
        (limit,),
    )
    return [dict(row) for row in rows]


def _latest(call: Call, kind: str) -> list[Any]:
    return call.tx.page(kind, "", "TRUE", (), limit=_SHOWN).rows


async def show_health(request: Request) -> Response:
    """Whether the sandbox answers."""
    del request
    return JSONResponse({"ok": True})


ROUTES = [
    Route("/", show_index, methods=["GET"]),
    Route("/_sandbox/", show_index, methods=["GET"]),
    Route("/_sandbox/health", show_health, methods=["GET"]),
    Route("/_sandbox/deliveries", _control(_show_deliveries), methods=["GET"]),
    Route("/_sandbox/deliveries", _control(switch_deliveries), methods=["POST"]),
    Route("/_sandbox/events/{id}/resend", _control(resend), methods=["POST"]),
    Route("/_sandbox/accounts/{id}/approve", _control(approve), methods=["POST"]),
    Route("/_sandbox/issuing_disputes/{id}/decide", _control(control_more.decide_issuing_dispute), methods=["POST"]),
    Route("/_sandbox/outbound_payments/{id}/end", _control(control_more.end_outbound_payment), methods=["POST"]),
    Route("/_sandbox/financial_accounts/{id}/adjust", _control(control_more.adjust_account), methods=["POST"]),
    Route("/_sandbox/verification_sessions/{id}/check", _control(control_more.check_identity), methods=["POST"]),
    Route("/_sandbox/connections_sessions/{id}/link", _control(control_more.link_bank), methods=["POST"]),
    Route("/_sandbox/authentications/{id}/answer", _control(control_more.answer_authentication), methods=["POST"]),
    Route("/_sandbox/issuing_cards/{id}/phone", _control(control_more.put_on_phone), methods=["POST"]),
    Route("/_sandbox/invoice_templates", _control(control_more.make_invoice_template), methods=["POST"]),
    Route("/_sandbox/accounts/{id}/pay_out", _control(control_money.pay_out_all), methods=["POST"]),
    Route("/_sandbox/accounts/{id}/spend", _control(control_money.spend), methods=["POST"]),
    Route("/_sandbox/charges/{id}/warn", _control(control_money.warn_of_charge), methods=["POST"]),
    Route("/_sandbox/intents/{id}/authenticate", _control(control_money.authenticate), methods=["POST"]),
    Route("/_sandbox/payment_intents/{id}/bank", _control(control_money.bank), methods=["POST"]),
    Route("/_sandbox/chaos", _control(change_weather), methods=["POST"]),
    Route("/_sandbox/clock/advance", _control(advance), methods=["POST"]),
    Route("/_sandbox/rates", _control(control_money.change_rates), methods=["POST"]),
    Route("/_sandbox/charges/{id}/dispute", _control(control_money.dispute_charge), methods=["POST"]),
    Route("/_sandbox/disputes/{id}/decide", _control(control_money.decide_dispute), methods=["POST"]),
    Route("/_sandbox/payouts/{id}/pay", _control(control_money.arrive_payout), methods=["POST"]),
    Route("/_sandbox/payouts/{id}/fail", _control(control_money.return_payout), methods=["POST"]),
    Route("/_sandbox/topups/{id}/arrive", _control(control_money.arrive_topup), methods=["POST"]),
    Route("/_sandbox/topups/{id}/fail", _control(control_money.refuse_topup), methods=["POST"]),
    Route("/_sandbox/charges/{id}/review", _control(control_money.review_charge), methods=["POST"]),
    Route("/_sandbox/refunds/{id}/fail", _control(control_money.return_refund), methods=["POST"]),
    Route("/_sandbox/accounts/{id}/restrict", _control(restrict), methods=["POST"]),
]
