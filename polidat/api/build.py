"""The API as one application."""

from collections.abc import Callable

from fastapi import FastAPI

from polidat.api import (
    books,
    cart_lines,
    figures,
    invoices,
    listings,
    offers,
    orders,
    parcels,
    payouts,
    refunds,
    requests,
    sales,
    seats,
    seller,
    stripe_in,
    subscriptions,
    uploads,
    wallet,
    watching,
)
from polidat.api.errors import PROBLEM_ANSWER, answer_errors
from polidat.api.rate import CallLimit
from polidat.wiring import House

_SAYS = """Authenticate with `Authorization: Bearer <key>`; make keys on your account page.

Errors are `application/problem+json` (RFC 9457) with `type`, `title`, `status` and `detail`, the sentence that
says what to do. What is somebody else's is 404, as if it were not there.

A key may do what was chosen when it was made: `read` (look, query and ask), `buy` (cart, orders, subscriptions,
wallet), `sell` (uploads, prices, coupons, parcels, sales), `payout` (money leaves: payouts, refunds, disputes
given up), `operate` (operators only). Each route names what it needs, one of them is enough; a key without it gets
403.

A field that a body does not have is 422, so that nothing misspelt is left out.

Amounts are integers in minor units of their currency, and what ends in `_micros` is in millionths of those. Times
are ISO 8601.

Lists come in pages: at most `limit` (1 to 100, 50 if you say nothing), those behind the cursor `after`. While
there is more the `Link` header says where, relative to the address you asked: `<?limit=50&after=ord_…>;
rel="next"`.

Where an `Idempotency-Key` is asked for, take a new one (16 to 80 characters) for each click, and send it again
with the same body when you do not know whether it arrived: it is done once. The same key for something else is
409.

A key may call 1,200 times a minute (the operator may set another number), and as often at once after a quiet
minute. Beyond that the answer is 429, and `Retry-After` says in how many seconds to call again."""


def build_api(house_of: Callable[[], House]) -> FastAPI:
    """Return the application mounted at `/api`; `house_of` gives the open house when a request comes."""
    api = FastAPI(
        title="PoliDat API",
        version="1.0.0",
        summary="Find, buy, query, ask and sell datasets; run the marketplace.",
        description=_SAYS,
        responses=PROBLEM_ANSWER,
    )
    api.state.house_of, api.state.calls = house_of, CallLimit()
    answer_errors(api)
    buying = (cart_lines.router, orders.router, seats.router, seats.given_router, subscriptions.router)
    paying = (wallet.router, invoices.router)
    selling = (
        seller.router,
        offers.router,
        sales.router,
        refunds.router,
        parcels.router,
        requests.router,
        payouts.router,
    )
    operating = (figures.router, books.router, watching.router)
    for each in (listings.router, uploads.router, *buying, *paying, *selling, *operating, stripe_in.router):
        api.include_router(each)
    return api
