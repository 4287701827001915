"""To Stripe's hosted pages and back: each address there works once, so it is made when the seller goes."""

import hmac
from collections.abc import Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from polidat.api.plain import refusal
from polidat.core import NotAllowed, PoliDatError, Unavailable
from polidat.payments import open_dashboard, seller_account, start_onboarding, sync_account
from polidat.people import Person, SignInRequired, csrf_token, person_of_session
from polidat.wiring import House

ACCOUNT_PAGE = "/payout-account"
ONBOARDING = "/payouts/onboarding"
DASHBOARD = "/payouts/dashboard"
_Work = Callable[[House, Person], Response]


def payout_routes(house_of: Callable[[], House], cookie: str) -> list[Route]:
    """Return the routes; `cookie` is the one that says who is signed in."""

    def served(work: _Work, *, posted: bool) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            token, given = request.cookies.get(cookie, ""), ""
            if posted:
                form = await request.form(max_files=0, max_fields=2)
                given = str(form.get("csrf", ""))

            def run() -> Response:
                try:
                    return work(house_of(), _signed_in(house_of(), token, given if posted else None))
                except PoliDatError as error:
                    return refusal(error, ACCOUNT_PAGE, "Back to your payout account")

            return await run_in_threadpool(run)

        return answer

    return [
        Route(ONBOARDING, served(_onboard, posted=True), methods=["POST"]),
        Route(f"{ONBOARDING}/refresh", served(_again, posted=False), methods=["GET"]),
        Route(f"{ONBOARDING}/return", served(_back, posted=False), methods=["GET"]),
        Route(DASHBOARD, served(_dashboard, posted=True), methods=["POST"]),
    ]


def onboarding_urls(house: House) -> dict[str, str]:
    """Return where Stripe sends a seller whose onboarding is done, and one whose address was used up."""
    base = f"{house.settings.base_url}{ONBOARDING}"
    return {"return_url": f"{base}/return", "refresh_url": f"{base}/refresh"}


def _signed_in(house: House, token: str, csrf: str | None) -> Person:
    with house.reading() as session:
        person = person_of_session(session, token, now=house.now())
    if person is None:
        raise SignInRequired
    if csrf is not None and not hmac.compare_digest(csrf, csrf_token(token)):
        raise NotAllowed("This form is too old. Go back, reload the page and try again.")
    return person


def _onboard(house: House, seller: Person) -> Response:
    url = start_onboarding(house.database, house.gateway, seller, now=house.now(), **onboarding_urls(house))
    return RedirectResponse(url, 303)


def _again(house: House, seller: Person) -> Response:
    # an address anybody may make a browser open: it goes on with an account, it never opens one
    with house.reading() as session:
        account = seller_account(session, seller)
    if account is None or account.stripe_id is None:
        return RedirectResponse(ACCOUNT_PAGE, 303)
    return _onboard(house, seller)


def _back(house: House, seller: Person) -> Response:
    with suppress(Unavailable):  # the page says as of when it knows, and the webhooks follow
        sync_account(house.database, house.gateway, seller, now=house.now())
    return RedirectResponse(ACCOUNT_PAGE, 303)


def _dashboard(house: House, seller: Person) -> Response:
    return RedirectResponse(open_dashboard(house.database, house.gateway, seller), 303)
