"""The API as one application."""

from collections.abc import Callable

from fastapi import FastAPI

from polidat.api import invoices, listings, orders, seats, stripe_in, subscriptions, uploads, wallet
from polidat.api.errors import answer_errors
from polidat.wiring import House


def build_api(house_of: Callable[[], House]) -> FastAPI:
    """Return the application mounted at `/api`; `house_of` gives the open house when a request comes."""
    api = FastAPI(
        title="PoliDat API",
        version="1.0.0",
        summary="Find, buy, query and ask datasets; upload your own.",
        description="Authenticate with `Authorization: Bearer <key>`; make keys on your account page. "
        "Errors are `application/problem+json`.",
    )
    api.state.house_of = house_of
    answer_errors(api)
    buying = (orders.router, seats.router, seats.given_router, subscriptions.router, wallet.router, invoices.router)
    for each in (listings.router, uploads.router, *buying, stripe_in.router):
        api.include_router(each)
    return api
