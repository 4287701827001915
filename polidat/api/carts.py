"""The cart of visitors: a cookie with a token that names it, set when the first thing goes in."""

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from polidat.api.client import client_of
from polidat.api.plain import refusal
from polidat.catalog import listing_by_slug
from polidat.core import Invalid, NotAllowed, PoliDatError
from polidat.orders import VISITOR_CART_LASTS, Visitor, add_to_cart, visitor_of
from polidat.people import person_of_session
from polidat.wiring import House

CART_COOKIE = "polidat_cart"
_FIELDS_MAX = 4


def cart_routes(house_of: Callable[[], House], cookie: str) -> list[Route]:
    """Return the routes of the cart; `cookie` is the one that says who is signed in."""

    async def add(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=_FIELDS_MAX)
        fields = {name: str(value) for name, value in form.items()}
        return await run_in_threadpool(_add, house_of(), request, fields, request.cookies.get(cookie))

    return [Route("/cart/add", add, methods=["POST"])]


def _add(house: House, request: Request, fields: dict[str, str], session_token: str | None) -> Response:
    """Put something into the cart of whoever is signed in, or of the visitor, who may be new."""
    slug, now = fields.get("listing", ""), house.now()
    try:
        check_own_form(request)
        quantity = fields.get("quantity", "1")
        if not quantity.isdecimal():
            raise Invalid("Choose how many licences, as a number.")
        with house.unit_of_work() as session:
            person = person_of_session(session, session_token, now=now)
            known = visitor_of(session, request.cookies.get(CART_COOKIE))
            whose = person or known or Visitor(secrets.token_urlsafe(32), client_of(request))
            listing = listing_by_slug(session, person, slug)
            add_to_cart(session, whose, listing.id, quantity=int(quantity[:6]), now=now)
    except PoliDatError as error:
        return refusal(error, "/cart", "Go to your cart")
    answer = RedirectResponse("/cart", 303)
    if isinstance(whose, Visitor):
        answer.set_cookie(
            CART_COOKIE,
            whose.token,
            max_age=int(VISITOR_CART_LASTS.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=house.settings.base_url.startswith("https://"),
        )
    return answer


def check_own_form(request: Request) -> None:
    """Raise NotAllowed unless a page of ours was posted from.

    Without a session there is no secret a form could send back, so the browser's word counts: no page of another site
    can change these headers (https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/Origin).
    """
    origin, site = request.headers.get("origin", ""), request.headers.get("sec-fetch-site", "")
    same = urlsplit(origin).netloc == request.headers.get("host", "") if origin else site == "same-origin"
    if not same or site not in ("", "same-origin"):
        raise NotAllowed("This form is not from our pages. Open the dataset here and add it again.")
