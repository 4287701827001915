"""The customer portal: change the card of one's subscriptions."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stripe_sandbox.billing.cycle import keep_card, pay_again
from stripe_sandbox.billing.usage import fixed_amount
from stripe_sandbox.call import Call
from stripe_sandbox.errors import PageRefusal
from stripe_sandbox.pages.render import closed, form_of, house_of, page, see_other, shop_of
from stripe_sandbox.payments.cards import SHOWN_CARDS, CardRefused, read_card
from stripe_sandbox.store import Row

_NOWHERE = PageRefusal("Page not found", "This address leads nowhere. Go back to the shop.", status=404)


def _portal(call: Call, token: str) -> Row:
    found = call.tx.find("billing_portal.session", "hidden ->> '$.token' = ?", (token,))
    if not found:
        raise _NOWHERE
    call.account = found[0].account
    return found[0]


def _subscriptions(call: Call, portal: Row) -> list[Row]:
    return call.tx.find(
        "subscription",
        "body ->> '$.customer' = ? AND body ->> '$.status' NOT IN ('canceled', 'incomplete_expired')",
        (portal.body["customer"],),
    )


def _form(call: Call, portal: Row, *, problem: str = "", status: int = 200) -> Response:
    shown = [
        {
            "status": each.body["status"].replace("_", " "),
            "currency": each.body["currency"],
            "amount": sum(fixed_amount(item) for item in each.body["items"]["data"]),
            "interval": each.body["items"]["data"][0]["price"]["recurring"]["interval"],
        }
        for each in _subscriptions(call, portal)
    ]
    return page(
        "portal.html", status=status, platform=shop_of(call), subscriptions=shown, cards=SHOWN_CARDS, problem=problem,
        back=portal.body["return_url"],
    )  # fmt: skip


async def show_portal(request: Request) -> Response:
    """The form for another card."""
    house = house_of(request)

    def work() -> Response:
        try:
            with house.call() as call:
                return _form(call, _portal(call, request.path_params["token"]))
        except PageRefusal as refusal:
            return closed(refusal)

    return await run_in_threadpool(work)


async def take_card(request: Request) -> Response:
    """The form sent: keep the card, and try what is unpaid again."""
    form = await form_of(request)
    house = house_of(request)

    def work() -> Response:
        try:
            with house.call() as call:
                portal = _portal(call, request.path_params["token"])
                try:
                    numbers = (form.get(each, "") for each in ("card_number", "card_expiry", "card_cvc"))
                    card = read_card(*numbers, now=call.now)
                except CardRefused as refused:
                    return _form(call, portal, problem=refused.message, status=400)
                for sub in _subscriptions(call, portal):
                    keep_card(call, sub, card.kept(), email=None, name=form.get("billing_name") or None)
                    pay_again(call, sub)
                return see_other(portal.body["return_url"] or f"/p/session/{request.path_params['token']}")
        except PageRefusal as refusal:
            return closed(refusal)

    return await run_in_threadpool(work)


ROUTES = [
    Route("/p/session/{token}", show_portal, methods=["GET"]),
    Route("/p/session/{token}", take_card, methods=["POST"]),
]
