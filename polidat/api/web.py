"""Routes beside the pages: what sets a cookie, and where Stripe sends people back to."""

import hmac
import html
from collections.abc import Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from polidat.api.carts import CART_COOKIE, cart_routes
from polidat.api.downloads import download_routes
from polidat.api.payout_web import payout_routes
from polidat.api.plain import plain_page, refusal
from polidat.core import PoliDatError
from polidat.orders import merge_cart
from polidat.people import SignedIn, confirm_sign_in, csrf_token, open_session, person_by_email, sign_out
from polidat.wiring import House, demo_people

COOKIE = "polidat_session"


def web_routes(house_of: Callable[[], House]) -> list[Route]:
    """Return the routes mounted beside Streamlit's."""

    async def confirm(request: Request) -> Response:
        cart = request.cookies.get(CART_COOKIE)
        return await run_in_threadpool(_confirm, house_of(), await _field(request, "token"), cart)

    async def continue_as(request: Request) -> Response:
        cart = request.cookies.get(CART_COOKIE)
        return await run_in_threadpool(_continue_as, house_of(), await _field(request, "email"), cart)

    async def leave(request: Request) -> Response:
        token, csrf = request.cookies.get(COOKIE, ""), await _field(request, "csrf")
        return await run_in_threadpool(_leave, house_of(), token, csrf)

    return [
        Route("/auth/confirm", _confirm_page, methods=["GET"]),
        Route("/auth/confirm", confirm, methods=["POST"]),
        Route("/auth/demo", continue_as, methods=["POST"]),
        Route("/auth/sign-out", leave, methods=["POST"]),
        Route("/pay/return/{order}", _back_from_payment, methods=["GET"]),
        *cart_routes(house_of, COOKIE),
        *download_routes(house_of, COOKIE),
        *payout_routes(house_of, COOKIE),
    ]


async def _field(request: Request, name: str) -> str:
    form = await request.form(max_files=0, max_fields=2)
    return str(form.get(name, ""))


def _confirm_page(request: Request) -> Response:
    # a button, because mail scanners open every link they see and would use the token up
    token = html.escape(request.query_params.get("token", "")[:200], quote=True)
    form = (
        f'<form method="post" action="/auth/confirm"><input type="hidden" name="token" value="{token}">'
        "<p>Welcome. One more click and you are signed in.</p><button id='confirm'>Sign in</button></form>"
    )
    return plain_page(form, headers={"Referrer-Policy": "no-referrer"})


def _confirm(house: House, token: str, cart: str | None) -> Response:
    try:
        with house.unit_of_work() as session:
            signed_in = confirm_sign_in(session, token, now=house.now())
    except PoliDatError as error:
        return refusal(error, "/sign-in", "Ask for a new link")
    return _welcome(signed_in, house, cart)


def _continue_as(house: House, email: str, cart: str | None) -> Response:
    if not house.settings.demo or email not in {each.email for each in demo_people()}:
        return Response("Not found", 404)
    try:
        with house.unit_of_work() as session:
            signed_in = open_session(session, person_by_email(session, email), now=house.now())
    except PoliDatError as error:
        return refusal(error, "/sign-in", "Ask for a new link")
    return _welcome(signed_in, house, cart)


def _leave(house: House, token: str, csrf: str) -> Response:
    answer = RedirectResponse("/", 303)
    if token and hmac.compare_digest(csrf, csrf_token(token)):
        with house.unit_of_work() as session:
            sign_out(session, token, now=house.now())
        answer.delete_cookie(COOKIE, path="/")
    return answer


def _back_from_payment(request: Request) -> Response:
    return RedirectResponse(f"/order?order={quote(request.path_params['order'], safe='')}", 303)


def _welcome(signed_in: SignedIn, house: House, cart: str | None) -> Response:
    """Set the cookie; what was chosen before signing in is the person's now, and shown to them."""
    with house.unit_of_work() as session:
        merged = merge_cart(session, signed_in.person, cart, now=house.now())
    answer = RedirectResponse("/cart" if merged else "/", 303)
    secure = house.settings.base_url.startswith("https://")
    answer.set_cookie(
        COOKIE, signed_in.token, expires=signed_in.expires_at, path="/", httponly=True, samesite="lax", secure=secure
    )
    if cart is not None:
        answer.delete_cookie(CART_COOKIE, path="/")
    return answer
