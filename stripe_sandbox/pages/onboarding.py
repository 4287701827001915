"""The hosted onboarding of a connected account: five steps, one form each.

A link opens it once. What was entered stays with the visit; it reaches the account when the visitor finishes.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stripe_sandbox.accounts.external import add_bank, test_bank
from stripe_sandbox.accounts.external_rows import of_account
from stripe_sandbox.accounts.links import LINK
from stripe_sandbox.accounts.state import change_standing, find_account
from stripe_sandbox.call import Call
from stripe_sandbox.errors import PageRefusal
from stripe_sandbox.events.write import emit_thin
from stripe_sandbox.ids import random_text
from stripe_sandbox.pages.answers import OUTCOMES, TEST_CODE, AnswerRefused, read_answers
from stripe_sandbox.pages.render import closed, form_of, house_of, page, see_other
from stripe_sandbox.store import PLATFORM, Row

_VISIT: Final = "sandbox.onboarding"
_VISIT_S: Final = 3600
STEPS: Final = (
    ("start", "Get started"),
    ("verify", "Verify phone"),
    ("person", "Personal details"),
    ("terms", "Terms"),
    ("review", "Review and finish"),
)
_DOCUMENT_STEPS: Final = (("document", "Identity document"), ("review", "Review and finish"))

_Page = Callable[[Request], Awaitable[Response]]


def in_call(work: Callable[[Call, Request, dict[str, str]], Response]) -> _Page:
    """Run a page in one transaction, in a thread, and show its refusal as a page."""

    @wraps(work)
    async def served(request: Request) -> Response:
        form = await form_of(request) if request.method == "POST" else {}

        def run() -> Response:
            with house_of(request).call() as call:
                return work(call, request, form)

        try:
            return await run_in_threadpool(run)
        except PageRefusal as refusal:
            return closed(refusal)

    return served


@in_call
def open_link(call: Call, request: Request, form: dict[str, str]) -> Response:
    """Follow an account link: the first visit opens the onboarding, later ones go to the refresh address."""
    del form
    found = call.tx.find(LINK, "hidden ->> '$.token' = ?", (request.path_params["token"],))
    if not found or found[0].hidden["account"] != request.path_params["account"]:
        raise PageRefusal("Page not found", "This address leads nowhere. Ask for a new link.", status=404)
    link = found[0]
    if link.hidden["used"] or link.hidden["expires_at"] <= call.now:
        return see_other(link.hidden["refresh_url"])
    link.hidden["used"] = True
    call.tx.save(link)
    account = find_account(call, link.hidden["account"])
    if account.hidden["standing"] == "active":
        return _return(call, account, link.hidden["return_url"])
    visit = call.add(
        _VISIT, {"id": f"visit_{random_text(24)}"}, account=PLATFORM, hidden=_new_visit(call, account, link)
    )
    return see_other(f"/onboarding/{visit.hidden['token']}")


def _new_visit(call: Call, account: Row, link: Row) -> dict[str, Any]:
    known = account.hidden["individual"] or {}
    number, routing = test_bank((account.hidden["country"] or "us").upper())
    return {
        "token": random_text(40),
        "account": account.id,
        "step": "document" if account.hidden["standing"].startswith("document_") else "start",
        "answers": {
            "email": account.hidden["contact_email"] or "",
            "phone": account.hidden["contact_phone"] or "",
            "first_name": known.get("given_name", ""),
            "last_name": known.get("surname", ""),
            # A bank account is asked for once; later it is changed on the dashboard.
            **({} if of_account(call, account.id) else {"bank_number": number, "bank_routing": routing or ""}),
        },
        "return_url": link.hidden["return_url"],
        "refresh_url": link.hidden["refresh_url"],
        "expires_at": call.now + _VISIT_S,
    }


def _visit(call: Call, request: Request) -> tuple[Row, Row]:
    found = call.tx.find(_VISIT, "hidden ->> '$.token' = ?", (request.path_params["token"],))
    if not found:
        raise PageRefusal("This visit is over", "Go back to where you came from and ask for a new link.")
    account = find_account(call, found[0].hidden["account"])
    if account.hidden["standing"].startswith(("rejected", "restricted")):
        message = "This account cannot go on. Contact the platform that invited you."
        raise PageRefusal("Account under review", message, status=403)
    return found[0], account


@in_call
def show_step(call: Call, request: Request, form: dict[str, str]) -> Response:
    """The step the visit is at."""
    del form
    visit, account = _visit(call, request)
    if visit.hidden["expires_at"] <= call.now:
        return see_other(visit.hidden["refresh_url"])
    return _step_page(call, visit, account)


def _steps_of(visit: Row) -> tuple[tuple[str, str], ...]:
    return _DOCUMENT_STEPS if visit.hidden.get("document") or visit.hidden["step"] == "document" else STEPS


def _step_page(call: Call, visit: Row, account: Row, *, problems: dict[str, str] | None = None) -> Response:
    steps, step = _steps_of(visit), visit.hidden["step"]
    place = [name for name, _ in steps].index(step)
    return page(
        f"onboarding_{step}.html", status=400 if problems else 200, steps=steps, place=place, title=steps[place][1],
        answers=visit.hidden["answers"], problems=problems or {}, platform=call.platform, test_code=TEST_CODE,
        outcomes=OUTCOMES, business=account.hidden["display_name"] or "", documents_only=len(steps) == 2,
    )  # fmt: skip


@in_call
def take_step(call: Call, request: Request, form: dict[str, str]) -> Response:
    """A form sent: keep the answers and go to the next step, one back, or finish."""
    visit, account = _visit(call, request)
    if visit.hidden["expires_at"] <= call.now:
        return see_other(visit.hidden["refresh_url"])
    steps, step = _steps_of(visit), visit.hidden["step"]
    names = [name for name, _ in steps]
    here = see_other(f"/onboarding/{visit.hidden['token']}")
    if form.get("step") != step:
        # A form of another step, from the browser's back button: show where the visit is.
        return here
    if form.get("go") == "back" and names.index(step):
        return _move(call, visit, names[names.index(step) - 1])
    try:
        visit.hidden["answers"].update(read_answers(step, form, now=call.now))
    except AnswerRefused as refused:
        kept = {key: value[:200] for key, value in form.items() if key not in ("step", "go", "code", "bank_number")}
        visit.hidden["answers"].update(kept)
        return _step_page(call, visit, account, problems=refused.problems)
    if step == "document":
        visit.hidden["document"] = True
    if step != "review":
        return _move(call, visit, names[names.index(step) + 1])
    _finish(call, visit, account)
    return _return(call, account, visit.hidden["return_url"])


def _move(call: Call, visit: Row, step: str) -> Response:
    visit.hidden["step"] = step
    call.tx.save(visit)
    return see_other(f"/onboarding/{visit.hidden['token']}")


def _finish(call: Call, visit: Row, account: Row) -> None:
    answers, state = visit.hidden["answers"], account.hidden
    if not visit.hidden.get("document"):
        state["contact_email"] = answers["email"]
        state["contact_phone"] = answers["phone"]
        state["individual"] = {
            **(state["individual"] or {}),
            "given_name": answers["first_name"],
            "surname": answers["last_name"],
            "email": answers["email"],
            "phone": answers["phone"],
            "date_of_birth": {name: int(answers[f"dob_{name}"]) for name in ("day", "month", "year")},
            "address": {
                "line1": answers["address_line1"],
                "line2": None,
                "city": answers["address_city"],
                "state": answers.get("address_state") or None,
                "postal_code": answers["address_postal_code"],
                "country": state["country"] or "US",
            },
        }
        state["entity_type"] = state["entity_type"] or "individual"
        state["terms_accepted_at"] = call.now
    state["updated"] = call.now
    state["recipient"] = True
    call.tx.delete(visit)
    if answers.get("bank_number"):
        add_bank(call, account, answers["bank_number"], answers.get("bank_routing") or None)
    change_standing(
        call, account, {"approve": "active", "document": "document_due", "reject": "rejected"}[answers["outcome"]]
    )


def _return(call: Call, account: Row, url: str) -> Response:
    facts = {"account_id": account.id, "configurations": ["recipient"], "use_case": "account_onboarding"}
    emit_thin(call, "v2.core.account_link.returned", facts=facts)
    return see_other(url)


ROUTES = [
    Route("/setup/{account}/{token}", open_link, methods=["GET"]),
    Route("/onboarding/{token}", show_step, methods=["GET"]),
    Route("/onboarding/{token}", take_step, methods=["POST"]),
]
