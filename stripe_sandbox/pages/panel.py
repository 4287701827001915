"""The control panel: the commands of `/_sandbox/` as buttons, beside what they act on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stripe_sandbox import control, control_money
from stripe_sandbox.accounts.v2 import show_account_v2
from stripe_sandbox.call import Body, Call
from stripe_sandbox.command import Work
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.house import House
from stripe_sandbox.http.chaos import KINDS
from stripe_sandbox.pages.render import form_of, house_of, page, see_other
from stripe_sandbox.payments.balance import whole_balance

_SHOWN: Final = 15
_CHANCE: Final = 0.25
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Button:
    """A command, what the form says to it, and the sentence shown when it is done."""

    work: Work
    read: Callable[[House, Form], Body]
    said: str


def _nothing(house: House, form: Form) -> Body:
    del house, form
    return {}


def _texts(*names: str) -> Callable[[House, Form], Body]:
    def read(house: House, form: Form) -> Body:
        del house
        return {name: form[name] for name in names if form.get(name)}

    return read


def _seconds(house: House, form: Form) -> Body:
    del house
    digits = form.get("seconds", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 12):
        raise invalid("seconds must be a whole number", param="seconds")
    return {"seconds": int(digits)}


def _dispute(house: House, form: Form) -> Body:
    del house
    return {"inquiry": form.get("inquiry") == "yes"}


def _paid(house: House, form: Form) -> Body:
    del house
    return {"paid": form.get("paid") == "yes"}


def _passed(house: House, form: Form) -> Body:
    del house
    return {"passed": form.get("passed") == "yes"}


def _weather(house: House, form: Form) -> Body:
    """The weather as it is, with one kind of it switched."""
    kind = form.get("kind", "")
    if kind == "calm":
        return {}
    if kind not in KINDS:
        raise invalid(f"kind must be one of {', '.join(KINDS)}", param="kind")
    now = {name: chance for name, chance in house.chaos.chances().items() if chance and name != kind}
    if form.get("switch") != "on":
        return now
    # Whatever is on already leaves less room: the chances of one request cannot add up to more than one.
    return {**now, kind: min(_CHANCE, 1 - sum(now.values()))}


_BUTTONS: Final[Mapping[str, _Button]] = {
    "advance": _Button(control.advance, _seconds, "The time was set ahead."),
    "deliveries": _Button(control.switch_deliveries, _texts("mode"), "Deliveries were switched."),
    "chaos": _Button(control.change_weather, _weather, "The weather has changed."),
    "approve": _Button(control.approve, _nothing, "The account may receive money."),
    "restrict": _Button(control.restrict, _texts("reason"), "The account may no longer receive money."),
    "dispute": _Button(control_money.dispute_charge, _dispute, "The bank disputes the charge."),
    "warn": _Button(control_money.warn_of_charge, _nothing, "The bank has warned of fraud."),
    "decide": _Button(control_money.decide_dispute, _texts("outcome"), "The bank has decided."),
    "pay": _Button(control_money.arrive_payout, _nothing, "The payout has arrived."),
    "fail": _Button(control_money.return_payout, _nothing, "The bank has sent the payout back."),
    "return": _Button(control_money.return_refund, _nothing, "The bank has sent the refund back."),
    "bank": _Button(control_money.bank, _paid, "The bank has answered the debit."),
    "authenticate": _Button(control_money.authenticate, _passed, "The owner of the card has answered their bank."),
    "arrive": _Button(control_money.arrive_topup, _nothing, "The top-up has arrived."),
    "refuse": _Button(control_money.refuse_topup, _nothing, "The bank has refused the top-up."),
    "review": _Button(control_money.review_charge, _nothing, "The charge is under review."),
    "resend": _Button(control.resend, _nothing, "The event is delivered once more."),
}


async def show_panel(request: Request) -> Response:
    """Everything that can be controlled, and the buttons for it."""
    house, done = house_of(request), _BUTTONS.get(request.query_params.get("done", ""))
    return await run_in_threadpool(_draw, house, said=done.said if done else "")


async def press(request: Request) -> Response:
    """A button pressed: its command carried out, then the panel again."""
    form, house, name = await form_of(request), house_of(request), request.path_params["button"]

    def work() -> Response:
        try:
            control.refuse_other_sites(request)
            if name not in _BUTTONS:
                raise ApiFailure(404, "There is no such button.")
            button = _BUTTONS[name]
            control.obey(house, button.work, form.get("id", ""), button.read(house, form))
        except ApiFailure as failure:
            return _draw(house, problem=failure.message, status=failure.status)
        return see_other(f"/control?done={name}")

    return await run_in_threadpool(work)


def _draw(house: House, *, said: str = "", problem: str = "", status: int = 200) -> Response:
    with house.call() as call:
        return page(
            "control.html", status=status, says_origin=True, said=said, problem=problem, now=call.now,
            ahead_s=call.now - int(house.clock()), chances=house.chaos.chances(), modes=control.MODES,
            switch=control.deliveries(call), events=control.latest_events(call, 2 * _SHOWN), **_objects(call),
        )  # fmt: skip


def _objects(call: Call) -> dict[str, list[Any]]:
    def latest(kind: str) -> list[Body]:
        return [{**row.body, "owner": row.account} for row in call.tx.latest(kind, _SHOWN)]

    accounts = [
        {
            **show_account_v2(row, []),
            "standing": row.hidden["standing"],
            "currency": row.hidden["defaults"].get("currency") or "usd",
            "balance": whole_balance(call, row.id, row.hidden["defaults"].get("currency") or "usd"),
        }
        for row in call.tx.latest("account", _SHOWN)
    ]
    return {
        "accounts": accounts,
        # What a transfer leaves on the account that received it has no card and no bank.
        "charges": [each for each in latest("charge") if not each["source_transfer"]],
        # A session's own page leads to its bank; an intent of the API may have no page.
        "challenges": [
            row.body
            for kind in ("payment_intent", "setup_intent")
            for row in call.tx.latest(kind, _SHOWN)
            if row.body["status"] == "requires_action" and "session" not in row.hidden
        ],
        "topups": latest("topup"),
        "debits": [each for each in latest("payment_intent") if each["status"] == "processing"],
        "disputes": latest("dispute"),
        "payouts": latest("payout"),
        "refunds": latest("refund"),
        "subscriptions": latest("subscription"),
    }


ROUTES = [
    Route("/control", show_panel, methods=["GET"]),
    Route("/control/{button}", press, methods=["POST"]),
]
