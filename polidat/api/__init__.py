"""HTTP: API v1 with bearer keys, Stripe's webhooks, and the routes that set cookies."""

from polidat.api.build import build_api
from polidat.api.headers import SafeHeaders
from polidat.api.web import web_routes

__all__ = ["SafeHeaders", "build_api", "web_routes"]
