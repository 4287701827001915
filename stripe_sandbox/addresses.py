"""Addresses given to the sandbox to send people back to: plain web addresses only."""

from urllib.parse import urlsplit

from stripe_sandbox.errors import invalid


def check_url(address: str, *, param: str) -> str:
    """Give the address back if it is a whole http(s) address, else raise the 400 Stripe has for it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or any(each in address for each in "\r\n\t\\ "):
        raise invalid("Not a valid URL", param=param, code="url_invalid")
    return address
