"""Bad weather on purpose: requests that fail before or after their work, answers that come late or not as they should.

What was done stays done and its answer is kept under the idempotency key, so a client that repeats properly ends where
it would have ended in calm weather.
"""

import random
import threading
from dataclasses import dataclass
from typing import Final

from stripe_sandbox.call import Body
from stripe_sandbox.errors import ApiFailure, invalid

KINDS: Final = ("fail", "lose", "conflict", "limit", "slow")
_SLOW_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to one request: refused with `before`, or done and answered with `after`, `slow_s` later."""

    before: ApiFailure | None = None
    after: ApiFailure | None = None
    slow_s: float = 0.0


class Chaos:
    """Draws the weather of each request from seeded chances; calm until somebody sets them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(0)  # noqa: S311  weather, not secrets
        self._chances: dict[str, float] = {}
        self._key = ""

    def set(self, given: Body) -> Body:
        """Set the chances, each from 0 to 1, a seed, and optionally the only API `key` that is met by them."""
        chances = {name: value for name, value in given.items() if name not in ("seed", "key")}
        for name, value in chances.items():
            if (
                name not in KINDS
                or isinstance(value, bool)
                or not isinstance(value, int | float)
                or not 0 <= value <= 1
            ):
                raise invalid(f"chances are {', '.join(KINDS)}, each from 0 to 1", param=name)
        if sum(chances.values()) > 1:
            raise invalid("the chances add up to more than 1")
        with self._lock:
            self._chances, self._key = chances, str(given.get("key", ""))
            self._random = random.Random(str(given.get("seed", 0)))  # noqa: S311  weather, not secrets
        return {"chances": chances}

    def chances(self) -> dict[str, float]:
        """Give the chance of each kind of weather; 0 for what does not happen."""
        with self._lock:
            return {kind: self._chances.get(kind, 0) for kind in KINDS}

    def draw(self, authorization: str) -> Weather:
        """Give the weather of one request."""
        with self._lock:
            if not self._chances or (self._key and not authorization.endswith(f" {self._key}")):
                return Weather()
            drawn = self._random.random()
            kind = ""
            for name, chance in self._chances.items():
                if drawn < chance:
                    kind = name
                    break
                drawn -= chance
        return _weather(kind)


def _weather(kind: str) -> Weather:
    broken = ApiFailure(500, "Something went wrong on our side.", kind="api_error", saved=False)
    match kind:
        case "fail":
            return Weather(before=broken)
        case "lose":
            return Weather(after=broken)
        case "conflict":
            busy = "This object cannot be accessed right now because another request is accessing it."
            return Weather(before=ApiFailure(409, busy, code="lock_timeout", saved=False))
        case "limit":
            return Weather(before=ApiFailure(429, "Too many requests.", code="rate_limit", saved=False))
        case "slow":
            return Weather(slow_s=_SLOW_S)
        case _:
            return Weather()
