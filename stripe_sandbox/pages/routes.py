"""The addresses of all pages."""

from typing import Final

from starlette.routing import Route

from stripe_sandbox.pages import bank, express, files, panel, pay, portal

# The contents of a file have an address among those of the API.
API_FIRST: Final[list[Route]] = files.ROUTES
PAGES: Final[list[Route]] = [
    *pay.ROUTES,
    *bank.ROUTES,
    *express.ROUTES,
    *portal.ROUTES,
    *panel.ROUTES,
]
