"""HTML of the hosted pages: Jinja templates that escape everything, and headers that allow nothing else."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stripe_sandbox.call import Call
from stripe_sandbox.currency import shown
from stripe_sandbox.errors import PageRefusal
from stripe_sandbox.house import House

# No form-action: a browser would apply it to the redirect back to the shop as well.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@lru_cache(maxsize=1)
def _templates() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters.update(money=shown, moment=_moment)
    return environment


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def page(template: str, *, status: int = 200, says_origin: bool = False, **values: Any) -> HTMLResponse:
    """Give a page. With `says_origin` its forms tell where they come from: without it browsers send `null`."""
    headers = dict(_HEADERS) | ({"Referrer-Policy": "same-origin"} if says_origin else {})
    return HTMLResponse(_templates().get_template(template).render(**values), status, headers)


def closed(refusal: PageRefusal) -> HTMLResponse:
    """Give the page that says why there is nothing to do here."""
    return page("closed.html", status=refusal.status, title=refusal.title, message=refusal.message)


def see_other(url: str) -> Response:
    """Send the browser on, with a GET."""
    return RedirectResponse(url, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def house_of(request: Request) -> House:
    """Give the sandbox a request came to."""
    return request.app.state.house


def shop_of(call: Call) -> str:
    """Give the name a page shows: of the connected account that sells, else of the platform."""
    account = call.tx.get(call.account, "account") if call.is_direct else None
    return str((account.hidden["display_name"] if account else None) or call.platform)


async def form_of(request: Request) -> dict[str, str]:
    """Give the text fields of a small form."""
    async with request.form(max_files=0, max_fields=40, max_part_size=20_000) as form:
        return {name: value.strip() for name, value in form.items() if isinstance(value, str)}
