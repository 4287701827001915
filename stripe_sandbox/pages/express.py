"""The Express dashboard behind a login link: what an account has, its latest movements, and its bank account."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stripe_sandbox.accounts.external import add_bank, test_bank
from stripe_sandbox.accounts.external_rows import of_account
from stripe_sandbox.accounts.links import LOGIN
from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Call
from stripe_sandbox.errors import ApiFailure, PageRefusal
from stripe_sandbox.pages.onboarding import ROUTES as ONBOARDING_ROUTES
from stripe_sandbox.pages.onboarding import in_call
from stripe_sandbox.pages.render import page
from stripe_sandbox.payments.balance import retrieve_balance
from stripe_sandbox.store import Row

_VISIT_S: Final = 3600


@in_call
def open_dashboard(call: Call, request: Request, form: dict[str, str]) -> Response:
    """Follow a login link: it opens once."""
    del form
    link = _link(call, request)
    if link.hidden["used"] or link.hidden["expires_at"] <= call.now:
        raise PageRefusal("This link has been used", "Login links work once. Ask for a new one.")
    link.hidden.update(used=True, until=call.now + _VISIT_S)
    call.tx.save(link)
    return _dashboard(call, link)


@in_call
def change_bank(call: Call, request: Request, form: dict[str, str]) -> Response:
    """Take another bank account for payouts, while the visit lasts."""
    link = _link(call, request)
    if link.hidden.get("until", 0) <= call.now:
        raise PageRefusal("This visit is over", "Go back to where you came from and ask for a new link.")
    account = find_account(call, link.hidden["account"])
    try:
        add_bank(call, account, form.get("bank_number", "")[:40], form.get("bank_routing", "")[:40] or None)
    except ApiFailure as failure:
        return _dashboard(call, link, problem=failure.message)
    return _dashboard(call, link, said="Payouts go to this bank account from now on.")


def _link(call: Call, request: Request) -> Row:
    found = call.tx.find(LOGIN, "hidden ->> '$.token' = ?", (request.path_params["token"],))
    if not found or found[0].hidden["account"] != request.path_params["account"]:
        raise PageRefusal("Page not found", "This address leads nowhere. Ask for a new link.", status=404)
    return found[0]


def _dashboard(call: Call, link: Row, *, said: str = "", problem: str = "") -> Response:
    account = find_account(call, link.hidden["account"])
    call.account = account.id
    moves = call.tx.page("balance_transaction", account.id, "TRUE", (), limit=20)
    number, routing = test_bank((account.hidden["country"] or "us").upper())
    return page(
        "express.html", status=400 if problem else 200, said=said, problem=problem,
        name=account.hidden["display_name"] or account.hidden["contact_email"] or account.id,
        balance=retrieve_balance(call, {}), moves=[row.body for row in moves.rows],
        banks=[row.body for row in of_account(call, account.id)], number=number, routing=routing,
    )  # fmt: skip


ROUTES = [
    *ONBOARDING_ROUTES,
    Route("/express/{account}/{token}", open_dashboard, methods=["GET"]),
    Route("/express/{account}/{token}", change_bank, methods=["POST"]),
]
