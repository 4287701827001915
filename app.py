"""Opens the house, mounts the API, starts Streamlit."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import Mount
from streamlit.starlette import App

from polidat.api import SafeHeaders, build_api, web_routes
from polidat.settings import Settings
from polidat.wiring import load_demo_beside, open_house, the_house


@asynccontextmanager
async def lifespan(_: App) -> AsyncIterator[dict[str, Any] | None]:
    """The house is open while the app runs."""
    logging.getLogger("uvicorn.access").disabled = True  # addresses carry sign-in tokens
    house = open_house(Settings())
    try:
        load_demo_beside(house)
        yield None
    finally:
        house.close()


app = App(
    "pages/_shell.py",
    routes=[Mount("/api", build_api(the_house)), *web_routes(the_house)],
    lifespan=lifespan,
    middleware=[Middleware(SafeHeaders)],
)
