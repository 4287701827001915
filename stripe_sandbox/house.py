"""The running sandbox: its state, its clock, its courier and its address."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from stripe_sandbox.billing.entitlements import refresh_entitlements
from stripe_sandbox.call import Call
from stripe_sandbox.due import do_due
from stripe_sandbox.events.deliver import Courier
from stripe_sandbox.http.chaos import Chaos
from stripe_sandbox.http.idempotency import KeysInUse
from stripe_sandbox.store import PLATFORM, Store, clock_ahead


@dataclass(frozen=True, slots=True)
class House:
    """Handed to every request. `platform` is the name that stands on the hosted pages.

    `clock` gives seconds since the epoch; signatures use the wall clock regardless.
    """

    store: Store
    courier: Courier
    base_url: str
    platform: str = "Sandbox platform"
    check_answers: bool = False
    clock: Callable[[], float] = time.time
    keys: KeysInUse = field(default_factory=KeysInUse)
    chaos: Chaos = field(default_factory=Chaos)

    @contextmanager
    def call(
        self, *, account: str = PLATFORM, request_id: str | None = None, key: str | None = None
    ) -> Generator[Call]:
        """Open one piece of work; what is due by now is done before anything else."""
        with self.store.transaction() as tx:
            call = Call(tx, int(self.clock()) + clock_ahead(tx), self.base_url, self.platform)
            do_due(call)
            call.account, call.request_id, call.idempotency_key = account, request_id, key
            yield call
            refresh_entitlements(call)

    def tidy(self) -> None:
        """Close sessions whose time is over, for when nobody calls."""
        with self.call():
            pass
