"""How often a key may call: so many a minute, and as many at once after a minute of silence."""

from datetime import datetime
from threading import Lock

from polidat.core import TooMuch

_MINUTE_S = 60


class CallsUsedUp(TooMuch):
    """A key has called as often as it may; `wait_s` is when it may again."""

    def __init__(self, per_minute: int, wait_s: int) -> None:
        super().__init__(f"This key may call {per_minute:,} times a minute. Wait {wait_s} s, as Retry-After says.")
        self.wait_s = wait_s


class CallLimit:
    """A token bucket for each key, in this process: it refills steadily and holds a minute's worth.

    Several processes each allow as much. Only keys that are known get here, so there are never more buckets than keys.
    """

    def __init__(self) -> None:
        self._left: dict[int, tuple[float, datetime]] = {}
        self._lock = Lock()

    def take(self, key_id: int, *, per_minute: int, now: datetime) -> None:
        """Count one call. Raises CallsUsedUp."""
        with self._lock:
            left, at = self._left.get(key_id, (per_minute, now))
            left = min(per_minute, left + max(0, (now - at).total_seconds()) * per_minute / _MINUTE_S)
            if left < 1:
                self._left[key_id] = (left, max(now, at))
                raise CallsUsedUp(per_minute, int((1 - left) * _MINUTE_S / per_minute) + 1)
            self._left[key_id] = (left - 1, max(now, at))
