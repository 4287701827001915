"""The sandbox as an ASGI application."""

import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from stripe_sandbox.control import ROUTES as CONTROL_ROUTES
from stripe_sandbox.events.deliver import RETRY_SCHEDULE_S, Courier
from stripe_sandbox.events.endpoints import keep_endpoint
from stripe_sandbox.house import House
from stripe_sandbox.http.api import serve_api
from stripe_sandbox.pages.routes import API_FIRST, PAGES
from stripe_sandbox.store import Store

# A page of another site that points its name at 127.0.0.1 sends its own name in Host, and is turned away.
_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_METHODS = ["GET", "POST", "DELETE", "PUT", "PATCH"]
_TIDY_EVERY_S = 30.0


def create_app(
    state_path: Path,
    *,
    base_url: str,
    platform_name: str = "Sandbox platform",
    webhook_url: str | None = None,
    webhook_secret: str | None = None,
    connect_webhook_url: str | None = None,
    connect_webhook_secret: str | None = None,
    retry_schedule_s: Sequence[float] = RETRY_SCHEDULE_S,
    check_answers: bool = False,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """Give the sandbox over one state file.

    `base_url` is the address it will be reached at: it stands in the links it hands out. The platform's endpoint
    also gets the thin events of API v2; the connect endpoint (same address unless given) gets `account.updated`.
    `check_answers` turns every answer that does not fit the SDK's classes into a 500. The deliveries run while the
    application's lifespan does.
    """
    store = Store(state_path)
    courier = Courier(store, retry_schedule_s)
    house = House(store, courier, base_url.rstrip("/"), platform_name, check_answers, clock)
    with house.call() as call:
        keep_endpoint(call, "platform", webhook_url, webhook_secret, ["platform", "thin"])
        keep_endpoint(call, "connect", connect_webhook_url or webhook_url, connect_webhook_secret, ["connect"])
    routes = [
        *API_FIRST,
        Route("/v1/{path:path}", serve_api, methods=_METHODS),
        Route("/v2/{path:path}", serve_api, methods=_METHODS),
        *PAGES,
        *CONTROL_ROUTES,
        Mount("/_assets", StaticFiles(directory=Path(__file__).parent / "pages" / "assets")),
    ]
    middleware = [Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False)]
    app = Starlette(routes=routes, middleware=middleware, lifespan=_lifespan(house))
    app.state.house = house
    return app


def _lifespan(house: House) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(app: Starlette) -> AsyncGenerator[None]:
        del app
        stopping = threading.Event()

        def tidy() -> None:
            while not stopping.wait(_TIDY_EVERY_S):
                house.tidy()

        tidier = threading.Thread(target=tidy, name="stripe-sandbox-tidy", daemon=True)
        house.store.after_commit = house.courier.wake
        house.tidy()
        house.courier.start()
        tidier.start()
        try:
            yield
        finally:
            stopping.set()
            tidier.join(timeout=5)
            house.courier.stop()
            house.store.close()

    return running
