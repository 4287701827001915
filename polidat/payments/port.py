"""How a call to Stripe, or to the sandbox on this machine, is made: safely set up, repeated when asked to slow down."""

import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from polidat.payments.errors import UnsafeStripeSetup

if TYPE_CHECKING:
    from stripe import StripeClient

_T = TypeVar("_T")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ADDRESSES = ("api", "connect", "files", "meter_events")
_SLOW_DOWN_S = (0.5, 1.0, 2.0, 4.0)  # the SDK never retries a 429
_TIMEOUT_S = 20


class Port:
    """The client and how it is called; what is asked is in the classes above."""

    def __init__(
        self, api_key: str, *, base_url: str | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Raises UnsafeStripeSetup for a live key with a local address, or a sandbox key with a real one."""
        check_setup(api_key, base_url)
        self.livemode = is_live(api_key)
        self._sleep = sleep
        self._api_key, self._base_url = api_key, base_url

    @cached_property
    def _client(self) -> "StripeClient":
        """The SDK's client, made by the first call: every process has a gateway, few of them call."""
        import stripe

        stripe.enable_telemetry = False
        at = self._base_url
        return stripe.StripeClient(
            self._api_key,
            base_addresses=dict.fromkeys(_ADDRESSES, at.rstrip("/")) if at else None,  # type: ignore[arg-type]  # a TypedDict of these four keys
            max_network_retries=2,
            http_client=stripe.RequestsClient(timeout=_TIMEOUT_S),
        )

    def _call(self, ask: Callable[[], _T]) -> _T:
        import stripe

        from polidat.payments.translate import translate

        for wait_s in (*_SLOW_DOWN_S, None):
            try:
                return ask()
            except stripe.RateLimitError as error:
                if wait_s is None:
                    raise translate(error) from error
                self._sleep(wait_s)
            except stripe.StripeError as error:
                raise translate(error) from error
        raise AssertionError("the last turn returns or raises")

    def _pages(self, ask: Callable[[], Any]) -> Iterator[dict[str, Any]]:
        for each in self._call(lambda: list(ask().auto_paging_iter())):
            yield plain(each)


def is_live(api_key: str) -> bool:
    """Return whether the key moves real money."""
    return api_key.startswith(("sk_live_", "rk_live_"))


def check_setup(api_key: str, base_url: str | None) -> None:
    """Raise UnsafeStripeSetup unless key and address belong together. No address means Stripe itself."""
    if not api_key.strip():
        raise UnsafeStripeSetup("the key is empty.")
    if base_url is None:
        if api_key == "sk_test_sim":
            raise UnsafeStripeSetup("the sandbox's key would be sent to Stripe. Give it the sandbox's address.")
        return
    if urlsplit(base_url).hostname not in _LOOPBACK:
        raise UnsafeStripeSetup("the address is neither Stripe's own nor on this machine.")
    if is_live(api_key):
        raise UnsafeStripeSetup("a live key must never meet the sandbox. Remove the address or use a test key.")


def plain(found: Any) -> dict[str, Any]:
    """Return an object of the SDK as what its JSON was."""
    return found.to_dict(for_json=True)
